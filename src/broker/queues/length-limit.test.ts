import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ModelBroker, type TestChannel } from '../../../test/support/model-broker.ts'
import type { FieldTable } from '../../protocol/amqp/field-table.ts'
import type { Queue } from './queue.ts'

function start(
  args: FieldTable,
  memoryBytes?: number,
): {
  broker: ModelBroker
  channel: TestChannel
  queue: Queue
} {
  const broker = new ModelBroker(memoryBytes === undefined ? {} : { memoryBytes })
  const channel = broker.open()
  channel.channel.selectConfirms()
  const queue = channel.queue('q', { arguments: { 'x-dead-letter-exchange': '', ...args } })
  channel.queue('dead')
  return { broker, channel, queue }
}

function drain(channel: TestChannel, name: string): string {
  let bodies = ''
  for (let body = channel.getNow(name); body !== null; body = channel.getNow(name)) bodies += body
  return bodies
}

const toDead = { 'x-dead-letter-routing-key': 'dead' }

test('by default the oldest are dropped and dead-lettered, and all are confirmed', () => {
  const { broker, channel } = start({ 'x-max-length': 3, ...toDead })
  for (const body of 'abcde') channel.publish('', 'q', body)
  broker.turn()
  assert.equal(drain(channel, 'q'), 'cde')
  assert.equal(drain(channel, 'dead'), 'ab')
  assert.deepEqual(channel.confirms, ['..+5'])
})

test('consumers come first: what they take does not count', () => {
  const { broker, channel, queue } = start({ 'x-max-length': 2, ...toDead })
  channel.consume('q', { prefetch: 3 })
  for (const body of 'abcdef') channel.publish('', 'q', body)
  broker.turn()
  assert.deepEqual(channel.bodies, ['a', 'b', 'c'])
  assert.equal(drain(channel, 'dead'), 'd')
  assert.deepEqual([queue.readyCount, queue.unackedCount], [2, 3])
  // What comes back is the oldest again.
  channel.channel.reject(3, false, true)
  broker.turn()
  assert.deepEqual(channel.bodies, ['a', 'b', 'c', 'c*'])
  const tag = [...channel.channel.consumers.keys()][0]!
  channel.channel.cancel(tag)
  channel.channel.reject(5, false, true)
  broker.turn()
  assert.equal(drain(channel, 'dead'), 'c')
})

test('bodies are limited in bytes, headers and unacknowledged ones do not count', () => {
  const { broker, channel, queue } = start({ 'x-max-length-bytes': 5, ...toDead })
  channel.publish('', 'q', 'aa')
  channel.publish('', 'q', 'bbb', { headers: { long: 'x'.repeat(100) } })
  broker.turn()
  assert.equal(queue.readyCount, 2)
  channel.publish('', 'q', '')
  broker.turn()
  assert.equal(queue.readyCount, 3)
  channel.publish('', 'q', 'c')
  broker.turn()
  assert.equal(drain(channel, 'q'), 'bbbc')
  channel.publish('', 'q', 'too long')
  broker.turn()
  assert.equal(queue.readyCount, 0)
  assert.equal(drain(channel, 'dead'), 'aatoo long')
})

test('a queue of length zero passes on to consumers, and keeps nothing', () => {
  const { broker, channel, queue } = start({ 'x-max-length': 0 })
  channel.publish('', 'q', 'a')
  broker.turn()
  assert.equal(queue.readyCount, 0)
  channel.consume('q', { noAck: true })
  channel.publish('', 'q', 'b')
  broker.turn()
  assert.deepEqual(channel.bodies, ['b'])
})

test('reject-publish refuses the newest, says so, and dead-letters nothing', () => {
  const args = { 'x-max-length': 2, 'x-overflow': 'reject-publish', ...toDead }
  const { broker, channel } = start(args)
  for (const body of 'abcd') channel.publish('', 'q', body)
  channel.publish('', 'dead', 'x')
  broker.turn()
  assert.deepEqual(channel.confirms, ['..+2', '..-4', '+5'])
  assert.equal(drain(channel, 'q'), 'ab')
  assert.equal(drain(channel, 'dead'), 'x')
})

test('reject-publish-dlx dead-letters what it refuses', () => {
  const args = { 'x-max-length': 2, 'x-overflow': 'reject-publish-dlx', ...toDead }
  const { broker, channel } = start(args)
  for (const body of 'abcd') channel.publish('', 'q', body)
  broker.turn()
  assert.deepEqual(channel.confirms, ['..+2', '..-4'])
  assert.equal(drain(channel, 'q'), 'ab')
  assert.equal(drain(channel, 'dead'), 'cd')
})

for (const overflow of ['reject-publish', 'reject-publish-dlx']) {
  test(`${overflow} keeps what comes back, even above the limit`, () => {
    const { broker, channel } = start({ 'x-max-length': 2, 'x-overflow': overflow, ...toDead })
    channel.consume('q', { tag: 'c', prefetch: 2 })
    for (const body of 'abcd') channel.publish('', 'q', body)
    broker.turn()
    channel.channel.cancel('c')
    channel.channel.reject(0, true, true)
    broker.turn()
    assert.equal(drain(channel, 'q'), 'abcd')
    assert.equal(drain(channel, 'dead'), '')
  })
}

test('a full queue with a consumer that has credit refuses nothing within a turn', () => {
  const { broker, channel } = start({ 'x-max-length': 1, 'x-overflow': 'reject-publish' })
  channel.consume('q', { noAck: true })
  broker.turn()
  for (const body of 'abcdef') channel.publish('', 'q', body)
  broker.turn()
  assert.deepEqual(channel.bodies, [...'abcdef'])
  assert.deepEqual(channel.confirms, ['..+6'])
})

test('one refusal of several queues refuses the publish, and the others keep it', () => {
  const { broker, channel } = start({ 'x-max-length': 0, 'x-overflow': 'reject-publish' })
  channel.bind('amq.fanout', 'q')
  channel.bind('amq.fanout', 'dead')
  channel.publish('amq.fanout', '', 'a', { deliveryMode: 2 })
  broker.turn()
  assert.deepEqual(channel.confirms, ['-1'])
  assert.equal(drain(channel, 'dead'), 'a')
})

test('a limit that a policy brings applies to a long queue that is paged out', () => {
  const { broker, channel, queue } = start({}, 0)
  for (let i = 0; i < 1000; i += 1) channel.publish('', 'q', `${i},`)
  broker.settle()
  assert.equal(queue.readyCount, 1000)
  queue.reconfigure({ ...queue.settings, lengthMax: 3 })
  broker.settle()
  assert.equal(drain(channel, 'q'), '997,998,999,')
})
