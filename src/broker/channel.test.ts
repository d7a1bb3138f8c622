import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ModelBroker } from '../../test/support/model-broker.ts'
import { deleteQueue } from './requests.ts'

const anyState = { ifUnused: false, ifEmpty: false }

test('a channel gets no more than its limit of unacknowledged messages, and all consumers go on', () => {
  const broker = new ModelBroker({ limits: { unackedMax: 10 } })
  const channel = broker.open()
  channel.queue('a')
  channel.queue('b')
  channel.consume('a', { tag: 'ca' })
  broker.turn()
  for (let i = 0; i < 12; i += 1) channel.publish('', 'a', `a${i}`)
  broker.turn()
  assert.equal(channel.bodies.length, 10)
  channel.consume('b', { tag: 'cb' })
  channel.publish('', 'b', 'b0')
  broker.turn()
  assert.equal(channel.bodies.length, 10)
  // The consumer of b has acknowledged nothing, and must wake all the same.
  channel.channel.acknowledge(10, true)
  broker.turn()
  assert.ok(channel.bodies.includes('b0'))
  assert.equal(channel.bodies.length, 13)
})

for (const [limit, what] of [
  [{ unackedMax: 1 }, 'the limit of unacknowledged messages'],
  [{}, 'channel prefetch'],
] as const) {
  test(`a long queue does not keep a short one from its turn under ${what}`, () => {
    const broker = new ModelBroker({ limits: limit })
    const channel = broker.open()
    channel.queue('long')
    channel.queue('short')
    channel.channel.setPrefetch(1, true)
    for (let i = 0; i < 20; i += 1) channel.publish('', 'long', 'l')
    for (let i = 0; i < 3; i += 1) channel.publish('', 'short', 's')
    channel.consume('long')
    channel.consume('short')
    for (let tag = 1; tag <= 12; tag += 1) {
      broker.turn()
      channel.channel.acknowledge(tag, false)
    }
    assert.equal(channel.bodies.filter((body) => body === 's').length, 3)
  })
}

test('durable messages that are out do not fill the memory, and come back when they are returned', () => {
  const broker = new ModelBroker({ memoryBytes: 100_000 })
  const channel = broker.open()
  const queue = channel.queue('q', { durable: true })
  const bodies = Array.from({ length: 1000 }, (_, i) => `${i}`.padEnd(1000))
  for (const body of bodies) channel.publish('', 'q', body, { deliveryMode: 2 })
  channel.consume('q', { tag: 'c' })
  broker.settle()
  assert.equal(queue.unackedCount, 1000)
  assert.ok(broker.core.budget.usedBytes < 300_000, `${broker.core.budget.usedBytes} bytes`)
  channel.channel.recover()
  broker.settle()
  assert.deepEqual(
    channel.bodies.slice(1000),
    bodies.map((body) => `${body}*`),
  )
  channel.channel.acknowledge(0, true)
  broker.settle()
  assert.equal(broker.core.budget.usedBytes, 0)
  assert.deepEqual([...broker.log.references], [])
})

test('basic.get is refused when the channel is full, until something is acknowledged', () => {
  const broker = new ModelBroker({ limits: { unackedMax: 2 } })
  const channel = broker.open()
  channel.queue('q')
  for (const body of ['1', '2', '3']) channel.publish('', 'q', body)
  for (let i = 0; i < 2; i += 1) channel.get('q', false, () => {})
  assert.throws(
    () => channel.get('q', false, () => {}),
    /the channel has 2 unacknowledged messages/,
  )
  channel.channel.acknowledge(1, false)
  assert.equal(channel.getNow('q'), '3')
  channel.consume('q')
})

test('a publish whose content comes after its queue has gone leaves nothing behind', () => {
  const broker = new ModelBroker()
  const channel = broker.open()
  const queue = channel.queue('q', { durable: true })
  const target = channel.channel.target('', 'q')
  deleteQueue(channel.channel, 'q', anyState)
  const header = Buffer.from('003c00000000000000000003' + '1000' + '02', 'hex')
  const body = Buffer.from('abc')
  const ends = { headerStart: 0, headerEnd: header.length, bodyStart: 0, bodyEnd: 3 }
  channel.channel.publish(target, { header, body, ...ends }, true)
  broker.settle()
  assert.equal(queue.readyCount, 0)
  assert.deepEqual(
    channel.sink.sent.map(({ kind }) => kind),
    ['return'],
  )
  assert.equal(broker.core.budget.usedBytes, 0)
  assert.deepEqual([...broker.log.references], [])
})

