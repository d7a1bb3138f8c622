// Retry with back-off, with simulated time.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ModelBroker, propertiesOf, type TestChannel } from '../../../test/support/model-broker.ts'
import type { FieldTable } from '../../protocol/amqp/field-table.ts'
import { plainValue } from '../../protocol/amqp/field-table.ts'
import { retryDelayMs, retrySettings } from './retry.ts'

function setup(args: FieldTable): { broker: ModelBroker; channel: TestChannel } {
  const broker = new ModelBroker()
  const channel = broker.open()
  channel.queue('dead')
  channel.queue('q', { durable: true, arguments: args })
  channel.consume('q')
  return { broker, channel }
}

/** Rejects whatever comes, for a while; returns when each delivery came, from the first on. */
function deliveryTimes(broker: ModelBroker, channel: TestChannel, forMs: number): number[] {
  const times: number[] = []
  const startedMs = broker.clock.nowMs
  channel.sink.onSent = (sent) => {
    if (sent.kind === 'deliver') times.push(broker.clock.nowMs - startedMs)
  }
  for (let passed = 0; passed < forMs; passed += 10) {
    broker.turn()
    const last = channel.deliveries.at(-1)
    if (last !== undefined && channel.channel.unacked.has(last.deliveryTag)) {
      channel.channel.reject(last.deliveryTag, false, true)
      broker.turn()
    }
    broker.advance(10)
  }
  return times
}

