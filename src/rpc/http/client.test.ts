// The HTTP client against servers that do what servers do: keep, close, wait, lie.
import assert from 'node:assert/strict'
import { createServer, type Server, type Socket } from 'node:net'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { ClientCall, type Metadata } from '../call.ts'
import { RpcError } from '../error.ts'
import { HttpChannel, type HttpClientOptions } from './client.ts'

interface Peer {
  readonly channel: HttpChannel
  readonly connections: Socket[]
  [Symbol.asyncDispose](): Promise<void>
}

const answer = (text: string, more = ''): string =>
  `HTTP/1.1 200 OK\r\n${more}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`

/** A server that calls back once per request, with everything that came. */
async function peer(
  onRequest: (socket: Socket, request: string) => void,
  options: HttpClientOptions = {},
): Promise<Peer> {
  const connections: Socket[] = []
  const server: Server = createServer((socket) => {
    connections.push(socket)
    socket.on('error', () => undefined)
    let got = ''
    socket.on('data', (chunk: Buffer) => {
      got += chunk.toString('latin1')
      const size = Number(/content-length: (\d+)/.exec(got)?.[1])
      const end = got.indexOf('\r\n\r\n')
      if (end < 0 || got.length < end + 4 + size) return
      const request = got
      got = ''
      onRequest(socket, request)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const channel = new HttpChannel(new URL(`http://127.0.0.1:${port}/RPC2`), 'text/xml', options)
  return {
    channel,
    connections,
    [Symbol.asyncDispose]: async () => {
      channel.close()
      for (const socket of connections) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const call = (metadata: Metadata = {}): ClientCall =>
  new ClientCall({ method: 'm', args: [], metadata })

const code =
  (expected: string) =>
  (reason: unknown): boolean =>
    reason instanceof RpcError && reason.code === expected

test('a request is one head and one body, and connections are used again', async () => {
  const seen: string[] = []
  await using server = await peer((socket, request) => {
    seen.push(request)
    socket.write(answer('ok'))
  })
  for (const text of ['a', 'grüße']) {
    assert.equal((await server.channel.post(text, call({ k: 'v' }))).toString(), 'ok')
  }
  assert.equal(server.connections.length, 1)
  assert.match(seen[0] ?? '', /^POST \/RPC2 HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\n/)
  assert.match(seen[1] ?? '', /\r\nk: v\r\ncontent-length: 7\r\n\r\n/)
  assert.equal(Buffer.from(seen[1]?.slice(-7) ?? '', 'latin1').toString('utf8'), 'grüße')
})

test('a server that closes after each answer is connected to each time', async () => {
  await using server = await peer((socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nhello'))
  for (let i = 0; i < 3; i++) {
    assert.equal((await server.channel.post('x', call())).toString(), 'hello')
  }
  assert.equal(server.connections.length, 3)
})

test('beyond the connections allowed calls wait for one, and may be called off', async () => {
  const asked: Socket[] = []
  const limits = { connectionsMax: 2 }
  await using server = await peer((socket) => asked.push(socket), limits)
  const calls = Array.from({ length: 5 }, () => call())
  const answers = calls.map((one) => server.channel.post('x', one))
  const gone = assert.rejects(answers[4] as Promise<Buffer>, code('CANCELLED'))
  calls[4]?.abort(new RpcError('CANCELLED', 'enough'))
  await gone
  for (let done = 0; done < 4; ) {
    const socket = asked.shift()
    if (socket === undefined) await new Promise((resolve) => setImmediate(resolve))
    else {
      socket.write(answer(String(done)))
      done += 1
    }
  }
  assert.equal((await Promise.all(answers.slice(0, 4))).length, 4)
  assert.equal(server.connections.length, 2)
})

test('a call that is aborted takes its connection with it, and no other', async () => {
  const asked: Socket[] = []
  await using server = await peer((socket) => asked.push(socket))
  const [first, second] = [call(), call()]
  const aborted = assert.rejects(server.channel.post('x', first), code('DEADLINE_EXCEEDED'))
  const answered = server.channel.post('x', second)
  while (asked.length < 2) await new Promise((resolve) => setImmediate(resolve))
  first.abort(new RpcError('DEADLINE_EXCEEDED', 'late'))
  await aborted
  for (const socket of asked) socket.write(answer('ok'))
  assert.equal((await answered).toString(), 'ok')
  // After its end a call has nothing to do with its connection any more.
  second.abort(new RpcError('CANCELLED', 'too late'))
  const third = server.channel.post('x', call())
  while (asked.length < 3) await new Promise((resolve) => setImmediate(resolve))
  asked[2]?.write(answer('again'))
  assert.equal((await third).toString(), 'again')
  assert.equal(server.connections.length, 2)
})

test('a connection that broke is an error, and nothing is sent twice', async () => {
  let requests = 0
  await using server = await peer((socket) => {
    requests += 1
    socket.destroy()
  })
  await assert.rejects(server.channel.post('x', call()), code('UNAVAILABLE'))
  assert.equal(requests, 1)
})

test('a connection that its server is about to close is not used again', async () => {
  await using server = await peer((socket) => socket.write(answer('', 'keep-alive: timeout=1\r\n')))
  await server.channel.post('x', call())
  await server.channel.post('x', call())
  assert.equal(server.connections.length, 2)
})

test('an answer that nobody asked for ends the connection', async () => {
  await using server = await peer((socket) => socket.write(answer('one') + answer('two')))
  assert.equal((await server.channel.post('x', call())).toString(), 'one')
  assert.equal((await server.channel.post('x', call())).toString(), 'one')
  assert.equal(server.connections.length, 2)
})

test('a compressed answer is inflated, up to the limit', async () => {
  const bodies = [gzipSync('a'.repeat(500)), gzipSync('a'.repeat(5000))]
  const limits = { gzip: true, bodyBytesMax: 1000 }
  await using server = await peer((socket, request) => {
    assert.match(request, /\r\naccept-encoding: gzip\r\n/)
    const body = bodies.shift() as Buffer
    const head = 'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: '
    socket.write(Buffer.concat([Buffer.from(`${head}${body.length}\r\n\r\n`), body]))
  }, limits)
  assert.equal((await server.channel.post('x', call())).length, 500)
  await assert.rejects(server.channel.post('x', call()), code('RESOURCE_EXHAUSTED'))
})

test('statuses are errors of the toolkit', async () => {
  const statuses = [401, 403, 404, 413, 503, 500, 302]
  const expected = [
    'UNAUTHENTICATED',
    'PERMISSION_DENIED',
    'UNIMPLEMENTED',
    'RESOURCE_EXHAUSTED',
    'UNAVAILABLE',
    'INTERNAL',
    'INTERNAL',
  ]
  await using server = await peer((socket) =>
    socket.write(`HTTP/1.1 ${statuses.shift()} No\r\ncontent-length: 2\r\n\r\nno`),
  )
  for (const name of expected) await assert.rejects(server.channel.post('x', call()), code(name))
})

test('metadata cannot become another header', async () => {
  await using server = await peer((socket) => socket.write(answer('')))
  for (const bad of [{ k: 'v\r\nx: y' }, { k: 'v\0' }, { 'k\r\nx': 'v' }, { host: 'other' }]) {
    assert.throws(() => server.channel.post('x', call(bad as Metadata)), code('INVALID_ARGUMENT'))
  }
})

test('a client that is closed answers what waits', async () => {
  await using server = await peer(() => undefined)
  const waiting = server.channel.post('x', call())
  const rejected = assert.rejects(waiting, code('CANCELLED'))
  server.channel.close()
  await rejected
  await assert.rejects(server.channel.post('x', call()), code('CANCELLED'))
})
