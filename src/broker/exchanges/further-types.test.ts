// The exchange types beyond the protocol's own: hashing, random and recent history.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bodyOf, ModelBroker, type TestChannel } from '../../../test/support/model-broker.ts'
import { TypedValue } from '../../protocol/amqp/field-table.ts'
import { HashRing } from './hash-ring.ts'

interface Setup {
  readonly broker: ModelBroker
  readonly channel: TestChannel
  readonly counts: () => number[]
}

/** An exchange with the queues q0, q1... bound by the given keys. */
function setup(type: string, keys: readonly string[], args = {}): Setup {
  const broker = new ModelBroker()
  const channel = broker.open()
  channel.exchange('x', type, args)
  keys.forEach((key, i) => {
    channel.queue(`q${i}`)
    channel.bind('x', `q${i}`, key)
  })
  return {
    broker,
    channel,
    counts: () => keys.map((_, i) => broker.queueNamed(`q${i}`).readyCount),
  }
}

describe('a hash ring', () => {
  const values = Array.from({ length: 10_000 }, (_, i) => `value ${i}`)

  test('shares values by weight', () => {
    const ring = new HashRing<string>()
    ring.add('a', 'a', 1)
    ring.add('b', 'b', 3)
    const share = values.filter((value) => ring.ownerOf(value) === 'b').length / values.length
    assert.ok(share > 0.65 && share < 0.85, `b got ${share}`)
  })

  test('moves only what belongs to the owner that comes or goes', () => {
    const ring = new HashRing<string>()
    for (const name of ['a', 'b', 'c', 'd']) ring.add(name, name, 1)
    const before = values.map((value) => ring.ownerOf(value))
    ring.add('e', 'e', 1)
    const after = values.map((value) => ring.ownerOf(value))
    const moved = after.filter((owner, i) => owner !== before[i])
    assert.ok(moved.every((owner) => owner === 'e'))
    assert.ok(moved.length > 1000 && moved.length < 3000, `${moved.length} moved`)
    ring.remove('e')
    assert.deepEqual(
      values.map((value) => ring.ownerOf(value)),
      before,
    )
  })

  test('belongs to nobody when it is empty', () => {
    assert.equal(new HashRing<string>().ownerOf('a'), null)
  })
})

describe('x-consistent-hash', () => {
  test('gives each routing key one queue, and each queue its part', () => {
    const { channel, counts } = setup('x-consistent-hash', ['1', '1', '2'])
    for (let i = 0; i < 1000; i += 1) channel.publish('x', `key ${i}`, 'm')
    const first = counts()
    assert.equal(
      first.reduce((sum, count) => sum + count, 0),
      1000,
    )
    assert.ok(
      first.every((count) => count > 100),
      String(first),
    )
    for (let i = 0; i < 1000; i += 1) channel.publish('x', `key ${i}`, 'm')
    assert.deepEqual(
      counts(),
      first.map((count) => count * 2),
    )
  })

  test('hashes a header or a property when told to', () => {
    for (const [args, options] of [
      [{ 'hash-header': 'user' }, (i: number) => ({ headers: { user: i } })],
      [{ 'hash-property': 'correlation_id' }, (i: number) => ({ correlationId: `${i}` })],
      [{ 'hash-property': 'message_id' }, (i: number) => ({ messageId: `${i}` })],
      [{ 'hash-property': 'timestamp' }, (i: number) => ({ timestamp: i })],
    ] as const) {
      const { channel, counts } = setup('x-consistent-hash', ['1', '1'], args)
      for (let i = 0; i < 100; i += 1) channel.publish('x', 'same', 'm', options(i))
      const spread = counts()
      assert.ok(
        spread.every((count) => count > 10),
        `${JSON.stringify(args)}: ${spread}`,
      )
      for (let i = 0; i < 100; i += 1) channel.publish('x', `${i}`, 'm')
      const [a = 0, b = 0] = counts()
      // Without what is hashed, all go the same way.
      assert.ok(a - spread[0]! === 100 || b - spread[1]! === 100)
    }
  })

  test('says what is wrong with arguments and binding keys as RabbitMQ does', () => {
    const { channel } = setup('x-consistent-hash', [])
    channel.queue('q')
    const declare = (args: Parameters<TestChannel['exchange']>[2]) => () =>
      channel.exchange('other', 'x-consistent-hash', args)
    assert.throws(
      declare({ 'hash-header': 'a', 'hash-property': 'message_id' }),
      /hash-header and hash-property are mutually exclusive/,
    )
    assert.throws(declare({ 'hash-property': 'reply_to' }), /Unsupported property: reply_to/)
    assert.throws(
      () => channel.bind('x', 'q', 'two'),
      /The binding key must be an integer: <<"two">>/,
    )
    assert.throws(() => channel.bind('x', 'q', '0'), /The binding key must be greater than 0/)
  })
})

