// Deduplication by exchange and by queue, with simulated time.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ModelBroker, type TestChannel } from '../../../test/support/model-broker.ts'
import { TypedValue } from '../../protocol/amqp/field-table.ts'
import { MemoryDuplicates } from '../../storage/memory-duplicates.ts'
import { MemoryMetadata } from '../../storage/memory-metadata.ts'

const keyed = (
  key: string | number,
  more: Record<string, string | number> = {},
): { headers: Record<string, string | number>; deliveryMode: number } => ({
  headers: { 'x-deduplication-header': key, ...more },
  deliveryMode: 2,
})

function takeAll(channel: TestChannel, queue: string): string[] {
  const texts: string[] = []
  for (;;) {
    const text = channel.getNow(queue)
    if (text === null) return texts
    texts.push(text)
  }
}

describe('a deduplication exchange', () => {
  function setup(args = {}): { broker: ModelBroker; channel: TestChannel } {
    const broker = new ModelBroker()
    const channel = broker.open()
    channel.exchange('once', 'x-message-deduplication', { 'x-cache-size': 3, ...args })
    channel.queue('q', { durable: true })
    channel.bind('once', 'q')
    return { broker, channel }
  }

  test('lets each key pass once, and what has no key always', () => {
    const { channel } = setup()
    for (const text of ['a', 'b']) channel.publish('once', '', text, keyed('1'))
    channel.publish('once', '', 'c', keyed(1))
    channel.publish('once', '', 'd', keyed(1))
    for (const text of ['e', 'f']) channel.publish('once', '', text)
    assert.deepEqual(takeAll(channel, 'q'), ['a', 'c', 'e', 'f'])
  })

  test('forgets the oldest key when there are more than it may keep', () => {
    const { channel } = setup()
    for (const key of ['1', '2', '3', '4', '4', '2', '1']) {
      channel.publish('once', '', key, keyed(key))
    }
    assert.deepEqual(takeAll(channel, 'q'), ['1', '2', '3', '4', '1'])
  })

  test('forgets a key after its time, which a message may set for itself', () => {
    const { broker, channel } = setup({ 'x-cache-ttl': 100 })
    channel.publish('once', '', 'a', keyed('a'))
    channel.publish('once', '', 'b', keyed('b', { 'x-cache-ttl': 1000 }))
    broker.turn()
    broker.clock.nowMs += 100
    for (const key of ['a', 'b']) channel.publish('once', '', `${key} again`, keyed(key))
    assert.deepEqual(takeAll(channel, 'q'), ['a', 'b', 'a again'])
  })

  test('confirms a duplicate, but not before the message that it repeats', () => {
    const { broker, channel } = setup()
    channel.channel.selectConfirms()
    channel.publish('once', '', 'a', keyed('a'))
    channel.publish('once', '', 'a', { ...keyed('a'), mandatory: true })
    broker.core.dispatch()
    assert.equal(channel.channel.settleConfirms(0), true)
    assert.deepEqual(channel.confirms, [])
    broker.settle()
    assert.deepEqual(channel.confirms, ['..+2'])
  })

  test('says what is wrong with its arguments', () => {
    const { channel } = setup()
    const declare = (args: Parameters<TestChannel['exchange']>[2]) => () =>
      channel.exchange('x', 'x-message-deduplication', args)
    for (const size of [undefined, 0, 'many', new TypedValue('l', -1)]) {
      assert.throws(
        declare(size === undefined ? {} : { 'x-cache-size': size }),
        /Missing or invalid argument, 'x-cache-size' must be an integer greater than 0/,
      )
    }
    assert.throws(declare({ 'x-cache-size': 1, 'x-cache-ttl': 0 }), /'x-cache-ttl' must be an/)
    assert.throws(
      declare({ 'x-cache-size': 1, 'x-cache-persistence': 'paper' }),
      /'x-cache-persistence' must be either 'disk' or 'memory'/,
    )
  })
})

