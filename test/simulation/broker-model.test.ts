// Random interleavings of everything that clients do, with loads from the backlog that come late,
// against the naive reference: nothing lost, nothing twice unless marked, order and counts kept,
// credit respected, nobody starving, every publish confirmed, everything given back in the end.
// WARREN_MODEL_RUNS sets how many runs there are; a failure prints its seed.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { BrokerConnection } from '../../src/broker/connection.ts'
import { deleteQueue, purgeQueue, unbind } from '../../src/broker/requests.ts'
import {
  bodyOf,
  ModelBroker,
  type QueueOptions,
  type Sent,
  type TestChannel,
} from '../support/model-broker.ts'
import { ReferenceBroker, ReferenceChannel, type ReferenceQueue } from './reference-broker.ts'

const runs = Number(process.env.WARREN_MODEL_RUNS ?? 800)

/** Few, so that everything meets. `a` is durable, `c` has a single active consumer. */
const queueNames = ['a', 'b', 'c'] as const
const queueOptions: Record<string, QueueOptions> = {
  a: { durable: true },
  b: {},
  c: { arguments: { 'x-single-active-consumer': true } },
}
const exchanges = ['', 'amq.fanout', 'amq.direct', 'amq.topic'] as const
const keys = ['a', 'b', 'c', 'a.b', '*.b', '#', ''] as const
const connectionCount = 2
const channelsPerConnection = 2
const unackedMax = 9

const channelIndex = fc.nat(connectionCount * channelsPerConnection - 1)
const queueName = fc.constantFrom(...queueNames)
const pick = fc.nat(30)

const operation = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      channel: channelIndex,
      exchange: fc.constantFrom(...exchanges),
      key: fc.constantFrom(...keys),
      persistent: fc.boolean(),
      mandatory: fc.boolean(),
      count: fc.oneof(
        { weight: 5, arbitrary: fc.integer({ min: 1, max: 4 }) },
        { weight: 2, arbitrary: fc.integer({ min: 120, max: 200 }) },
      ),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('consume' as const),
      channel: channelIndex,
      queue: queueName,
      noAck: fc.boolean(),
      prefetch: fc.constantFrom(null, null, 0, 1, 2, 5),
      priority: fc.constantFrom(0, 0, 0, 1, -3),
    }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      channel: channelIndex,
      pick,
      multiple: fc.boolean(),
      how: fc.constantFrom('ack' as const, 'requeue' as const, 'reject' as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('get' as const),
      channel: channelIndex,
      queue: queueName,
      noAck: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: simple('cancel', { channel: channelIndex, pick }) },
  { weight: 1, arbitrary: simple('recover', { channel: channelIndex }) },
  { weight: 2, arbitrary: simple('commit', { channel: channelIndex }) },
  { weight: 1, arbitrary: simple('rollback', { channel: channelIndex }) },
  {
    weight: 1,
    arbitrary: simple('prefetch', { channel: channelIndex, count: fc.constantFrom(0, 1, 3, 6) }),
  },
  { weight: 2, arbitrary: simple('stop reading', { channel: channelIndex }) },
  { weight: 2, arbitrary: simple('read on', { channel: channelIndex }) },
  { weight: 1, arbitrary: simple('close channel', { channel: channelIndex }) },
  { weight: 1, arbitrary: simple('close connection', { channel: channelIndex }) },
  { weight: 1, arbitrary: simple('purge', { channel: channelIndex, queue: queueName }) },
  { weight: 1, arbitrary: simple('delete', { channel: channelIndex, queue: queueName }) },
  {
    weight: 2,
    arbitrary: simple('bind', {
      channel: channelIndex,
      queue: queueName,
      exchange: fc.constantFrom('amq.fanout', 'amq.direct', 'amq.topic'),
      key: fc.constantFrom(...keys),
    }),
  },
  {
    weight: 1,
    arbitrary: simple('unbind', {
      channel: channelIndex,
      queue: queueName,
      exchange: fc.constantFrom('amq.fanout', 'amq.direct', 'amq.topic'),
      key: fc.constantFrom(...keys),
    }),
  },
  { weight: 9, arbitrary: simple('turn', {}) },
  { weight: 4, arbitrary: simple('arrive', {}) },
)

function simple<Name extends string, Fields extends Record<string, unknown>>(
  name: Name,
  fields: { [Key in keyof Fields]: fc.Arbitrary<Fields[Key]> },
): fc.Arbitrary<{ do: Name } & Fields> {
  return fc.record({ do: fc.constant(name), ...fields }) as unknown as fc.Arbitrary<
    { do: Name } & Fields
  >
}