describe('x-modulus-hash', () => {
  test('gives each routing key one queue whatever the binding keys are', () => {
    const { channel, counts } = setup('x-modulus-hash', ['a', '', 'b'])
    for (let round = 1; round <= 2; round += 1) {
      for (let i = 0; i < 300; i += 1) channel.publish('x', `key ${i}`, 'm')
    }
    const all = counts()
    assert.equal(
      all.reduce((sum, count) => sum + count, 0),
      600,
    )
    assert.ok(all.every((count) => count % 2 === 0 && count > 100))
  })

  test('goes nowhere without bindings', () => {
    const { broker, channel } = setup('x-modulus-hash', [])
    channel.publish('x', 'key', 'm')
    assert.equal(broker.core.counters.unroutableDropped, 1)
  })
})

for (const type of ['x-random', 'x-local-random']) {
  test(`${type} gives each message to one queue, and to all of them in time`, () => {
    const { channel, counts } = setup(type, ['a', 'b', 'c'])
    for (let i = 0; i < 600; i += 1) channel.publish('x', 'key', 'm')
    const all = counts()
    assert.equal(
      all.reduce((sum, count) => sum + count, 0),
      600,
    )
    assert.ok(
      all.every((count) => count > 120),
      String(all),
    )
    channel.channel.connection.vhost.topology.deleteQueue(
      channel.channel.connection.vhost.topology.queues.get('q1')!,
    )
    for (let i = 0; i < 50; i += 1) channel.publish('x', 'key', 'm')
  })
}

describe('x-recent-history', () => {
  const texts = (broker: ModelBroker, queue: string): string[] =>
    [...broker.queueNamed(queue).waiting()].map(({ message }) => bodyOf(message!))

  test('routes like fanout and gives a new queue the last messages, oldest first', () => {
    const { broker, channel } = setup('x-recent-history', ['a'], { 'x-recent-history-length': 3 })
    for (let i = 0; i < 5; i += 1) channel.publish('x', 'any', `${i}`, { deliveryMode: 2 })
    channel.publish('x', 'any', 'secret', { headers: { 'x-recent-history-no-store': true } })
    channel.queue('new', { durable: true })
    channel.bind('x', 'new')
    assert.deepEqual(texts(broker, 'new'), ['2', '3', '4'])
    assert.deepEqual(texts(broker, 'q0'), ['0', '1', '2', '3', '4', 'secret'])
    channel.bind('x', 'new')
    assert.equal(texts(broker, 'new').length, 3, 'a binding that was there gets nothing')
  })

  test('remembers 20 unless told otherwise, and fills through a bound exchange too', () => {
    const { broker, channel } = setup('x-recent-history', [])
    for (let i = 0; i < 30; i += 1) channel.publish('x', 'k', `${i}`)
    channel.exchange('next', 'fanout')
    channel.queue('far')
    channel.bind('next', 'far')
    channel.bindExchange('x', 'next')
    assert.equal(texts(broker, 'far').length, 20)
    assert.equal(texts(broker, 'far')[0], '10')
  })

  test('wants a positive length', () => {
    const { channel } = setup('x-recent-history', [])
    for (const length of [0, -1, 'many', new TypedValue('d', 2)]) {
      assert.throws(
        () => channel.exchange('y', 'x-recent-history', { 'x-recent-history-length': length }),
        /'x-recent-history-length' must be a positive integer/,
      )
    }
  })

  test('remembers when messages are delayed first', () => {
    const { broker, channel } = setup('x-recent-history', [])
    channel.exchange('later', 'x-delayed-message', { 'x-delayed-type': 'x-recent-history' })
    channel.publish('later', '', 'm', { headers: { 'x-delay': 5 } })
    broker.turn()
    channel.queue('early')
    channel.bind('later', 'early')
    assert.deepEqual(texts(broker, 'early'), [])
    broker.advance(5)
    channel.queue('new')
    channel.bind('later', 'new')
    assert.deepEqual(texts(broker, 'new'), ['m'])
  })
})
