// ROUTER and DEALER of ours against each other and against a raw peer that does what it wants.
import assert from 'node:assert/strict'
import { connect, createServer, type Socket } from 'node:net'
import { describe, test } from 'node:test'
import { RpcError } from '../error.ts'
import { parseTcp, type TcpAddress } from './address.ts'
import { encodeReady } from './commands.ts'
import { Dealer } from './dealer.ts'
import { encodeCommandFrame, encodeMessage } from './frames.ts'
import { encodeGreeting } from './greeting.ts'
import type { SocketLimits } from './limits.ts'
import { Router } from './router.ts'

const limits: SocketLimits = {
  messageBytesMax: 100_000,
  queuedMax: 1000,
  handshakeTimeoutMs: 5000,
  connectionsMax: 100,
}

async function until(check: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1000 && !check(); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.ok(check())
}

interface Listening {
  readonly router: Router
  readonly address: TcpAddress
  readonly gone: string[]
  [Symbol.asyncDispose](): Promise<void>
}

/** A router that sends every message back. */
async function echo(more: Partial<SocketLimits> = {}, port = 0): Promise<Listening> {
  const router = new Router({ ...limits, ...more })
  const address = parseTcp(await router.bind({ host: '127.0.0.1', port }))
  assert.ok(address !== undefined)
  const gone: string[] = []
  router.read(
    (frames) => router.send(frames),
    (name) => gone.push(name.toString('hex')),
  )
  return { router, address, gone, [Symbol.asyncDispose]: () => router.close() }
}

interface Raw {
  readonly socket: Socket
  readonly text: () => string
  readonly isClosed: () => boolean
}

function raw({ host, port }: TcpAddress): Raw {
  const socket = connect(port, host)
  let got = ''
  let isClosed = false
  socket.on('data', (chunk: Buffer) => {
    got += chunk.toString('latin1')
  })
  socket.on('error', () => undefined)
  socket.on('close', () => {
    isClosed = true
  })
  return { socket, text: () => got, isClosed: () => isClosed }
}

function greeted(address: TcpAddress, minor = 1): Raw {
  const peer = raw(address)
  const greeting = encodeGreeting()
  greeting[11] = minor
  peer.socket.write(greeting)
  return peer
}

function introduced(address: TcpAddress, identity = ''): Raw {
  const peer = greeted(address)
  const ready = encodeReady('DEALER').toString('latin1')
  const named =
    identity === ''
      ? ready
      : `${ready.slice(0, -4)}\0\0\0${String.fromCharCode(identity.length)}${identity}`
  peer.socket.write(encodeCommandFrame(Buffer.from(named, 'latin1')))
  return peer
}

const ping = (timeToLive: number, context: string): Buffer => {
  const data = Buffer.alloc(2)
  data.writeUInt16BE(timeToLive)
  return encodeCommandFrame(Buffer.concat([Buffer.from('\x04PING'), data, Buffer.from(context)]))
}

const busy = (reason: unknown): boolean =>
  reason instanceof RpcError && reason.code === 'RESOURCE_EXHAUSTED'

describe('router and dealer', () => {
  test('messages of many frames and sizes come back in order', async () => {
    await using server = await echo()
    const dealer = new Dealer(server.address, limits)
    const got: string[][] = []
    dealer.read((frames) => got.push(frames.map((frame) => frame.toString())))
    const sent = Array.from({ length: 300 }, (_, i) => ['', `${i}`, 'x'.repeat((i * 37) % 3000)])
    for (const frames of sent) dealer.send(frames.map((text) => Buffer.from(text)))
    await until(() => got.length === sent.length)
    assert.deepEqual(got, sent)
    await dealer.close()
    await until(() => server.gone.length === 1)
  })

  test('a dealer may start first, and finds a server again that went away', async () => {
    const first = await echo()
    const { address } = first
    await first.router.close()
    const dealer = new Dealer(address, limits)
    const got: string[] = []
    dealer.read((frames) => got.push(String(frames[0])))
    dealer.send([Buffer.from('early')])
    for (const round of ['one', 'two']) {
      const server = await echo({}, address.port)
      await until(() => got.length === (round === 'one' ? 1 : 2))
      await server.router.close()
      // Not to be lost in a connection that is about to end.
      await new Promise((resolve) => setTimeout(resolve, 20))
      if (round === 'one') dealer.send([Buffer.from('later')])
    }
    assert.deepEqual(got, ['early', 'later'])
    await dealer.close()
  })

  test('what waits for a server that is not there is bounded', async () => {
    const server = await echo()
    const { address } = server
    await server.router.close()
    const dealer = new Dealer(address, { ...limits, queuedMax: 10 })
    for (let i = 0; i < 10; i++) dealer.send([Buffer.from('x')])
    assert.throws(() => dealer.send([Buffer.from('x')]), busy)
    await dealer.close()
  })

  test('what was sent leaves before the end', async () => {
    const router = new Router(limits)
    const address = parseTcp(await router.bind({ host: '127.0.0.1', port: 0 })) as TcpAddress
    let count = 0
    router.read(
      () => {
        count += 1
      },
      () => undefined,
    )
    const dealer = new Dealer(address, limits)
    for (let i = 0; i < 500; i++) dealer.send([Buffer.alloc(1000)])
    await dealer.close()
    await until(() => count === 500)
    await router.close()
  })

  test('a peer that does not read is not read from, and its queue is bounded', async () => {
    const refused: unknown[] = []
    const router = new Router({ ...limits, queuedMax: 200 })
    const address = parseTcp(await router.bind({ host: '127.0.0.1', port: 0 })) as TcpAddress
    let received = 0
    router.read(
      (frames) => {
        received += 1
        try {
          for (let i = 0; i < 10; i++) router.send([frames[0] as Buffer, Buffer.alloc(90_000)])
        } catch (reason) {
          refused.push(reason)
        }
      },
      () => undefined,
    )
    const peer = introduced(address)
    peer.socket.pause()
    const one = encodeMessage([Buffer.alloc(1000)])
    for (let i = 0; i < 20_000; i++) peer.socket.write(one)
    let before = -1
    await until(() => {
      const isStill = received > 0 && received === before
      before = received
      return isStill
    })
    assert.ok(received < 20_000)
    assert.ok(refused.every(busy))
    // Others are served meanwhile, and it is served again when it reads.
    const stopped = received
    peer.socket.resume()
    await until(() => received > stopped)
    peer.socket.destroy()
    await router.close()
  })
})