test('a publish whose content comes after its exchange has gone finds none', () => {
  const broker = new ModelBroker()
  const channel = broker.open()
  channel.exchange('x', 'fanout')
  const { topology } = broker.core.vhost('/')!
  const target = channel.channel.target('x', '')
  topology.deleteExchange(topology.exchange('x'), false)
  const header = Buffer.from(`003c0000${'00'.repeat(10)}`, 'hex')
  const ends = { headerStart: 0, headerEnd: header.length, bodyStart: 0, bodyEnd: 0 }
  const content = { header, body: Buffer.alloc(0), ...ends }
  assert.throws(() => channel.channel.publish(target, content, false), /no exchange 'x'/)
})

test('consumers of a deleted queue hear of it at the end of the turn, after the reply', () => {
  const broker = new ModelBroker()
  const channel = broker.open()
  channel.queue('q')
  channel.consume('q', { tag: 'c' })
  channel.publish('', 'q', '1')
  broker.turn()
  assert.equal(deleteQueue(channel.channel, 'q', anyState), 0)
  assert.deepEqual(
    channel.sink.sent.map(({ kind }) => kind),
    ['deliver'],
  )
  broker.turn()
  assert.deepEqual(channel.sink.sent[1], { kind: 'cancelled', consumerTag: 'c' })
  // What is out may still be settled, in any way.
  channel.channel.reject(1, false, true)
  broker.turn()
  assert.equal(broker.core.budget.usedBytes, 0)
})

test('a consumer tag is used once, also for direct replies', () => {
  const broker = new ModelBroker()
  const channel = broker.open()
  channel.queue('q')
  channel.consume('q', { tag: 'c' })
  const taken = /attempt to reuse consumer tag 'c'/
  assert.throws(() => channel.consume('q', { tag: 'c' }), taken)
  assert.throws(() => channel.consume('amq.rabbitmq.reply-to', { tag: 'c', noAck: true }), taken)
  channel.consume('amq.rabbitmq.reply-to', { tag: 'r', noAck: true })
  assert.throws(() => channel.consume('q', { tag: 'r' }), /attempt to reuse consumer tag 'r'/)
  assert.throws(
    () => channel.consume('amq.rabbitmq.reply-to', { tag: 's', noAck: true }),
    /reply consumer already set/,
  )
})

test('a consumer priority has to be an integer', () => {
  const broker = new ModelBroker()
  const channel = broker.open()
  channel.queue('q')
  channel.consume('q', { priority: -5 })
  assert.throws(
    () => channel.consume('q', { priority: 1.5 }),
    /invalid arg 'x-priority' for queue 'q' in vhost '\/': "expected integer, got double"/,
  )
})

test('channel prefetch counts all consumers together, and what is already out', () => {
  const broker = new ModelBroker()
  const channel = broker.open()
  const queue = channel.queue('q')
  channel.consume('q', { tag: 'a' })
  channel.consume('q', { tag: 'b' })
  for (let i = 1; i <= 9; i += 1) channel.publish('', 'q', `${i}`)
  channel.channel.setPrefetch(5, true)
  broker.turn()
  assert.equal(queue.unackedCount, 5)
  channel.channel.setPrefetch(4, true)
  channel.channel.acknowledge(1, false)
  broker.turn()
  assert.equal(queue.unackedCount, 4)
  channel.channel.acknowledge(2, false)
  broker.turn()
  assert.equal(queue.unackedCount, 4, 'one has taken its place')
  channel.channel.setPrefetch(0, true)
  broker.turn()
  assert.equal(queue.readyCount, 0)
})

test('a client that takes no bytes gets none, and all that waited when it does again', () => {
  const broker = new ModelBroker()
  const connection = broker.connect()
  const channel = broker.open(connection)
  channel.queue('q')
  channel.sink.writable = false
  channel.consume('q', { tag: 'a' })
  channel.consume('q', { tag: 'b', noAck: true })
  broker.turn()
  for (let i = 1; i <= 4; i += 1) channel.publish('', 'q', `${i}`)
  broker.turn()
  assert.deepEqual(channel.bodies, [])
  channel.sink.writable = true
  connection.resumeConsumers()
  assert.equal(broker.turnRequested, true)
  broker.turn()
  assert.deepEqual(channel.bodies, ['1', '2', '3', '4'])
})
