// Warren's own ZMTP against libzmq, as Python's zmq has it, both ways.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseTcp } from '../../src/rpc/zmtp/address.ts'
import { Dealer } from '../../src/rpc/zmtp/dealer.ts'
import type { SocketLimits } from '../../src/rpc/zmtp/limits.ts'
import { Router } from '../../src/rpc/zmtp/router.ts'
import { freePort } from '../support/free-port.ts'
import { missingPython, peerPath, runPython, startPython } from './support/python.ts'

const limits: SocketLimits = {
  messageBytesMax: 4 * 1024 * 1024,
  queuedMax: 10_000,
  handshakeTimeoutMs: 10_000,
  connectionsMax: 100,
}

describe('ZMTP and libzmq', { skip: missingPython('venv') }, () => {
  test('sockets of libzmq talk to a ROUTER', async () => {
    const router = new Router(limits)
    const { port } = parseTcp(await router.bind({ host: '127.0.0.1', port: 0 })) ?? {}
    router.read(
      (frames) => router.send(frames),
      () => undefined,
    )
    try {
      assert.match(await runPython(peerPath('zmtp_peer.py'), ['client', String(port)]), /all well/)
    } finally {
      await router.close()
    }
  })

  test("a DEALER talks to libzmq's ROUTER, before it is up and after it was away", async () => {
    const port = await freePort()
    const dealer = new Dealer({ host: '127.0.0.1', port }, limits)
    const got: string[] = []
    const next = async (count: number): Promise<void> => {
      for (let tries = 0; tries < 2000 && got.length < count; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      assert.equal(got.length, count)
    }
    dealer.read((frames) => got.push(frames.map((frame) => frame.toString('latin1')).join('|')))
    dealer.send([Buffer.from('early'), Buffer.alloc(0), Buffer.alloc(300_000, 'x')])
    const first = await startPython(peerPath('zmtp_peer.py'), ['echo', String(port)])
    await next(1)
    assert.equal(got[0], `early||${'x'.repeat(300_000)}`)
    for (let i = 0; i < 3000; i++) dealer.send([Buffer.from(`m${i}`)])
    await next(3001)
    assert.deepEqual(got.slice(1, 3), ['m0', 'm1'])
    assert.equal(got.at(-1), 'm2999')
    await first.stop()
    const second = await startPython(peerPath('zmtp_peer.py'), ['echo', String(port)])
    // What is sent into a connection that has just ended is lost with it, so this asks until answered.
    for (let tries = 0; tries < 1000 && got.at(-1) !== 'again'; tries++) {
      dealer.send([Buffer.from('again')])
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    assert.equal(got.at(-1), 'again')
    await second.stop()
    await dealer.close()
  })
})
