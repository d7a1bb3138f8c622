// Policies that change under queues at work: nothing is lost, nothing stands still for it.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bodyOf, ModelBroker, type TestChannel } from '../../test/support/model-broker.ts'
import type { PolicyKind } from './policies.ts'
import type { PolicyDefinition } from './queues/settings.ts'

function put(
  broker: ModelBroker,
  definition: PolicyDefinition,
  kind: PolicyKind = 'policy',
  pattern = '^long$',
): void {
  const policy = { name: `${kind}`, pattern, applyTo: 'queues', priority: 0, definition } as const
  broker.core.vhost('/')!.policies.put(kind, policy)
}

function setup(count: number): { broker: ModelBroker; channel: TestChannel } {
  const broker = new ModelBroker({ memoryBytes: 1 << 30 })
  const channel = broker.open()
  channel.queue('dead')
  channel.queue('other')
  channel.queue('long')
  for (let i = 0; i < count; i += 1) channel.publish('', 'long', `${i}`)
  broker.turn()
  return { broker, channel }
}

const toDead = { 'dead-letter-exchange': '', 'dead-letter-routing-key': 'dead' }

describe('a policy for a long queue', () => {
  for (const [what, definition, left] of [
    ['a length', { 'max-length': 10, ...toDead }, 10],
    ['a size', { 'max-length-bytes': 50, ...toDead }, 10],
    ['a time to live', { 'message-ttl': 5, ...toDead }, 0],
  ] as const) {
    test(`${what} is enforced a part at a time, and others are served between`, () => {
      const count = 30_000
      const { broker, channel } = setup(count)
      broker.clock.nowMs += 10
      put(broker, definition)
      const long = broker.queueNamed('long')
      let turns = 0
      for (let before = count; long.readyCount > left; before = long.readyCount) {
        channel.publish('', 'other', `${turns}`)
        // A later turn: what goes on does so by a timer.
        broker.clock.next(broker.clock.nowMs + 1)?.()
        broker.turn()
        turns += 1
        assert.ok(before - long.readyCount <= 1000, `${before - long.readyCount} in one turn`)
        assert.ok(turns < 200, 'it goes on')
        assert.equal(channel.getNow('other'), `${turns - 1}`)
      }
      assert.ok(turns >= 30)
      const dead = [...broker.queueNamed('dead').waiting()].map(({ message }) => bodyOf(message!))
      assert.deepEqual(
        dead,
        Array.from({ length: count - left }, (_, i) => `${i}`),
      )
    })
  }

  test('nothing late is delivered while the late ones go', () => {
    const { broker, channel } = setup(5000)
    put(broker, { 'message-ttl': 5, ...toDead })
    broker.clock.nowMs += 10
    channel.publish('', 'long', 'fresh')
    const got: string[] = []
    channel.sink.onSent = (sent) => {
      if (sent.kind === 'deliver') got.push(bodyOf(sent.message))
    }
    channel.consume('long', { noAck: true })
    for (let i = 0; i < 10; i += 1) {
      broker.clock.next(broker.clock.nowMs)?.()
      broker.turn()
    }
    assert.deepEqual(got, ['fresh'])
    assert.equal(broker.queueNamed('dead').readyCount, 5000)
  })

  test('basic.get waits until the late ones are gone', () => {
    const { broker, channel } = setup(5000)
    put(broker, { 'message-ttl': 5, ...toDead })
    broker.clock.nowMs += 10
    channel.publish('', 'long', 'fresh')
    const got: string[] = []
    channel.get('long', true, (fetched) => got.push(bodyOf(fetched!.message)))
    assert.deepEqual(got, [])
    for (let i = 0; i < 10; i += 1) {
      broker.turn()
      broker.clock.next(broker.clock.nowMs)?.()
    }
    assert.deepEqual(got, ['fresh'])
  })
})

describe('policies that come and go under traffic', () => {
  test('neither lose nor repeat a message that they do not limit', () => {
    const { broker, channel } = setup(0)
    const consumer = broker.open()
    const came: string[] = []
    const unacknowledged: number[] = []
    consumer.sink.onSent = (sent) => {
      if (sent.kind !== 'deliver') return
      came.push(bodyOf(sent.message))
      unacknowledged.push(sent.deliveryTag)
    }
    consumer.consume('long', { prefetch: 7 })
    const changes: (() => void)[] = [
      () => put(broker, { 'max-length': 1_000_000 }),
      () => put(broker, { 'message-ttl': 3_600_000, ...toDead }),
      () => put(broker, { 'max-length': 900_000 }, 'operator-policy'),
      () => put(broker, { 'delivery-limit': 50 }, 'operator-policy', '^lo'),
      () => broker.core.vhost('/')!.policies.delete('policy', 'policy'),
      () => broker.core.vhost('/')!.policies.delete('operator-policy', 'operator-policy'),
    ]
    const total = 3000
    for (let i = 0; i < total; i += 1) {
      channel.publish('', 'long', `${i}`)
      if (i % 11 === 0) changes[(i / 11) % changes.length]!()
      if (i % 5 === 0) broker.settle()
      for (const tag of unacknowledged.splice(0, 3)) consumer.channel.acknowledge(tag, false)
    }
    while (came.length < total) {
      broker.settle()
      for (const tag of unacknowledged.splice(0)) consumer.channel.acknowledge(tag, false)
    }
    assert.deepEqual(
      came,
      Array.from({ length: total }, (_, i) => `${i}`),
    )
    assert.equal(broker.queueNamed('dead').readyCount, 0)
  })

  test('a limit that is lifted again keeps what was not over it', () => {
    const { broker } = setup(100)
    put(broker, { 'max-length': 60 })
    put(broker, { 'max-length': 80 }, 'operator-policy')
    broker.settle()
    assert.equal(broker.queueNamed('long').readyCount, 60)
    broker.core.vhost('/')!.policies.delete('policy', 'policy')
    broker.settle()
    assert.equal(broker.queueNamed('long').settings.lengthMax, 80)
    assert.equal(broker.queueNamed('long').readyCount, 60)
  })
})
