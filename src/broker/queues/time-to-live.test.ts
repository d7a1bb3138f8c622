import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ModelBroker, type TestChannel } from '../../../test/support/model-broker.ts'
import type { Queue } from './queue.ts'

function start(ttlMs?: number): { broker: ModelBroker; channel: TestChannel; queue: Queue } {
  const broker = new ModelBroker()
  const channel = broker.open()
  const args = ttlMs === undefined ? {} : { 'x-message-ttl': ttlMs }
  const queue = channel.queue('q', { arguments: args })
  return { broker, channel, queue }
}

test('messages go when the queue’s time to live is over, to the millisecond', () => {
  const { broker, channel, queue } = start(100)
  channel.publish('', 'q', '1')
  broker.turn()
  broker.advance(60)
  channel.publish('', 'q', '2')
  broker.turn()
  broker.advance(39)
  assert.equal(queue.readyCount, 2)
  broker.advance(1)
  assert.equal(queue.readyCount, 1)
  broker.advance(60)
  assert.equal(queue.readyCount, 0)
  assert.equal(broker.core.budget.usedBytes, 0)
  assert.equal(broker.clock.timerCount, 0, 'nothing is left to wake up for')
})

test('the shorter of the queue’s and the message’s time to live counts', () => {
  const { broker, channel, queue } = start(100)
  channel.publish('', 'q', 'short', { expiration: '10' })
  channel.publish('', 'q', 'long', { expiration: '1000' })
  broker.turn()
  broker.advance(10)
  assert.equal(queue.readyCount, 1)
  broker.advance(90)
  assert.equal(queue.readyCount, 0)
})

test('a message behind one that lives longer goes when it becomes the head', () => {
  const { broker, channel, queue } = start()
  channel.publish('', 'q', 'long', { expiration: '1000' })
  channel.publish('', 'q', 'short', { expiration: '10' })
  broker.turn()
  broker.advance(500)
  assert.equal(queue.readyCount, 2)
  broker.advance(500)
  assert.equal(queue.readyCount, 0)
})

for (const first of [{}, { expiration: '1000' }]) {
  test(`basic.get of ${JSON.stringify(first)} lets the next one expire in time`, () => {
    const { broker, channel, queue } = start()
    channel.publish('', 'q', 'first', first)
    channel.publish('', 'q', 'second', { expiration: '100' })
    broker.turn()
    assert.equal(channel.getNow('q'), 'first')
    if (broker.turnRequested) broker.turn()
    broker.advance(100)
    assert.equal(queue.readyCount, 0)
  })
}

test('with a time to live of zero a message goes unless a consumer takes it at once', () => {
  const { broker, channel, queue } = start(0)
  channel.publish('', 'q', '1')
  broker.turn()
  assert.equal(queue.readyCount, 0)
  channel.consume('q', { prefetch: 1 })
  channel.publish('', 'q', '2')
  channel.publish('', 'q', '3', { expiration: '0' })
  broker.turn()
  assert.deepEqual(channel.bodies, ['2'])
  assert.equal(queue.readyCount, 0)
  channel.publish('', 'q', '4')
  assert.equal(channel.getNow('q'), null, 'basic.get comes too late')
})

test('what is unacknowledged does not expire, but does when it comes back too late', () => {
  const { broker, channel, queue } = start(100)
  channel.publish('', 'q', '1')
  channel.publish('', 'q', '2')
  channel.consume('q', { prefetch: 2 })
  broker.turn()
  broker.advance(50)
  channel.channel.reject(2, false, true)
  broker.turn()
  assert.deepEqual(channel.bodies, ['1', '2', '2*'])
  broker.advance(1000)
  assert.equal(queue.unackedCount, 2)
  channel.channel.close()
  broker.turn()
  assert.equal(queue.messageCount, 0)
})

test('ten years and more of waiting end at the right time', () => {
  const { broker, channel, queue } = start(315_360_000_000)
  channel.publish('', 'q', '1')
  broker.turn()
  broker.advance(315_359_999_999)
  assert.equal(queue.readyCount, 1)
  broker.advance(1)
  assert.equal(queue.readyCount, 0)
})

test('a policy’s time to live counts for what is there already, and may go again', () => {
  const { broker, channel, queue } = start()
  channel.publish('', 'q', '1')
  broker.turn()
  broker.advance(50)
  const { settings } = queue
  queue.reconfigure({ ...settings, messageTtlMs: 100 })
  broker.turn()
  queue.reconfigure(settings)
  broker.turn()
  broker.advance(100)
  assert.equal(queue.readyCount, 1)
  queue.reconfigure({ ...settings, messageTtlMs: 100 })
  broker.turn()
  assert.equal(queue.readyCount, 0)
})

test('a paged-out queue expires as well', () => {
  const broker = new ModelBroker({ memoryBytes: 0 })
  const channel = broker.open()
  const queue = channel.queue('q', { arguments: { 'x-message-ttl': 100 } })
  for (let i = 0; i < 1000; i += 1) channel.publish('', 'q', `${i}`)
  broker.settle()
  assert.ok(queue.inMemoryCount < 200)
  broker.advance(100)
  broker.settle()
  assert.equal(queue.readyCount, 0)
  assert.equal(queue.readyBytes, 0)
  assert.equal(broker.core.budget.usedBytes, 0)
})
