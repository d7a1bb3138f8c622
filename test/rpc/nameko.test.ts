// The nameko profile of RPC over AMQP: against a peer that speaks nameko's wire, and on both ends.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { amqp, connect, RpcError, serve, service } from '../../src/rpc/index.ts'
import { startTestBroker, type TestBroker } from './support/broker.ts'
import { missingPython, peerPath, runPython, startPython } from './support/python.ts'

const handlers = {
  add: (a: number, b: number): number => a + b,
  fails: (): never => {
    throw new RangeError('out of range')
  },
  async *count(to: number): AsyncGenerator<number> {
    for (let i = 0; i < to; i++) yield i
  },
}

interface Greeter {
  greet(name: string): string
  fails(): never
  nothing(): null
}

const code =
  (expected: string) =>
  (reason: unknown): boolean =>
    reason instanceof RpcError && reason.code === expected

let broker: TestBroker

before(async () => {
  broker = await startTestBroker()
})
after(() => broker.stop())

const worker = (name: string) => amqp({ url: broker.url, queue: `rpc-${name}`, profile: 'nameko' })
const clientUrl = (name: string): string => `${broker.url}?queue=rpc-${name}&profile=nameko`

describe('the nameko profile', () => {
  test('Warren on both ends: results, errors, calls without answers', async () => {
    await using _ = await serve(service('Both', handlers), [worker('both')])
    await using client = connect<typeof handlers>(clientUrl('both'))
    assert.equal(await client.add(2, 3), 5)
    await client.$notify.add(1, 1)
    await assert.rejects(client.fails(), (reason: RpcError) => {
      assert.equal(reason.code, 'UNKNOWN')
      assert.equal(reason.message, 'out of range')
      return reason.remote?.name === 'RangeError'
    })
    await assert.rejects(client.$call('nothing'), code('UNIMPLEMENTED'))
    await assert.rejects(client.$call('add', [1, 2, 3]), code('INVALID_ARGUMENT'))
    await assert.rejects(client.$call('count', [3]), code('UNIMPLEMENTED'))
    const results = await Promise.all(Array.from({ length: 50 }, (_, i) => client.add(i, i)))
    assert.deepEqual(
      results,
      Array.from({ length: 50 }, (_, i) => 2 * i),
    )
  })

  test('a service that nobody serves is an error at once', async () => {
    await using client = connect<typeof handlers>(clientUrl('nobody'))
    await assert.rejects(client.add(1, 2), code('UNAVAILABLE'))
  })

  describe('and a peer with pika', { skip: missingPython('venv') }, () => {
    test('a caller is answered', async () => {
      await using _ = await serve(service('Warren', handlers), [worker('warren')])
      const output = await runPython(peerPath('nameko_wire.py'), ['call', broker.url, 'warren'])
      assert.match(output, /all well/)
    })

    test('a worker is called', async () => {
      const peer = await startPython(peerPath('nameko_wire.py'), ['serve', broker.url, 'greeter'])
      await using client = connect<Greeter>(clientUrl('greeter'))
      try {
        assert.equal(await client.greet('you'), 'Hello you!')
        await assert.rejects(client.fails(), (reason: RpcError) => {
          assert.equal(reason.message, 'on purpose')
          return reason.code === 'UNKNOWN' && reason.remote?.name === 'ValueError'
        })
        await assert.rejects(client.nothing(), code('UNIMPLEMENTED'))
      } finally {
        await peer.stop()
      }
    })
  })
})
