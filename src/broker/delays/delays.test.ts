// Delayed messages in the broker, with simulated time and the store in memory.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ModelBroker, propertiesOf, type TestChannel } from '../../../test/support/model-broker.ts'
import { encodeHeader } from '../../protocol/amqp/properties.ts'
import { MemoryDelays } from '../../storage/memory-delays.ts'

interface Setup {
  readonly broker: ModelBroker
  readonly channel: TestChannel
}

/** A delayed exchange `later` of the given type, with a queue `q` bound by `k`. */
function setup(type = 'direct'): Setup {
  const broker = new ModelBroker()
  const channel = broker.open()
  channel.exchange('later', 'x-delayed-message', { 'x-delayed-type': type })
  channel.queue('q', { durable: true })
  channel.bind('later', 'q', 'k')
  channel.consume('q', { noAck: true })
  broker.turn()
  return { broker, channel }
}

const delay = (ms: number | string): { headers: { 'x-delay': number | string } } => ({
  headers: { 'x-delay': ms },
})

describe('a delayed exchange', () => {
  test('routes at once what has no delay, and the rest when it is due, in that order', () => {
    const { broker, channel } = setup()
    channel.publish('later', 'k', 'slow', delay(2000))
    channel.publish('later', 'k', 'quick', delay(1000))
    channel.publish('later', 'k', 'now')
    channel.publish('later', 'k', 'zero', delay(0))
    channel.publish('later', 'k', 'past', delay(-5))
    broker.turn()
    assert.deepEqual(channel.bodies, ['now', 'zero', 'past'])
    broker.advance(999)
    assert.equal(channel.bodies.length, 3)
    broker.advance(1)
    assert.deepEqual(channel.bodies.slice(3), ['quick'])
    broker.advance(1000)
    assert.deepEqual(channel.bodies.slice(4), ['slow'])
    assert.equal(broker.core.delays.store.count({}), 0)
  })

  test('delivers the header negated, whatever type it had', () => {
    const { broker, channel } = setup()
    channel.publish('later', 'k', 'a', { headers: { 'x-delay': 1000, other: 'kept' } })
    channel.publish('later', 'k', 'b', delay('1500'))
    channel.publish('later', 'k', 'c', delay(3_000_000_000))
    broker.turn()
    broker.advance(3_000_000_000)
    const headers = channel.deliveries.map(({ message }) => propertiesOf(message).headers)
    assert.equal(headers[0]?.['x-delay'], -1000)
    assert.equal(headers[0]?.other, 'kept')
    assert.equal(headers[1]?.['x-delay'], -1500)
    assert.equal(headers[2]?.['x-delay'], -3_000_000_000)
  })

  test('takes delays of up to 2^32-1 ms; what asks for more is not delayed', () => {
    const { broker, channel } = setup()
    channel.publish('later', 'k', 'too long', delay(2 ** 32))
    channel.publish('later', 'k', 'long', delay(2 ** 32 - 1))
    channel.publish('later', 'k', 'no number', delay('soon'))
    broker.turn()
    assert.deepEqual(channel.bodies, ['too long', 'no number'])
    broker.advance(2 ** 32 - 2)
    assert.equal(channel.bodies.length, 2)
    broker.advance(1)
    assert.deepEqual(channel.bodies.slice(2), ['long'])
  })

  test('routes by the wrapped type, with the bindings of the time when it is due', () => {
    const { broker, channel } = setup('topic')
    channel.publish('later', 'a.b', 'x', delay(10))
    channel.bind('later', 'q', 'a.*')
    broker.turn()
    broker.advance(10)
    assert.deepEqual(channel.bodies, ['x'])
  })

  test('confirms what waits, and gives back nothing that is mandatory', () => {
    const { broker, channel } = setup()
    channel.channel.selectConfirms()
    channel.publish('later', 'nobody', 'x', { ...delay(10), mandatory: true })
    channel.publish('later', 'nobody', 'y', { mandatory: true })
    broker.turn()
    assert.deepEqual(
      channel.sink.sent.map(({ kind }) => kind),
      ['return', 'confirm'],
    )
    broker.advance(10)
    assert.equal(channel.sink.sent.length, 2)
    assert.equal(broker.core.vhost('/')!.drops.recent.last?.reason, 'unroutable')
  })

  test('a confirm waits for the gate of what it confirms, and those behind it wait too', () => {
    class SlowDelays extends MemoryDelays {
      readonly held: { open: boolean }[] = []
      override commit(): void {
        const gate = this.gate as { open: boolean } | null
        super.commit(false)
        if (gate === null) return
        gate.open = false
        this.held.push(gate)
      }
    }
    const delays = new SlowDelays()
    const broker = new ModelBroker({ delays })
    const channel = broker.open()
    channel.exchange('later', 'x-delayed-message', { 'x-delayed-type': 'fanout' })
    channel.queue('q')
    channel.channel.selectConfirms()
    channel.publish('', 'q', 'first')
    channel.publish('later', '', 'second', delay(10))
    channel.publish('', 'q', 'third')
    broker.turn()
    assert.deepEqual(channel.confirms, ['+1'])
    delays.held[0]!.open = true
    delays.onDurable?.()
    assert.equal(broker.turnRequested, true)
    broker.turn()
    assert.deepEqual(channel.confirms, ['+1', '..+3'])
  })

  test('a transaction commits what is to wait', () => {
    const { broker, channel } = setup()
    const transaction = channel.channel.selectTransaction()
    channel.publish('later', 'k', 'x', delay(10))
    broker.turn()
    assert.equal(broker.core.delays.store.count({}), 0)
    transaction.commit()
    broker.settle()
    assert.equal(channel.sink.sent.at(-1)?.kind, 'committed')
    broker.advance(10)
    assert.deepEqual(channel.bodies, ['x'])
  })

  test('delays once what has several routing keys, and keeps BCC until it is due', () => {
    const { broker, channel } = setup()
    channel.queue('copy')
    channel.bind('later', 'copy', 'c')
    channel.publish('later', 'k', 'x', { headers: { 'x-delay': 10, BCC: ['c'] } })
    broker.turn()
    assert.equal(broker.core.delays.store.count({}), 1)
    broker.advance(10)
    assert.deepEqual(channel.bodies, ['x'])
    assert.equal(channel.getNow('copy'), 'x')
  })

  test('delays what comes through a binding from another exchange or as a dead letter', () => {
    const { broker, channel } = setup('fanout')
    channel.exchange('first', 'direct')
    channel.bindExchange('first', 'later', 'k')
    channel.publish('first', 'k', 'bound', delay(10))
    channel.queue('dying', { arguments: { 'x-dead-letter-exchange': 'later' } })
    channel.publish('', 'dying', 'dead', { ...delay(20), expiration: '5' })
    broker.turn()
    broker.advance(24)
    assert.deepEqual(channel.bodies, ['bound'])
    broker.advance(1)
    assert.deepEqual(channel.bodies, ['bound', 'dead'])
  })

  test('a dead letter with headers that no publisher could have is dropped when it is due', () => {
    const { broker, channel } = setup()
    channel.queue('dying', { arguments: { 'x-dead-letter-exchange': 'later' } })
    const headers = { 'x-delay': 20, CC: 5 }
    // A publish with such a CC is refused: it gets into the queue past the checks.
    const message = channelMessage()
    const header = encodeHeader(1, { headers, expiration: '5' })
    broker.core.vhost('/')!.enqueue(message.withHeader(header), [broker.queueNamed('dying')])
    broker.turn()
    broker.advance(6)
    assert.equal(broker.core.delays.store.count({}), 1)
    broker.advance(20)
    assert.equal(broker.core.delays.store.count({}), 0)
    assert.deepEqual(channel.bodies, [])
  })

  test('time to live begins when the message is due', () => {
    const { broker, channel } = setup()
    channel.queue('short', { arguments: { 'x-message-ttl': 100 } })
    channel.bind('later', 'short', 's')
    channel.publish('later', 's', 'x', delay(1000))
    broker.turn()
    broker.advance(1050)
    assert.equal(channel.getNow('short'), 'x')
  })

  test('what is due when its exchange, queue or virtual host is gone is dropped', () => {
    const { broker, channel } = setup()
    channel.queue('d', { arguments: { 'x-delayed-message': true } })
    channel.publish('later', 'k', 'x', delay(10))
    channel.publish('', 'd', 'y', delay(10))
    broker.turn()
    const { topology } = broker.core.vhost('/')!
    topology.deleteExchange(topology.exchange('later'), false)
    topology.deleteQueue(broker.queueNamed('d'))
    broker.core.addVhost('v')
    broker.core.delays.store.add({ vhost: 'v', kind: 'queue', name: 'q' }, channelMessage(), 1)
    broker.core.deleteVhost(broker.core.vhost('v')!)
    broker.advance(100)
    broker.turn()
    assert.deepEqual(channel.bodies, [])
    assert.equal(broker.core.delays.store.count({}), 0)
  })

  test('an exchange of that name that comes later gets what has waited for the first', () => {
    const { broker, channel } = setup()
    channel.publish('later', 'k', 'x', delay(10))
    broker.turn()
    const { topology } = broker.core.vhost('/')!
    topology.deleteExchange(topology.exchange('later'), false)
    channel.exchange('later', 'x-delayed-message', { 'x-delayed-type': 'direct' })
    channel.bind('later', 'q', 'k')
    broker.advance(10)
    assert.deepEqual(channel.bodies, ['x'])
  })

  test('many due at once come over several turns, all of them and in order', () => {
    const { broker, channel } = setup()
    for (let i = 0; i < 2000; i += 1) channel.publish('later', 'k', `${i}`, delay(10))
    broker.turn()
    broker.clock.nowMs += 10
    broker.turn()
    assert.equal(channel.bodies.length, 512)
    while (broker.turnRequested) broker.turn()
    assert.deepEqual(
      channel.bodies,
      Array.from({ length: 2000 }, (_, i) => `${i}`),
    )
  })

  test('persistent messages leave the store when they are safe in their queue', () => {
    const { broker, channel } = setup()
    channel.channel.cancel(channel.channel.consumers.keys().next().value!)
    channel.publish('later', 'k', 'x', { ...delay(10), deliveryMode: 2 })
    broker.settle()
    const { store } = broker.core.delays
    let removed = 0
    const remove = store.remove.bind(store)
    store.remove = (ids) => {
      removed += ids.length
      remove(ids)
    }
    broker.clock.nowMs += 10
    broker.turn()
    assert.equal(removed, 0)
    broker.settle()
    broker.turn()
    assert.equal(removed, 1)
    assert.equal(broker.queueNamed('q').readyCount, 1)
  })

  test('no more than a bounded size is on its way while the log does not get it to disk', () => {
    const { broker, channel } = setup()
    channel.channel.cancel(channel.channel.consumers.keys().next().value!)
    const body = 'x'.repeat(1 << 20)
    for (let i = 0; i < 40; i += 1) {
      channel.publish('later', 'k', body, { ...delay(10), deliveryMode: 2 })
    }
    broker.settle()
    broker.clock.nowMs += 10
    const { log } = broker.core
    const commit = log.commitTurn.bind(log)
    log.commitTurn = () => undefined
    for (let i = 0; i < 40; i += 1) broker.turn()
    assert.equal(broker.queueNamed('q').readyCount, 32)
    log.commitTurn = commit
    for (let i = 0; i < 10; i += 1) broker.settle()
    assert.equal(broker.queueNamed('q').readyCount, 40)
    assert.equal(broker.core.delays.store.count({}), 0)
  })

  test('one is cancelled at once, all of an exchange over a few turns', () => {
    const { broker, channel } = setup()
    for (let i = 0; i < 3; i += 1) channel.publish('later', 'k', `${i}`, delay(10))
    broker.turn()
    const { delays } = broker.core
    const [first] = delays.store.list({}, 0, 1)
    assert.equal(delays.cancel(first!.id, { vhost: '/' }), true)
    let cancelled = -1
    delays.cancelAll({ vhost: '/', kind: 'exchange', name: 'later' }, (count) => {
      cancelled = count
    })
    while (broker.turnRequested) broker.turn()
    assert.equal(cancelled, 2)
    broker.advance(10)
    assert.deepEqual(channel.bodies, [])
  })

  test('has to name a type that there is, and names the same when declared again', () => {
    const { channel } = setup()
    assert.throws(
      () => channel.exchange('x', 'x-delayed-message'),
      /Invalid argument, 'x-delayed-type' must be an existing exchange type/,
    )
    assert.throws(
      () => channel.exchange('x', 'x-delayed-message', { 'x-delayed-type': 'none' }),
      /unknown exchange type 'none'/,
    )
    assert.throws(
      () => channel.exchange('later', 'x-delayed-message', { 'x-delayed-type': 'topic' }),
      /inequivalent arg 'x-delayed-type' for exchange 'later' in vhost '\/'/,
    )
  })
})

