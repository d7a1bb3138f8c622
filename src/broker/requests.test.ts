import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ModelBroker, propertiesOf, type TestChannel } from '../../test/support/model-broker.ts'
import type { FieldTable } from '../protocol/amqp/field-table.ts'
import { declareQueue, purgeQueue } from './requests.ts'

/** The address of a direct reply is no queue, but can be asked for. */
function passively({ channel }: TestChannel, name: string): void {
  const flags = { durable: false, exclusive: false, autoDelete: false }
  declareQueue(channel, { name, passive: true, ...flags, arguments: {} })
}

const lease: FieldTable = { 'x-expires': 1000 }

test('a queue that nobody uses for its lease goes, in a turn of its own', () => {
  const broker = new ModelBroker()
  broker.open().queue('q', { durable: true, arguments: lease })
  broker.turn()
  const stored = (): number =>
    [...broker.metadata.load()].filter(({ kind }) => kind === 'queue').length
  assert.equal(stored(), 1)
  broker.advance(999)
  assert.ok(broker.has('q'))
  let committed = 0
  broker.metadata.commit = () => {
    committed += 1
  }
  broker.advance(1)
  assert.ok(!broker.has('q'))
  assert.equal(committed, 1, 'its end is written without waiting for anything else')
  assert.equal(stored(), 0)
})

for (const passive of [false, true]) {
  test(`declaring it ${passive ? 'passively' : 'again'} renews the lease`, () => {
    const broker = new ModelBroker()
    const channel = broker.open()
    channel.queue('q', { arguments: lease })
    broker.turn()
    broker.advance(900)
    channel.queue('q', passive ? { passive } : { arguments: lease })
    broker.turn()
    broker.advance(900)
    assert.ok(broker.has('q'))
    broker.advance(100)
    assert.ok(!broker.has('q'))
  })
}

test('so do basic.get and consumers; messages do not', () => {
  const broker = new ModelBroker()
  const channel = broker.open()
  channel.queue('q', { arguments: lease })
  broker.turn()
  broker.advance(900)
  assert.equal(channel.getNow('q'), null)
  broker.turn()
  broker.advance(900)
  const tag = channel.consume('q')
  broker.turn()
  broker.advance(1e9)
  assert.ok(broker.has('q'))
  channel.channel.cancel(tag)
  channel.publish('', 'q', '1')
  broker.turn()
  broker.advance(999)
  assert.ok(broker.has('q'))
  broker.advance(1)
  assert.ok(!broker.has('q'))
})

test('an auto-delete queue goes with its last consumer, not before its first', () => {
  const broker = new ModelBroker()
  const channel = broker.open()
  channel.queue('q', { autoDelete: true })
  assert.equal(channel.getNow('q'), null)
  const a = channel.consume('q', { tag: 'a', exclusive: true })
  channel.channel.cancel(a)
  assert.ok(!broker.has('q'))
  channel.queue('q', { autoDelete: true })
  const other = broker.open()
  other.consume('q')
  channel.consume('q')
  channel.publish('', 'q', '1')
  broker.turn()
  channel.channel.close()
  assert.ok(broker.has('q'))
  other.channel.close()
  assert.ok(!broker.has('q'))
  broker.turn()
  assert.equal(broker.core.budget.usedBytes, 0)
})

test('a virtual host’s default type is for queues that can be of that type', () => {
  const broker = new ModelBroker()
  const vhost = broker.core.vhost('/')!
  broker.core.updateVhost(vhost, { defaultQueueType: 'quorum' })
  const channel = broker.open()
  assert.equal(channel.queue('d', { durable: true }).settings.type, 'quorum')
  assert.equal(channel.queue('t').settings.type, 'classic')
  assert.equal(channel.queue('x', { exclusive: true }).settings.type, 'classic')
  assert.equal(channel.queue('a', { durable: true, autoDelete: true }).settings.type, 'classic')
  const classic = { 'x-queue-type': 'classic' }
  assert.equal(channel.queue('c', { durable: true, arguments: classic }).settings.type, 'classic')
})

test('time goes on although nothing but a declaration has happened', () => {
  const broker = new ModelBroker()
  const channel = broker.open()
  channel.queue('q')
  assert.ok(broker.turnRequested, 'whoever looks at the time begins a turn')
  broker.turn()
  broker.advance(5000)
  channel.publish('', 'q', '1')
  broker.turn()
  const [entry] = broker.queueNamed('q').waiting()
  assert.equal(entry?.message?.publishedAtMs, broker.clock.nowMs)
})

test('purge and counts speak of what is ready', () => {
  const broker = new ModelBroker()
  const channel = broker.open()
  const queue = channel.queue('q')
  for (const body of ['1', '2', '3']) channel.publish('', 'q', body)
  channel.consume('q', { prefetch: 1 })
  broker.turn()
  assert.equal(queue.readyCount, 2)
  assert.equal(purgeQueue(channel.channel, 'q'), 2)
  channel.channel.reject(1, false, true)
  broker.turn()
  assert.deepEqual(channel.bodies, ['1', '1*'])
})

test('a direct reply goes to the channel that asked', () => {
  const broker = new ModelBroker()
  const asks = broker.open()
  const answers = broker.open()
  answers.queue('service')
  answers.consume('service', { noAck: true })
  assert.throws(
    () => asks.publish('', 'service', '?', { replyTo: 'amq.rabbitmq.reply-to' }),
    /fast reply consumer does not exist/,
  )
  asks.consume('amq.rabbitmq.reply-to', { tag: 'r', noAck: true })
  asks.publish('', 'service', '?', { replyTo: 'amq.rabbitmq.reply-to', correlationId: '7' })
  broker.turn()
  const { message } = answers.deliveries[0]!
  const address = propertiesOf(message).replyTo!
  assert.equal(propertiesOf(message).correlationId, '7')
  assert.match(address, /^amq\.rabbitmq\.reply-to\.[\w-]{32}$/)
  passively(answers, address)
  answers.publish('', address, '!', { mandatory: true })
  broker.turn()
  assert.deepEqual(asks.bodies, ['!'])
  assert.equal(asks.deliveries[0]!.deliveryTag, 1)
  assert.equal(asks.deliveries[0]!.consumerTag, 'r')
  asks.channel.cancel('r')
  answers.publish('', address, '!!', { mandatory: true })
  broker.turn()
  assert.deepEqual(asks.bodies, ['!'])
  assert.equal(answers.sink.sent.at(-1)?.kind, 'return')
  assert.throws(() => passively(answers, address), /no queue 'amq\.rabbitmq/)
})
