import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ModelBroker, type TestChannel } from '../../test/support/model-broker.ts'
import { deleteQueue } from './requests.ts'

function start(): { broker: ModelBroker; channel: TestChannel; other: TestChannel } {
  const broker = new ModelBroker()
  const channel = broker.open()
  channel.channel.selectTransaction()
  return { broker, channel, other: broker.open() }
}

const commit = ({ channel }: TestChannel): void => channel.transaction!.commit()
const rollback = ({ channel }: TestChannel): void => channel.transaction!.rollback()
const kinds = ({ sink }: TestChannel): string[] => sink.sent.map(({ kind }) => kind)

test('publishes and acknowledgements wait for the commit', () => {
  const { broker, channel, other } = start()
  const queue = other.queue('q')
  other.publish('', 'q', 'old')
  channel.consume('q')
  broker.turn()
  channel.publish('', 'q', 'new')
  channel.channel.acknowledge(1, false)
  broker.turn()
  assert.deepEqual([queue.readyCount, queue.unackedCount], [0, 1])
  commit(channel)
  broker.turn()
  assert.deepEqual(channel.bodies, ['old', 'new'])
  assert.equal(queue.unackedCount, 1)
  assert.deepEqual(kinds(channel), ['deliver', 'deliver', 'committed'])
})

test('a rollback forgets the publishes and takes the acknowledgements back, in order', () => {
  const { broker, channel, other } = start()
  const queue = other.queue('q')
  for (const body of ['1', '2', '3', '4']) other.publish('', 'q', body)
  channel.consume('q')
  broker.turn()
  channel.publish('', 'q', 'no')
  channel.channel.acknowledge(3, false)
  channel.channel.reject(2, true, true)
  assert.throws(() => channel.channel.acknowledge(2, false), /unknown delivery tag 2/)
  rollback(channel)
  broker.turn()
  assert.deepEqual([queue.readyCount, queue.unackedCount], [0, 4])
  channel.channel.acknowledge(2, true)
  channel.channel.reject(3, false, true)
  commit(channel)
  broker.turn()
  assert.deepEqual(channel.bodies, ['1', '2', '3', '4', '3*'])
  assert.equal(queue.messageCount, 2)
})

test('messages go where their keys lead at the time of the commit', () => {
  const { broker, channel, other } = start()
  const gone = other.queue('gone')
  channel.publish('', 'late', 'a')
  channel.publish('', 'gone', 'b')
  channel.publish('amq.fanout', '', 'c', { mandatory: true })
  other.queue('late')
  other.bind('amq.fanout', 'late')
  deleteQueue(other.channel, 'gone', { ifUnused: false, ifEmpty: false })
  commit(channel)
  broker.turn()
  assert.equal(other.getNow('late'), 'a')
  assert.equal(other.getNow('late'), 'c')
  assert.equal(gone.readyCount, 0)
  assert.equal(broker.core.budget.usedBytes, 0)
  assert.deepEqual(kinds(channel), ['committed'])
})

test('a publish to an exchange that has gone since is given back', () => {
  const { broker, channel, other } = start()
  other.exchange('x', 'fanout')
  channel.publish('x', '', 'a', { mandatory: true })
  broker.core
    .vhost('/')!
    .topology.deleteExchange(broker.core.vhost('/')!.topology.exchange('x'), false)
  commit(channel)
  broker.turn()
  assert.deepEqual(kinds(channel), ['return', 'committed'])
})

test('each of several commits in a turn is answered', () => {
  const { broker, channel, other } = start()
  other.queue('q', { durable: true })
  for (const body of ['1', '2', '3']) {
    channel.publish('', 'q', body, { deliveryMode: 2 })
    commit(channel)
  }
  commit(channel)
  broker.turn()
  assert.deepEqual(kinds(channel), ['committed', 'committed', 'committed', 'committed'])
})

test('a commit that a full queue refuses a part of fails, with the rest done', () => {
  const { broker, channel, other } = start()
  other.queue('q', { arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' } })
  channel.publish('', 'q', '1')
  channel.publish('', 'q', '2')
  assert.throws(() => commit(channel), /partial tx completion/)
  broker.turn()
  assert.equal(other.getNow('q'), '1')
  assert.equal(other.getNow('q'), null)
  assert.deepEqual(kinds(channel), [])
})

test('a channel that closes forgets its publishes and puts back what it had acknowledged', () => {
  const { broker, channel, other } = start()
  const queue = other.queue('q')
  for (const body of ['1', '2', '3']) other.publish('', 'q', body)
  channel.consume('q')
  broker.turn()
  channel.publish('', 'q', 'no')
  channel.channel.acknowledge(2, true)
  channel.channel.close()
  broker.turn()
  assert.equal(queue.unackedCount, 0)
  other.consume('q', { noAck: true })
  broker.turn()
  assert.deepEqual(other.bodies, ['1*', '2*', '3*'])
})

test('what a transaction holds back is limited, in bytes', () => {
  const broker = new ModelBroker({ limits: { transactionBytesMax: 10_000 } })
  const channel = broker.open()
  channel.channel.selectTransaction()
  const body = 'x'.repeat(4000)
  channel.publish('', 'q', body)
  channel.publish('', 'q', body)
  assert.throws(() => channel.publish('', 'q', body), /transaction holds more than 10000 bytes/)
  rollback(channel)
  channel.publish('', 'q', body)
})

test('what was acknowledged but not committed still counts as out', () => {
  const broker = new ModelBroker({ limits: { unackedMax: 10 } })
  const channel = broker.open()
  channel.queue('q')
  channel.consume('q')
  for (let i = 0; i < 30; i += 1) channel.publish('', 'q', `${i}`)
  broker.turn()
  channel.channel.selectTransaction()
  channel.channel.acknowledge(0, true)
  broker.turn()
  assert.equal(channel.bodies.length, 10)
  commit(channel)
  broker.turn()
  assert.equal(channel.bodies.length, 20)
})
