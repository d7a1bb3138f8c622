// Peers that send what they should not: each server refuses it, quickly, and goes on serving others.
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { connect as connectSocket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { WebSocket } from 'ws'
import { Dealer } from 'zeromq'
import {
  connect,
  grpc,
  jsonRpc,
  type RpcServer,
  serve,
  xmlRpc,
  zerorpc,
} from '../../src/rpc/index.ts'
import { encodeCall } from '../../src/rpc/xml-rpc/codec.ts'
import { EventCodec } from '../../src/rpc/zerorpc/codec.ts'
import { mutated, seeded } from './support/fuzz.ts'
import { type Sample, sampleService } from './support/sample-service.ts'

const kilobytes = 64
let server: RpcServer

before(async () => {
  const http = { bodyBytesMax: kilobytes * 1024, allowedHosts: ['127.0.0.1'] }
  server = await serve(sampleService().service, [
    xmlRpc(http),
    jsonRpc({ ...http, allowedOrigins: ['https://console.example'] }),
    zerorpc({ messageBytesMax: kilobytes * 1024 }),
    grpc({ messageBytesMax: kilobytes * 1024 }),
  ])
})
after(() => server.close({ graceMs: 0 }))

interface Post {
  readonly body?: string | Buffer
  readonly path?: string
  readonly method?: string
  readonly headers?: Record<string, string>
}

function post(transport: string, options: Post): Promise<{ status: number; text: string }> {
  const { port } = new URL(server.url(transport))
  const type = transport === 'xml-rpc' ? 'text/xml' : 'application/json'
  const { path = '/', method = 'POST', body = '', headers = {} } = options
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path, method, headers: { 'content-type': type, ...headers } },
      (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString()
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
        response.on('error', reject)
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

async function stillServes(): Promise<void> {
  for (const { url } of server.endpoints) {
    const client = connect<Sample>(url, { timeoutMs: 5000 })
    assert.equal(await client.add(1, 2), 3, url)
    await client.$close()
  }
}

for (const transport of ['xml-rpc', 'json-rpc']) {
  describe(`${transport} over HTTP`, () => {
    const status = async (options: Post): Promise<number> => (await post(transport, options)).status

    test('refuses other paths, methods, types and hosts', async () => {
      assert.equal(await status({ path: '/other' }), 404)
      assert.equal(await status({ path: '/?x=1' }), 404)
      assert.equal(await status({ method: 'GET' }), transport === 'xml-rpc' ? 501 : 405)
      assert.equal(await status({ headers: { 'content-type': 'text/plain' } }), 415)
      assert.equal(
        await status({ headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
        415,
      )
      assert.equal(await status({ headers: { host: 'evil.example' } }), 403)
      assert.equal(await status({ headers: { 'content-encoding': 'br' } }), 501)
    })

    test('refuses bodies that are too large, also when they say nothing or are compressed', async () => {
      const large = Buffer.alloc(kilobytes * 1024 + 1, 0x20)
      assert.equal(await status({ body: large }).catch(() => 413), 413)
      const chunked = { 'transfer-encoding': 'chunked' }
      assert.equal(await status({ body: large, headers: chunked }).catch(() => 413), 413)
      const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024))
      const packed = { 'content-encoding': 'gzip' }
      assert.equal(await status({ body: bomb.subarray(0, 60_000), headers: packed }), 413)
      assert.equal(await status({ body: Buffer.from('no gzip'), headers: packed }), 400)
      await stillServes()
    })

    test('answers mutated requests', async () => {
      const random = seeded(7)
      const sample =
        transport === 'xml-rpc'
          ? encodeCall('echo', [{ a: [1, 'x', null] }])
          : '{"jsonrpc":"2.0","method":"echo","params":[{"a":[1,"x",null]}],"id":1}'
      for (let run = 0; run < 150; run++) {
        const { status: code } = await post(transport, {
          body: mutated(Buffer.from(sample), random),
        })
        assert.ok(code === 200 || code === 204, String(code))
      }
      await stillServes()
    })
  })
}

describe('JSON-RPC over WebSocket', () => {
  const open = (path = '/', headers: Record<string, string> = {}): Promise<WebSocket> => {
    const url = server.url('json-rpc').replace('http', 'ws')
    const socket = new WebSocket(`${url}${path}`, { headers })
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(socket))
      socket.once('error', reject)
    })
  }
  const closeCode = (socket: WebSocket): Promise<number> =>
    new Promise((resolve) => socket.once('close', resolve))

  test('refuses pages of other sites, other paths and other hosts', async () => {
    await assert.rejects(open('/', { origin: 'https://evil.example' }), /403/)
    await assert.rejects(open('/other'), /404/)
    await assert.rejects(open('/', { host: 'evil.example' }), /403/)
    const allowed = await open('/', { origin: 'https://console.example' })
    allowed.terminate()
  })

  test('closes on binary and oversized messages, answers broken text', async () => {
    const binary = await open()
    binary.send(Buffer.from([1, 2, 3]))
    assert.equal(await closeCode(binary), 1003)
    const large = await open()
    large.on('error', () => {})
    large.send('x'.repeat(kilobytes * 1024 + 1))
    assert.equal(await closeCode(large), 1009)
    const broken = await open()
    const answer = new Promise<string>((resolve) => {
      broken.once('message', (data: Buffer) => resolve(data.toString()))
    })
    broken.send('{"jsonrpc":')
    assert.match(await answer, /-32700/)
    broken.terminate()
    await stillServes()
  })
})