describe('a queue that delays', () => {
  test('takes a message with x-delay when it is due, and others at once', () => {
    const broker = new ModelBroker()
    const channel = broker.open()
    channel.queue('q', { arguments: { 'x-delayed-message': true } })
    channel.queue('plain')
    channel.publish('', 'q', 'late', delay(10))
    channel.publish('', 'q', 'now')
    channel.publish('', 'plain', 'ignored', delay(10))
    broker.turn()
    assert.equal(channel.getNow('q'), 'now')
    assert.equal(channel.getNow('plain'), 'ignored')
    assert.equal(channel.getNow('q'), null)
    broker.advance(10)
    assert.equal(channel.getNow('q'), 'late')
  })

  test('by policy as well; a message for several queues waits only for those that delay', () => {
    const broker = new ModelBroker()
    const channel = broker.open()
    broker.core.vhost('/')!.policies.put('policy', {
      name: 'p',
      pattern: '^slow$',
      applyTo: 'queues',
      priority: 0,
      definition: { 'delayed-message': true },
    })
    channel.queue('slow')
    channel.queue('fast')
    channel.channel.selectConfirms()
    for (const queue of ['slow', 'fast']) channel.bind('amq.fanout', queue)
    channel.publish('amq.fanout', '', 'x', delay(10))
    broker.turn()
    assert.deepEqual(channel.confirms, ['+1'])
    assert.equal(channel.getNow('fast'), 'x')
    assert.equal(channel.getNow('slow'), null)
    broker.advance(10)
    assert.equal(channel.getNow('slow'), 'x')
  })

  test('a full queue that refuses publishes dead-letters what it cannot take when it is due', () => {
    const broker = new ModelBroker()
    const channel = broker.open()
    channel.queue('dead')
    channel.queue('q', {
      arguments: {
        'x-delayed-message': true,
        'x-max-length': 1,
        'x-overflow': 'reject-publish',
        'x-dead-letter-exchange': '',
        'x-dead-letter-routing-key': 'dead',
      },
    })
    channel.publish('', 'q', 'late', delay(10))
    channel.publish('', 'q', 'now')
    broker.turn()
    broker.advance(10)
    assert.equal(broker.queueNamed('q').readyCount, 1)
    assert.equal(channel.getNow('dead'), 'late')
  })
})

function channelMessage(): Parameters<MemoryDelays['add']>[1] {
  const broker = new ModelBroker()
  const channel = broker.open()
  channel.queue('q')
  channel.publish('', 'q', 'x')
  let found: Parameters<MemoryDelays['add']>[1] | null = null
  channel.get('q', true, (fetched) => {
    found = fetched?.message ?? null
  })
  assert.ok(found !== null)
  return found
}
