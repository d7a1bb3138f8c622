import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ceilingOptions } from './commands/ceiling.ts'
import { type LoadOptions, validate } from './options.ts'
import { share } from './party.ts'
import { copies, messagesOf, queuesOfConsumer, queuesOfProducer, sequenceStep } from './topology.ts'

function options(some: Partial<LoadOptions>): LoadOptions {
  return { ...ceilingOptions('amqp://h', { size: 16, time: 1 }, [1, 1]), ...some }
}

test('queues and users are dealt out to one another completely', () => {
  for (const [queues, users] of [
    [1, 1],
    [10, 3],
    [3, 10],
    [100, 100],
  ] as const) {
    const load = options({ queues, consumers: users, producers: users })
    const read = new Set<number>()
    for (let user = 0; user < users; user += 1) {
      for (const queue of queuesOfConsumer(load, user)) read.add(queue)
      assert.ok(queuesOfProducer(load, user).length > 0)
    }
    assert.equal(read.size, queues)
  }
})

test('a producer goes round its queues, sizes and priorities', () => {
  const load = options({ queues: 4, producers: 2, sizes: [16, 1024, 16], priorities: [1, 2] })
  const messages = messagesOf(load, 1)
  assert.equal(messages.length, 6)
  assert.deepEqual(
    messages.map(({ routingKey }) => routingKey),
    [
      'warren-perf-2',
      'warren-perf-4',
      'warren-perf-2',
      'warren-perf-4',
      'warren-perf-2',
      'warren-perf-4',
    ],
  )
  assert.deepEqual(
    messages.map(({ size }) => size),
    [16, 1024, 16, 16, 1024, 16],
  )
  assert.equal(sequenceStep(load, 1), 0)
  assert.equal(sequenceStep({ ...load, priorities: [] }, 1), 2)
})

test('routing keys are numbered, and every queue has its key however large the messages', () => {
  const topic = options({
    exchange: 'e',
    exchangeType: 'topic',
    routingKey: 'a.%d.b',
    routingKeys: 3,
  })
  assert.deepEqual(
    messagesOf(topic, 0).map(({ routingKey }) => routingKey),
    ['a.0.b', 'a.1.b', 'a.2.b'],
  )
  const large = options({ queues: 100, sizes: [1_048_576] })
  assert.equal(new Set(messagesOf(large, 0).map(({ routingKey }) => routingKey)).size, 100)
  assert.equal(copies(options({ exchange: 'e', exchangeType: 'fanout', queues: 7 })), 7)
})

test('shares add up to the whole', () => {
  const shares = [0, 1, 2].map((index) => share(11, 3, index))
  assert.deepEqual(shares, [4, 4, 3])
})

test('a load that would hang is refused', () => {
  assert.throws(() => validate(options({ ackBatch: 100, prefetch: 50 })), /never fills/)
  assert.throws(() => validate(options({ producers: 0, consumers: 0 })), /neither/)
})