type Operation = typeof operation extends fc.Arbitrary<infer O> ? O : never
type Request = Exclude<
  Operation,
  { do: 'turn' | 'arrive' | 'close channel' | 'close connection' | 'stop reading' | 'read on' }
>
type On<Name extends Operation['do']> = Extract<Operation, { do: Name }>

/** A channel on both sides. */
interface Pair {
  real: TestChannel
  reference: ReferenceChannel
  /** What a transaction has published, and how many commits wait for their answer. */
  publishes: { exchange: string; key: string; body: string; mandatory: boolean }[]
  commits: number
  /** A basic.get waits for its message, and the connection's next requests wait for that. */
  fetching: boolean
}

class Run {
  readonly broker: ModelBroker
  readonly reference = new ReferenceBroker()
  readonly connections: BrokerConnection[] = []
  readonly pairs: Pair[] = []
  #bodies = 0
  #tags = 0
  /** Bodies that were returned as unroutable, still to be seen. */
  #returns: string[] = []

  constructor(memoryBytes: number) {
    this.broker = new ModelBroker({ memoryBytes, limits: { unackedMax } })
    for (let i = 0; i < connectionCount; i += 1) this.connections.push(this.broker.connect())
    for (let i = 0; i < connectionCount * channelsPerConnection; i += 1) {
      this.pairs.push(this.#open(i))
    }
    for (const name of queueNames) this.#declare(name)
  }

  #open(index: number): Pair {
    const connection = this.connections[Math.floor(index / channelsPerConnection)]!
    const real = this.broker.open(connection)
    const reference = new ReferenceChannel(unackedMax)
    // Every other channel confirms, and the last one has transactions.
    if (index % 2 === 0) real.channel.selectConfirms()
    if (index === connectionCount * channelsPerConnection - 1) real.channel.selectTransaction()
    const pair: Pair = { real, reference, publishes: [], commits: 0, fetching: false }
    real.sink.onSent = (sent) => this.#sent(pair, sent)
    real.onLateGet = (name, entry) => {
      if (entry === null) return
      // It has been put back, marked as if it had been seen.
      const head = this.reference.queues.get(name)!.ready[0]!
      assert.equal(bodyOf(entry.message!), head.body)
      head.redelivered = true
    }
    return pair
  }