describe('a message that comes back waits', () => {
  test('a little longer each time, up to the most', () => {
    const { broker, channel } = setup({
      'x-delayed-retry-type': 'all',
      'x-delayed-retry-min': 100,
      'x-delayed-retry-max': 250,
    })
    channel.publish('', 'q', 'm', { deliveryMode: 2 })
    assert.deepEqual(deliveryTimes(broker, channel, 900), [0, 100, 300, 550, 800])
  })

  test('twice as long each time with a multiplier of 2', () => {
    const { broker, channel } = setup({
      'x-delayed-retry-type': 'all',
      'x-delayed-retry-min': 100,
      'x-delayed-retry-multiplier': 2,
    })
    channel.publish('', 'q', 'm')
    assert.deepEqual(deliveryTimes(broker, channel, 1600), [0, 100, 300, 700, 1500])
  })

  test('always the same with a multiplier of 1; a least delay alone is enough', () => {
    const { broker, channel } = setup({
      'x-delayed-retry-min': 100,
      'x-delayed-retry-multiplier': 1,
    })
    channel.publish('', 'q', 'm')
    assert.deepEqual(deliveryTimes(broker, channel, 350), [0, 100, 200, 300])
  })

  test('then dies by the delivery limit, with its attempts counted', () => {
    const { broker, channel } = setup({
      'x-delayed-retry-type': 'failed',
      'x-delayed-retry-min': 10,
      'x-delivery-limit': 2,
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': 'dead',
    })
    channel.publish('', 'q', 'm')
    deliveryTimes(broker, channel, 500)
    const counts = channel.deliveries.map(({ message }) =>
      plainValue(propertiesOf(message).headers?.['x-delivery-count'] ?? 0),
    )
    assert.deepEqual(counts, [0, 1, 2])
    assert.equal(channel.getNow('dead'), 'm')
    assert.equal(broker.queueNamed('q').messageCount, 0)
  })

  test('and lets others pass meanwhile; then it takes its old place', () => {
    const { broker, channel } = setup({ 'x-delayed-retry-min': 100 })
    for (const text of ['a', 'b']) channel.publish('', 'q', text)
    broker.turn()
    channel.channel.reject(1, false, true)
    channel.channel.setPrefetch(1, true)
    channel.publish('', 'q', 'c')
    broker.turn()
    assert.equal(broker.queueNamed('q').delayedCount, 1)
    assert.equal(broker.queueNamed('q').messageCount, 3)
    broker.advance(100)
    channel.channel.acknowledge(2, false)
    broker.turn()
    assert.deepEqual(channel.bodies, ['a', 'b', 'a*'])
  })

  for (const [type, byReject, byNack] of [
    ['failed', true, false],
    ['returned', false, true],
    ['all', true, true],
    ['disabled', false, false],
  ] as const) {
    test(`type ${type}: ${byReject ? '' : 'not '}rejected, ${byNack ? '' : 'not '}given back`, () => {
      const args = { 'x-delayed-retry-type': type, 'x-delayed-retry-min': 100 }
      const { broker, channel } = setup(args)
      channel.publish('', 'q', 'm')
      broker.turn()
      channel.channel.reject(1, false, true)
      broker.turn()
      assert.equal(broker.queueNamed('q').delayedCount, byReject ? 1 : 0)
      broker.advance(100)
      channel.channel.giveBack(2, false, true)
      broker.turn()
      assert.equal(broker.queueNamed('q').delayedCount, byNack ? 1 : 0)
    })
  }

  test('also when its consumer has gone, and is there for the next', () => {
    const { broker, channel } = setup({ 'x-delayed-retry-min': 100 })
    channel.publish('', 'q', 'm')
    broker.turn()
    channel.channel.close()
    const other = broker.open()
    other.consume('q')
    broker.turn()
    assert.deepEqual(other.bodies, [])
    broker.advance(100)
    assert.deepEqual(other.bodies, ['m*'])
  })

  test('and is purged or deleted with its queue', () => {
    const { broker, channel } = setup({ 'x-delayed-retry-min': 100 })
    for (const text of ['a', 'b']) channel.publish('', 'q', text, { deliveryMode: 2 })
    broker.settle()
    channel.channel.reject(1, false, true)
    const queue = broker.queueNamed('q')
    assert.equal(queue.purge(), 1)
    channel.channel.reject(2, false, true)
    queue.delete()
    broker.settle()
    broker.advance(1000)
    assert.equal(queue.messageCount, 0)
    assert.equal(broker.log.references.size, 0)
    assert.equal(broker.core.budget.usedBytes, 0)
  })

  test('on disk when memory is spent', () => {
    const broker = new ModelBroker({ memoryBytes: 1000 })
    const channel = broker.open()
    channel.queue('q', { durable: true, arguments: { 'x-delayed-retry-min': 100 } })
    channel.consume('q')
    const body = 'x'.repeat(500)
    for (let i = 0; i < 5; i += 1) channel.publish('', 'q', `${i}${body}`, { deliveryMode: 2 })
    broker.settle()
    for (let tag = 1; tag <= 5; tag += 1) channel.channel.reject(tag, false, true)
    broker.turn()
    assert.ok(broker.core.budget.usedBytes < 2000, `${broker.core.budget.usedBytes} in memory`)
    broker.advance(100)
    broker.settle()
    assert.deepEqual(
      channel.bodies.slice(5).map((text) => text[0]),
      ['0', '1', '2', '3', '4'],
    )
  })

  test('as long as the wish and the limits say, for any settings', () => {
    const settings = fc.record({
      minMs: fc.integer({ min: 1, max: 1e6 }),
      maxMs: fc.integer({ min: 1, max: 1e9 }),
      multiplier: fc.option(fc.integer({ min: 1, max: 10 })),
    })
    fc.assert(
      fc.property(settings, fc.integer({ min: 1, max: 5000 }), (values, attempts) => {
        const retry = { type: 'all', ...values } as const
        const delayMs = retryDelayMs(retry, attempts, true)
        assert.ok(delayMs >= 1 && delayMs <= values.maxMs && delayMs < 2 ** 32)
        assert.ok(retryDelayMs(retry, attempts + 1, true) >= delayMs)
        if (attempts === 1) assert.equal(delayMs, Math.min(values.minMs, values.maxMs))
      }),
    )
  })
})

test('settings need a least delay and a type that there is', () => {
  const of = (values: Record<string, unknown>): unknown => retrySettings((key) => values[key])
  assert.equal(of({}), null)
  assert.equal(of({ 'delayed-retry-type': 'all' }), null)
  assert.equal(of({ 'delayed-retry-type': 'disabled', 'delayed-retry-min': 1 }), null)
  const { channel } = setup({})
  for (const args of [
    { 'x-delayed-retry-type': 'some', 'x-delayed-retry-min': 1 },
    { 'x-delayed-retry-type': 'all' },
    { 'x-delayed-retry-min': 0 },
  ]) {
    assert.throws(
      () => channel.queue('wrong', { arguments: args }),
      /invalid arg 'x-delayed-retry-(type|min)' for queue 'wrong' in vhost '\/'/,
    )
  }
})
