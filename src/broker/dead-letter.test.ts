import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ModelBroker,
  type PublishOptions,
  propertiesOf,
  startMs,
  type TestChannel,
} from '../../test/support/model-broker.ts'
import { type FieldTable, TypedValue } from '../protocol/amqp/field-table.ts'
import type { MessageProperties } from '../protocol/amqp/properties.ts'

interface World {
  broker: ModelBroker
  channel: TestChannel
  /** Declares a queue that dead-letters to another one. */
  queue(name: string, to: string | null, args?: FieldTable): void
  publish(name: string, options?: PublishOptions): void
  /** Takes the next message of the queue and rejects it. */
  reject(name: string): void
  properties(name: string): MessageProperties | null
}

function world(): World {
  const broker = new ModelBroker()
  const channel = broker.open()
  const take = (name: string): { tag: number; properties: MessageProperties } | null => {
    let taken: { tag: number; properties: MessageProperties } | null = null
    channel.get(name, false, (fetched) => {
      if (fetched === null) return
      taken = { tag: fetched.tag, properties: propertiesOf(fetched.message) }
    })
    return taken
  }
  return {
    broker,
    channel,
    queue: (name, to, args = {}) => {
      const route: FieldTable =
        to === null ? {} : { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': to }
      channel.queue(name, { arguments: { ...route, ...args } })
    },
    publish: (name, options = {}) => channel.publish('', name, 'body', options),
    reject: (name) => {
      const taken = take(name)
      assert.ok(taken, `${name} is empty`)
      channel.channel.reject(taken.tag, false, false)
      broker.turn()
    },
    properties: (name) => take(name)?.properties ?? null,
  }
}

const long = (value: number): TypedValue<'l'> => new TypedValue('l', value)
const time = (ms: number): TypedValue<'T'> => new TypedValue('T', Math.floor(ms / 1000))
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, one) => (one === undefined ? null : (one as unknown))))

test('the headers tell of the first death exactly as RabbitMQ does', () => {
  const { queue, publish, reject, properties } = world()
  queue('q', 'dead')
  queue('dead', null)
  publish('q', { contentType: 'text/plain', headers: { own: 'x' }, expiration: '60000' })
  reject('q')
  const found = properties('dead')!
  assert.equal(found.contentType, 'text/plain')
  assert.equal(found.expiration, undefined, 'it must not die of it again')
  assert.deepEqual(
    plain(found.headers),
    plain({
      own: 'x',
      'x-death': [
        {
          count: long(1),
          reason: 'rejected',
          queue: 'q',
          time: time(startMs),
          exchange: '',
          'routing-keys': ['q'],
          'original-expiration': '60000',
        },
      ],
      'x-first-death-queue': 'q',
      'x-last-death-queue': 'q',
      'x-first-death-reason': 'rejected',
      'x-last-death-reason': 'rejected',
      'x-first-death-exchange': '',
      'x-last-death-exchange': '',
    }),
  )
})

test('deaths of the same queue and reason are counted, others stand before them', () => {
  const { broker, queue, publish, reject, properties } = world()
  queue('q', 'retry')
  queue('retry', 'q', { 'x-message-ttl': 5000 })
  publish('q')
  for (let round = 0; round < 3; round += 1) {
    reject('q')
    broker.advance(5000)
  }
  const { headers } = properties('q')!
  assert.deepEqual(
    plain(headers?.['x-death']),
    plain([
      {
        count: long(3),
        reason: 'expired',
        queue: 'retry',
        time: time(startMs + 5000),
        exchange: '',
        'routing-keys': ['retry'],
      },
      {
        count: long(3),
        reason: 'rejected',
        queue: 'q',
        time: time(startMs),
        exchange: '',
        'routing-keys': ['q'],
      },
    ]),
  )
  assert.equal(headers?.['x-first-death-queue'], 'q')
  assert.equal(headers?.['x-first-death-reason'], 'rejected')
  assert.equal(headers?.['x-last-death-queue'], 'retry')
  assert.equal(headers?.['x-last-death-reason'], 'expired')
})

test('a circle without a rejection ends: nobody would ever end it', () => {
  const { broker, queue, publish } = world()
  queue('a', 'b', { 'x-message-ttl': 10 })
  queue('b', 'a', { 'x-message-ttl': 10 })
  publish('a')
  broker.turn()
  broker.advance(1000)
  assert.equal(broker.queueNamed('a').messageCount + broker.queueNamed('b').messageCount, 0)
})

test('a queue of length zero that dead-letters to itself ends as well', () => {
  const { broker, queue, publish } = world()
  queue('a', 'a', { 'x-max-length': 0 })
  publish('a')
  broker.turn()
  assert.equal(broker.queueNamed('a').messageCount, 0)
})

test('a rejected message may go back to the queue that it died in', () => {
  const { broker, queue, publish, reject, properties } = world()
  queue('a', 'a')
  publish('a')
  broker.turn()
  reject('a')
  reject('a')
  const deaths = properties('a')?.headers?.['x-death'] as FieldTable[]
  assert.deepEqual(plain(deaths.map(({ count }) => count)), plain([long(2)]))
})