  #declare(name: string): ReferenceQueue {
    const options = queueOptions[name]!
    this.pairs[0]!.real.queue(name, options)
    return this.reference.declare(name, name === 'c')
  }

  #sent(pair: Pair, sent: Sent): void {
    const { reference } = pair
    if (sent.kind === 'deliver') {
      const { deliveryTag: tag, redelivered, message } = sent
      reference.number(tag)
      reference.delivered(sent.consumerTag, { tag, redelivered, body: bodyOf(message) })
    } else if (sent.kind === 'return') {
      assert.equal(bodyOf(sent.message), this.#returns.shift(), 'basic.return')
    } else if (sent.kind === 'confirm') {
      reference.answer(sent.tag, sent.multiple)
    } else if (sent.kind === 'cancelled') {
      assert.ok(!reference.consumers.has(sent.consumerTag), 'cancelled without a reason')
    } else if (sent.kind === 'committed') {
      pair.commits -= 1
    } else assert.fail(`unexpected ${sent.kind}`)
  }

  apply(operation: Operation): void {
    if (operation.do === 'turn') this.broker.turn()
    else if (operation.do === 'arrive') this.broker.arrive()
    else this.#onChannel(operation)
    if (operation.do === 'turn' || operation.do === 'arrive') {
      // A load that comes without a turn leaves the queue as it was.
      if (!this.broker.turnRequested) this.check()
    }
  }

  #onChannel(operation: Exclude<Operation, { do: 'turn' | 'arrive' }>): void {
    const pair = this.pairs[operation.channel]!
    const { real, reference } = pair
    if (operation.do === 'close channel') this.#closeChannel(operation.channel)
    else if (operation.do === 'close connection') this.#closeConnection(operation.channel)
    else if (operation.do === 'stop reading' || operation.do === 'read on') {
      const writable = operation.do === 'read on'
      reference.writable = writable
      real.sink.writable = writable
      if (writable) real.channel.resumeConsumers()
    } else if (!pair.fetching) this.#request(pair, operation)
  }

  #request(pair: Pair, operation: Request): void {
    const { real, reference } = pair
    if (operation.do === 'publish') this.#publish(pair, operation)
    else if (operation.do === 'consume') this.#consume(pair, operation)
    else if (operation.do === 'settle') this.#settle(pair, operation)
    else if (operation.do === 'get') this.#get(pair, operation)
    else if (operation.do === 'cancel') {
      const tags = [...reference.consumers.keys()]
      if (tags.length === 0) return
      const tag = tags[operation.pick % tags.length]!
      reference.cancel(tag)
      real.channel.cancel(tag)
    } else if (operation.do === 'recover') {
      reference.settle(0, true, 'requeue')
      real.channel.recover()
    } else if (operation.do === 'commit') {
      this.#commit(pair)
    } else if (operation.do === 'rollback') {
      if (real.channel.transaction === null) return
      pair.publishes = []
      reference.rollback()
      real.channel.transaction.rollback()
    } else if (operation.do === 'prefetch') {
      reference.globalPrefetch = operation.count
      real.channel.setPrefetch(operation.count, true)
    } else this.#onQueue(pair, operation)
  }

  #onQueue({ real }: Pair, operation: On<'purge' | 'delete' | 'bind' | 'unbind'>): void {
    const { queue: name } = operation
    const queue = this.reference.queues.get(name)!
    if (operation.do === 'purge') {
      const count = queue.ready.length
      queue.ready = []
      assert.equal(purgeQueue(real.channel, name), count, 'purge-ok')
      return
    }
    if (operation.do === 'delete') {
      const count = queue.ready.length
      this.reference.delete(name)
      const conditions = { ifUnused: false, ifEmpty: false }
      assert.equal(deleteQueue(real.channel, name, conditions), count, 'delete-ok')
      this.#declare(name)
      return
    }
    const { exchange: source, key: routingKey } = operation
    if (operation.do === 'bind') {
      this.reference.bind(source, name, routingKey)
      real.bind(source, name, routingKey)
      return
    }
    this.reference.unbind(source, name, routingKey)
    const destination = { kind: 'queue', name } as const
    unbind(real.channel, { source, destination, routingKey, arguments: {} })
  }

  #commit(pair: Pair): void {
    const { real, reference, publishes } = pair
    if (real.channel.transaction === null) return
    pair.publishes = []
    pair.commits += 1
    for (const publish of publishes) this.#route(publish)
    reference.commit()
    real.channel.transaction.commit()
    assert.equal(this.#returns.length, 0, 'basic.return comes before tx.commit-ok')
  }

  #route(publish: Pair['publishes'][number]): void {
    const queues = this.reference.route(publish.exchange, publish.key)
    for (const queue of queues) queue.enqueue(publish.body)
    if (queues.length === 0 && publish.mandatory) this.#returns.push(publish.body)
  }

  #publish(pair: Pair, operation: On<'publish'>): void {
    const { real, reference } = pair
    const { exchange, key, persistent, mandatory } = operation
    for (let i = 0; i < operation.count; i += 1) {
      this.#bodies += 1
      const body = `m${this.#bodies}`
      const publish = { exchange, key, body, mandatory }
      if (real.channel.transaction === null) this.#route(publish)
      else pair.publishes.push(publish)
      if (real.channel.confirms !== null) reference.published += 1
      real.publish(exchange, key, body, { deliveryMode: persistent ? 2 : 1, mandatory })
      assert.equal(this.#returns.length, 0, 'basic.return comes at once')
    }
  }

  #consume({ real, reference }: Pair, operation: On<'consume'>): void {
    if (reference.consumers.size >= 3) return
    this.#tags += 1
    const { noAck, priority } = operation
    if (operation.prefetch !== null) {
      reference.prefetch = operation.prefetch
      reference.globalPrefetch = 0
      real.channel.setPrefetch(operation.prefetch, false)
    }
    const { prefetch } = reference
    const queue = this.reference.queues.get(operation.queue)!
    const tag = `${operation.queue}${this.#tags}`
    reference.consume({ tag, queue, channel: reference, noAck, prefetch, priority })
    real.consume(operation.queue, { tag, noAck, priority })
  }

  #settle({ real, reference }: Pair, { pick, multiple, how }: On<'settle'>): void {
    const { outstanding } = reference
    if (outstanding.length === 0) return
    // Mostly one that is out; with multiple, zero stands for all.
    const { tag } = outstanding[pick % outstanding.length]!
    const named = multiple && pick === 0 ? 0 : tag
    if (real.channel.transaction === null) reference.settle(named, multiple, how)
    else reference.settleLater(named, multiple, how)
    if (how === 'ack') real.channel.acknowledge(named, multiple)
    else real.channel.reject(named, multiple, how === 'requeue')
  }

  #get(pair: Pair, { queue: name, noAck }: On<'get'>): void {
    const { real, reference } = pair
    const queue = this.reference.queues.get(name)!
    if (reference.full) {
      assert.throws(() => real.get(name, noAck, () => {}), /unacknowledged messages/)
      return
    }
    pair.fetching = true
    real.get(name, noAck, (fetched) => {
      pair.fetching = false
      if (fetched === null) {
        assert.equal(queue.ready.length, 0, `${name} says it is empty`)
        return
      }
      const { tag, redelivered, left, message } = fetched
      reference.fetched(queue, noAck, { tag, redelivered, left, body: bodyOf(message) })
    })
  }

  #closeChannel(index: number): void {
    const { real, reference } = this.pairs[index]!
    reference.close()
    this.connections[Math.floor(index / channelsPerConnection)]!.closeChannel(real.channel)
    this.pairs[index] = this.#open(index)
  }

  #closeConnection(channel: number): void {
    const index = Math.floor(channel / channelsPerConnection)
    const first = index * channelsPerConnection
    const indexes = Array.from({ length: channelsPerConnection }, (_, i) => first + i)
    for (const i of indexes) this.pairs[i]!.reference.close()
    this.connections[index]!.close()
    this.connections[index] = this.broker.connect()
    for (const i of indexes) this.pairs[i] = this.#open(i)
  }

  /** What must hold whenever a turn has ended. */
  check(): void {
    for (const [name, queue] of this.reference.queues) {
      const real = this.broker.queueNamed(name)
      assert.equal(real.readyCount, queue.ready.length, `${name}: ready`)
      assert.equal(real.readyBytes, queue.readyBytes, `${name}: ready bytes`)
      assert.equal(real.unackedCount, queue.outstanding, `${name}: unacked`)
      assert.equal(real.unackedBytes, queue.outstandingBytes, `${name}: unacked bytes`)
      assert.equal(real.consumers.count, queue.consumers.length, `${name}: consumers`)
      const [head] = real.waiting()
      const loaded = (head?.message ?? null) !== null || this.broker.later.length === 0
      if (queue.ready.length === 0 || !loaded) continue
      for (const consumer of queue.consumers) {
        assert.ok(!consumer.channel.ready(consumer), `${consumer.tag} starves`)
      }
      const waiting = this.pairs.some((pair) => pair.fetching) && this.broker.later.length === 0
      assert.ok(!waiting, 'a basic.get is forgotten')
    }
  }

  /** Everything comes to an end, and nothing is left behind. */
  end(): void {
    this.broker.settle()
    this.check()
    for (const { real, reference, commits } of this.pairs) {
      assert.equal(commits, 0, 'every commit is answered')
      if (real.channel.confirms !== null) {
        assert.equal(reference.answered, reference.published, 'every publish is confirmed')
      }
    }
    for (const { reference } of this.pairs) reference.close()
    for (const connection of this.connections) connection.close()
    this.broker.settle()
    this.check()
    const reader = this.broker.open()
    for (const [name, queue] of this.reference.queues) this.#drain(reader, name, queue)
    for (const name of queueNames) {
      deleteQueue(reader.channel, name, { ifUnused: true, ifEmpty: true })
    }
    this.broker.settle()
    assert.equal(this.broker.core.budget.usedBytes, 0, 'memory is given back')
    assert.deepEqual([...this.broker.log.references], [], 'the log holds nothing')
  }

  #drain(reader: TestChannel, name: string, queue: ReferenceQueue): void {
    const bodies: string[] = []
    reader.sink.onSent = (sent) => {
      if (sent.kind === 'deliver') bodies.push(bodyOf(sent.message))
    }
    const tag = reader.consume(name, { noAck: true })
    this.broker.settle()
    reader.channel.cancel(tag)
    assert.deepEqual(
      bodies,
      queue.ready.map(({ body }) => body),
      `what is left in ${name}`,
    )
  }
}

/** So many messages that most are paged out where there is little memory. */
function fill(queue: (typeof queueNames)[number]): On<'publish'> {
  const to = { exchange: '', key: queue, persistent: queue === 'a', mandatory: false } as const
  return { do: 'publish', channel: 0, count: 400, ...to }
}

test('the broker does what the reference allows', { timeout: 600_000 }, () => {
  fc.assert(
    fc.property(
      fc.constantFrom(0, 4000, 1 << 30),
      fc.boolean(),
      fc.array(operation, { maxLength: 200, size: 'max' }),
      (memoryBytes, backlog, operations) => {
        const run = new Run(memoryBytes)
        if (backlog) for (const queue of queueNames) run.apply(fill(queue))
        for (const operation of operations) run.apply(operation)
        run.end()
      },
    ),
    { numRuns: runs },
  )
})