describe('ZeroRPC', () => {
  test('drops what is no event and goes on', async () => {
    const dealer = new Dealer({ linger: 0 })
    dealer.connect(server.url('zerorpc').replace('zerorpc', 'tcp'))
    const codec = new EventCodec(undefined)
    const random = seeded(11)
    const header = { message_id: Buffer.alloc(32, 0x61), v: 3 }
    const sample = Buffer.from(codec.encode({ header, name: 'echo', args: [{ a: [1] }] }))
    for (let run = 0; run < 1000; run++) await dealer.send(['', mutated(sample, random)])
    await dealer.send(Array.from({ length: 100 }, () => 'x'))
    await dealer.send(['', ''])
    await dealer.send('')
    await stillServes()
    dealer.close()
  })

  test('an id is echoed in the type it came in', async () => {
    const dealer = new Dealer({ linger: 0 })
    dealer.connect(server.url('zerorpc').replace('zerorpc', 'tcp'))
    const codec = new EventCodec(undefined)
    for (const id of [Buffer.from('0123456789abcdef0123456789abcdef'), 'text-id', 12345]) {
      const header = { message_id: id, v: 3 }
      await dealer.send(['', codec.encode({ header, name: 'add', args: [1, 2] })])
      const [, payload] = await dealer.receive()
      const { header: answered, args } = codec.decode(payload as Buffer)
      assert.deepEqual(args, [3])
      if (typeof id !== 'object') assert.equal(answered.response_to, id)
      else assert.deepEqual(Buffer.from(answered.response_to as Uint8Array), id)
    }
    // Peers of version 1 get an error of one string.
    const old = { message_id: 'old' }
    await dealer.send(['', codec.encode({ header: old, name: 'nope', args: [] })])
    const [, payload] = await dealer.receive()
    assert.deepEqual(codec.decode(payload as Buffer).args, ['NameError("nope")'])
    dealer.close()
  })
})

describe('every server', () => {
  test('survives noise on its port', async () => {
    const random = seeded(3)
    for (const { url } of server.endpoints) {
      const port = Number(new URL(url).port)
      for (let run = 0; run < 20; run++) {
        const socket = connectSocket(port, '127.0.0.1')
        socket.on('error', () => {})
        socket.end(Buffer.from(Array.from({ length: 200 }, () => random() * 256)))
        await new Promise((resolve) => socket.once('close', resolve).resume())
      }
    }
    await stillServes()
  })

  test('refuses what is too large for it', async () => {
    const text = 'x'.repeat(2 * kilobytes * 1024)
    for (const { url } of server.endpoints) {
      const client = connect<Sample>(url, { timeoutMs: 1000 })
      await assert.rejects(client.echo(text), (error: { code: string }) =>
        ['RESOURCE_EXHAUSTED', 'UNAVAILABLE', 'DEADLINE_EXCEEDED'].includes(error.code),
      )
      await client.$close()
    }
    await stillServes()
  })
})

describe('authentication', () => {
  const authenticate = (credentials: {
    kind: string
    user?: string
    password?: string
    token?: string
  }) =>
    (credentials.kind === 'basic' &&
      credentials.user === 'ada' &&
      credentials.password === 'l:v') ||
    (credentials.kind === 'bearer' && credentials.token === 't0k')
      ? { name: 'ada' }
      : undefined

  test('lets in who may come in, on every transport that has a header for it', async () => {
    await using guarded = await serve(sampleService().service, [
      xmlRpc({ authenticate }),
      jsonRpc({ authenticate }),
      grpc({ authenticate }),
    ])
    const urls = guarded.endpoints.map((endpoint) => endpoint.url)
    urls.push(guarded.url('json-rpc').replace('http', 'ws'))
    for (const url of urls) {
      await using nobody = connect<Sample>(url, { timeoutMs: 2000 })
      await assert.rejects(nobody.add(1, 1), { code: 'UNAUTHENTICATED' }, url)
      await using ada = connect<Sample>(url.replace('://', '://ada:l%3Av@'), { timeoutMs: 2000 })
      assert.equal(await ada.add(1, 1), 2, url)
      const token = { token: 't0k' }
      const options = { timeoutMs: 2000, xmlRpc: token, jsonRpc: token, grpc: token }
      await using bearer = connect<Sample>(url, options)
      assert.equal(await bearer.add(1, 1), 2, url)
    }
  })
})
