// ZeroRPC with Warren on both ends.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { connect, serve, zerorpc } from '../../src/rpc/index.ts'
import { type Sample, sampleService } from './support/sample-service.ts'
import { transportSuite } from './support/transport-suite.ts'

transportSuite({
  name: 'zerorpc',
  transport: (port) => zerorpc({ bind: `tcp://127.0.0.1:${port ?? '*'}` }),
})

describe('zerorpc between Warren ends', () => {
  test('CURVE keeps out who does not know the key', async () => {
    const { curveKeyPair } = await import('zeromq')
    const { publicKey, secretKey } = curveKeyPair()
    const { service } = sampleService()
    await using server = await serve(service, [zerorpc({ curve: { secretKey } })])
    const url = server.url('zerorpc')
    await using knowing = connect<Sample>(url, { zerorpc: { curve: { serverKey: publicKey } } })
    assert.equal(await knowing.add(1, 2), 3)
    await using plain = connect<Sample>(url, { timeoutMs: 300 })
    await assert.rejects(plain.add(1, 2), { code: 'DEADLINE_EXCEEDED' })
    const other = curveKeyPair().publicKey
    const wrong = { timeoutMs: 300, zerorpc: { curve: { serverKey: other } } }
    await using mistaken = connect<Sample>(url, wrong)
    await assert.rejects(mistaken.add(1, 2), { code: 'DEADLINE_EXCEEDED' })
  })

  test('a server without a peer is lost after two heartbeats', async () => {
    await using client = connect<Sample>('zerorpc://127.0.0.1:1', { zerorpc: { heartbeatMs: 50 } })
    await assert.rejects(client.add(1, 2), { code: 'UNAVAILABLE' })
  })
})