describe('a queue that deduplicates', () => {
  const args = { 'x-message-deduplication': true }

  function setup(more = {}): { broker: ModelBroker; channel: TestChannel } {
    const broker = new ModelBroker()
    const channel = broker.open()
    channel.queue('q', { durable: true, arguments: { ...args, ...more } })
    return { broker, channel }
  }

  test('holds a key once, until its message is acknowledged', () => {
    const { broker, channel } = setup()
    channel.publish('', 'q', 'a', keyed('k'))
    channel.publish('', 'q', 'waiting', keyed('k'))
    channel.consume('q')
    broker.turn()
    channel.publish('', 'q', 'unacknowledged', keyed('k'))
    channel.channel.reject(1, false, true)
    broker.turn()
    channel.publish('', 'q', 'back', keyed('k'))
    channel.channel.acknowledge(2, false)
    channel.publish('', 'q', 'b', keyed('k'))
    broker.turn()
    assert.deepEqual(channel.bodies, ['a', 'a*', 'b'])
  })

  test('releases keys of what expires, is dropped or purged', () => {
    const { broker, channel } = setup({ 'x-max-length': 2 })
    channel.publish('', 'q', 'a', { ...keyed('a'), expiration: '10' })
    broker.turn()
    broker.advance(10)
    for (const key of ['a', 'b', 'c']) channel.publish('', 'q', key, keyed(key))
    broker.turn()
    channel.publish('', 'q', 'a2', keyed('a'))
    broker.turn()
    assert.deepEqual(
      [...broker.queueNamed('q').waiting()].length,
      2,
      'b was dropped for a2, as a was for c',
    )
    assert.deepEqual(takeAll(channel, 'q'), ['c', 'a2'])
    channel.publish('', 'q', 'p', keyed('p'))
    broker.queueNamed('q').purge()
    channel.publish('', 'q', 'p again', keyed('p'))
    assert.deepEqual(takeAll(channel, 'q'), ['p again'])
  })

  test('remembers nothing of what it refuses', () => {
    const { broker, channel } = setup({ 'x-max-length': 1, 'x-overflow': 'reject-publish' })
    channel.channel.selectConfirms()
    channel.publish('', 'q', 'a', keyed('a'))
    channel.publish('', 'q', 'b', keyed('b'))
    channel.publish('', 'q', 'a', keyed('a'))
    broker.settle()
    assert.deepEqual(channel.confirms, ['+1', '-2', '+3'])
    channel.getNow('q')
    channel.publish('', 'q', 'b', keyed('b'))
    assert.deepEqual(takeAll(channel, 'q'), ['b'])
  })

  test('whatever comes and goes: no key is twice in it, and none is turned away that is not', () => {
    const step = fc.record({ kind: fc.constantFrom('publish', 'ack', 'requeue'), key: fc.nat(4) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const { broker, channel } = setup()
        const inside = new Set<string>()
        let tag = 0
        channel.consume('q', { prefetch: 2 })
        for (const { kind, key } of steps) {
          const name = `k${key}`
          if (kind === 'publish') {
            const before = broker.queueNamed('q').messageCount
            channel.publish('', 'q', name, keyed(name))
            const entered = broker.queueNamed('q').messageCount > before
            assert.equal(entered, !inside.has(name))
            inside.add(name)
          } else {
            const delivered = channel.deliveries[tag]
            if (delivered === undefined) continue
            tag += 1
            if (kind === 'ack') {
              channel.channel.acknowledge(delivered.deliveryTag, false)
              const { body, bodyStart, bodyEnd } = delivered.message
              inside.delete(Buffer.from(body.subarray(bodyStart, bodyEnd)).toString())
            } else channel.channel.reject(delivered.deliveryTag, false, true)
          }
          broker.turn()
        }
        assert.equal(broker.queueNamed('q').messageCount, inside.size)
      }),
      { numRuns: 50 },
    )
  })
})

test('keys are written when their messages are safe, and come back after a restart', () => {
  const duplicates = new MemoryDuplicates()
  const metadata = new MemoryMetadata()
  const first = new ModelBroker({ duplicates, metadata })
  const channel = first.open()
  for (const [name, persistence] of [
    ['disk', 'disk'],
    ['memory', 'memory'],
  ] as const) {
    first.core.vhost('/')!.topology.declareExchange({
      name,
      type: 'x-message-deduplication',
      durable: true,
      autoDelete: false,
      internal: false,
      arguments: { 'x-cache-size': 10, 'x-cache-persistence': persistence },
    })
    channel.queue(`q-${name}`, { durable: true })
    channel.bind(name, `q-${name}`)
    channel.publish(name, '', 'x', keyed('k'))
  }
  const window = JSON.stringify(['exchange', '/', 'disk'])
  // Written, but not yet on the disk: the model's log says so in a later turn.
  first.core.duplicates.beforeLog()
  assert.equal(duplicates.load(window).length, 0)
  first.settle()
  assert.equal(duplicates.load(window).length, 1)
  const second = new ModelBroker({ duplicates, metadata })
  const other = second.open()
  for (const name of ['disk', 'memory']) other.publish(name, '', 'x', keyed('k'))
  assert.equal(second.queueNamed('q-disk').readyCount, 0)
  assert.equal(second.queueNamed('q-memory').readyCount, 1)
  const { topology } = second.core.vhost('/')!
  topology.deleteExchange(topology.exchange('disk'), false)
  second.settle()
  assert.equal(duplicates.load(window).length, 0)
})