describe('a router and raw peers', () => {
  test('version 3.0 and 3.1 are answered alike', async () => {
    await using server = await echo()
    for (const minor of [0, 1]) {
      const peer = greeted(server.address, minor)
      peer.socket.write(encodeCommandFrame(encodeReady('DEALER')))
      peer.socket.write(encodeMessage([Buffer.from('hello')]))
      await until(() => peer.text().endsWith('\0\x05hello'))
      assert.equal(peer.text().slice(0, 12), '\xff\0\0\0\0\0\0\0\0\x7f\x03\x01')
      peer.socket.destroy()
    }
  })

  test('older versions, other mechanisms and noise end the connection', async () => {
    await using server = await echo()
    const curve = encodeGreeting()
    curve.write('CURVE', 12)
    // The whole greeting of version 2 is shorter than ours [ZMTP 2.0].
    const two = Buffer.from('ff00000000000000017f010500 00'.replaceAll(' ', ''), 'hex')
    for (const bytes of [
      two,
      curve,
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.from('\x01\0'),
    ]) {
      const peer = raw(server.address)
      peer.socket.write(bytes)
      await until(peer.isClosed)
    }
  })

  test('who says nothing, or not enough, is left', async () => {
    await using server = await echo({ handshakeTimeoutMs: 50 })
    const silent = raw(server.address)
    const half = greeted(server.address)
    const well = introduced(server.address)
    await until(() => silent.isClosed() && half.isClosed())
    well.socket.write(encodeMessage([Buffer.from('still here')]))
    await until(() => well.text().endsWith('still here'))
    well.socket.destroy()
  })

  test('a message before READY, a large READY and a wrong socket are told why', async () => {
    await using server = await echo()
    const early = greeted(server.address)
    early.socket.write(encodeMessage([Buffer.from('hello')]))
    const large = greeted(server.address)
    large.socket.write(encodeCommandFrame(Buffer.alloc(9000)))
    const wrong = greeted(server.address)
    const ready = encodeReady('DEALER').toString('latin1').replace('\x06DEALER', '\x06PUBLIC')
    wrong.socket.write(encodeCommandFrame(Buffer.from(ready, 'latin1')))
    for (const peer of [early, large, wrong]) {
      await until(peer.isClosed)
      assert.ok(peer.text().includes('\x05ERROR'))
    }
  })

  test('a message over the limit ends the connection before it has come', async () => {
    await using server = await echo()
    const peer = introduced(server.address)
    peer.socket.write(Buffer.from('0200000000000186a1', 'hex'))
    await until(peer.isClosed)
    assert.match(peer.text(), /more than 100000 bytes/)
  })

  test('PING is answered with its context', async () => {
    await using server = await echo()
    const peer = introduced(server.address)
    peer.socket.write(ping(0, 'context'))
    await until(() => peer.text().endsWith('\x04\x0c\x04PONGcontext'))
    peer.socket.destroy()
  })

  test('a peer that said when it would be dead is, then', async () => {
    await using server = await echo()
    const peer = introduced(server.address)
    peer.socket.write(ping(1, ''))
    await until(peer.isClosed)
    assert.equal(server.gone.length, 1)
  })

  test('a peer may name itself, but not with the name of another', async () => {
    const router = new Router(limits)
    const address = parseTcp(await router.bind({ host: '127.0.0.1', port: 0 })) as TcpAddress
    const names: string[] = []
    router.read(
      (frames) => names.push(String(frames[0])),
      () => undefined,
    )
    const first = introduced(address, 'me')
    first.socket.write(encodeMessage([Buffer.from('x')]))
    await until(() => names.length === 1)
    assert.deepEqual(names, ['me'])
    for (const taken of ['me', '\0me']) {
      const second = introduced(address, taken)
      await until(second.isClosed)
    }
    router.send([Buffer.from('me'), Buffer.from('for me')])
    router.send([Buffer.from('nobody'), Buffer.from('dropped')])
    await until(() => first.text().endsWith('for me'))
    first.socket.destroy()
    await router.close()
  })

  test('connections beyond the limit are refused', async () => {
    await using server = await echo({ connectionsMax: 2 })
    const peers = [introduced(server.address), introduced(server.address)]
    for (const peer of peers) {
      peer.socket.write(encodeMessage([Buffer.from('in')]))
      await until(() => peer.text().endsWith('in'))
    }
    const third = raw(server.address)
    await until(third.isClosed)
    for (const peer of peers) peer.socket.destroy()
  })
})

describe('a dealer and raw servers', () => {
  test('tries again with servers that refuse it, more and more slowly', async () => {
    let connections = 0
    const server = createServer((socket) => {
      connections += 1
      socket.on('error', () => undefined)
      socket.resume()
      socket.end('SSH-2.0-no\r\n')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
    const address = server.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    const dealer = new Dealer({ host: '127.0.0.1', port }, limits)
    await until(() => connections >= 2)
    await dealer.close()
    const then = connections
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.equal(connections, then)
    await new Promise((resolve) => server.close(resolve))
  })
})