test('without a key of the queue all keys of the message are used, CC included', () => {
  const { broker, channel, properties } = world()
  channel.exchange('dlx', 'direct')
  channel.queue('q', { arguments: { 'x-dead-letter-exchange': 'dlx', 'x-message-ttl': 0 } })
  for (const key of ['q', 'other']) {
    channel.queue(`dead.${key}`)
    channel.bind('dlx', `dead.${key}`, key)
  }
  channel.publish('', 'q', '', { headers: { CC: ['other'] } })
  broker.turn()
  const [one, other] = [properties('dead.q'), properties('dead.other')]
  const deaths = one?.headers?.['x-death'] as FieldTable[]
  assert.deepEqual(deaths[0]?.['routing-keys'], ['q', 'other'])
  assert.deepEqual(one?.headers?.CC, ['other'])
  assert.deepEqual(plain(other?.headers), plain(one?.headers))
})

test('a key of the queue replaces all keys, and CC goes', () => {
  const { broker, queue, channel, properties } = world()
  queue('q', 'dead', { 'x-message-ttl': 0 })
  queue('dead', null)
  queue('other', null)
  channel.publish('', 'q', '', { headers: { CC: ['other'] } })
  broker.turn()
  const { headers } = properties('dead')!
  assert.equal(headers!.CC, undefined)
  assert.deepEqual((headers!['x-death'] as FieldTable[])[0]?.['routing-keys'], ['q', 'other'])
  assert.notEqual(properties('other'), null, 'the publish itself went there')
  assert.equal(properties('other'), null)
})

test('a dead message is durable where the first was, and its time to live begins anew', () => {
  const { broker, channel } = world()
  const args = {
    'x-dead-letter-exchange': '',
    'x-dead-letter-routing-key': 'dead',
    'x-message-ttl': 100,
  }
  channel.queue('q', { durable: true, arguments: args })
  channel.queue('dead', { durable: true, arguments: { 'x-message-ttl': 100 } })
  channel.publish('', 'q', 'a', { deliveryMode: 2 })
  broker.turn()
  broker.advance(150)
  assert.equal(broker.queueNamed('dead').readyCount, 1)
  assert.equal(broker.log.references.size, 1)
  broker.advance(50)
  assert.equal(broker.queueNamed('dead').readyCount, 0)
  assert.deepEqual([...broker.log.references], [])
})

test('a message that has left memory while it was out dies all the same', () => {
  const broker = new ModelBroker({ memoryBytes: 0 })
  const channel = broker.open()
  const route = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'dead' }
  const queue = channel.queue('q', {
    durable: true,
    arguments: { ...route, 'x-delivery-limit': 0 },
  })
  channel.queue('dead')
  for (const body of ['rejected', 'limit', 'again', 'gone']) {
    channel.publish('', 'q', body, { deliveryMode: 2 })
  }
  channel.consume('q')
  broker.turn()
  assert.equal(broker.core.budget.usedBytes, 0, 'what is out is on disk')
  channel.channel.reject(1, false, false)
  channel.channel.reject(2, false, true)
  assert.equal(queue.unackedCount, 2)
  broker.settle()
  assert.equal(channel.getNow('dead'), 'rejected')
  assert.equal(channel.getNow('dead'), 'limit')
  channel.channel.reject(3, false, false)
  channel.channel.reject(4, false, false)
  const { topology } = broker.core.vhost('/')!
  topology.deleteQueue(queue)
  broker.settle()
  assert.equal(channel.getNow('dead'), null, 'its queue has gone in the meantime')
  assert.equal(broker.core.budget.usedBytes, 0)
  assert.deepEqual([...broker.log.references], [])
})

test('without an exchange, or with one that is missing, the dead are gone', () => {
  const { broker, channel } = world()
  channel.queue('q', { arguments: { 'x-message-ttl': 0 } })
  channel.queue('r', { arguments: { 'x-message-ttl': 0, 'x-dead-letter-exchange': 'missing' } })
  channel.publish('', 'q', '')
  channel.publish('', 'r', '')
  broker.turn()
  assert.equal(broker.core.budget.usedBytes, 0)
})

test('the dead find their target full: it refuses or drops as it would any message', () => {
  const { broker, queue, publish } = world()
  queue('q', 'full', { 'x-message-ttl': 0 })
  queue('full', 'overflow', { 'x-max-length': 1, 'x-overflow': 'reject-publish-dlx' })
  queue('overflow', null)
  for (let i = 0; i < 3; i += 1) publish('q')
  broker.turn()
  assert.equal(broker.queueNamed('full').readyCount, 1)
  assert.equal(broker.queueNamed('overflow').readyCount, 2)
})

test('a chain of refusals ends somewhere', () => {
  const { broker, channel, queue, publish } = world()
  channel.channel.selectConfirms()
  const full = { 'x-max-length': 0, 'x-overflow': 'reject-publish-dlx' }
  for (let i = 0; i < 100; i += 1) queue(`q${i}`, `q${i + 1}`, full)
  queue('q100', null)
  publish('q0')
  publish('q90')
  broker.turn()
  assert.equal(broker.queueNamed('q100').readyCount, 1, 'the short chain reaches its end')
  assert.deepEqual(channel.confirms, ['..-2'])
  assert.ok(broker.core.budget.usedBytes > 0)
})

test('a publisher’s own x-death of another form does no harm', () => {
  const { queue, publish, reject, properties } = world()
  queue('q', 'dead')
  queue('dead', null)
  for (const death of ['text', [1, 'x'], [{}], { count: 1 }]) {
    publish('q', { headers: { 'x-death': death } })
    reject('q')
    const deaths = properties('dead')?.headers?.['x-death'] as FieldTable[]
    assert.equal(deaths[0]?.queue, 'q')
  }
})
