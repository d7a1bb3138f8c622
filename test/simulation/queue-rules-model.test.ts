// Two queues with random rules, the first of which sends its dead to the second, and that to a
// grave, against the naive reference: who dies when and of what, to the millisecond, over years
// of model time. WARREN_MODEL_RUNS sets how many runs there are; a failure prints its seed.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type FieldTable, plainValue } from '../../src/protocol/amqp/field-table.ts'
import {
  bodyOf,
  type Delivered,
  ModelBroker,
  propertiesOf,
  type Sent,
  type TestChannel,
} from '../support/model-broker.ts'
import { ReferenceChannel } from './reference-broker.ts'
import { type Death, type RuledItem, RuledQueue, type Rules } from './reference-rules.ts'

const runs = Number(process.env.WARREN_MODEL_RUNS ?? 800)

const tenYearsMs = 315_360_000_000
const rules: fc.Arbitrary<Rules> = fc.record({
  ttlMs: fc.constantFrom(null, null, 0, 10, 1000, tenYearsMs),
  lengthMax: fc.constantFrom(null, null, 0, 1, 3, 10),
  bytesMax: fc.constantFrom(null, null, null, 0, 6, 30),
  overflow: fc.constantFrom('drop-head', 'drop-head', 'reject-publish', 'reject-publish-dlx'),
  deliveryLimit: fc.constantFrom(null, 0, 1, 3),
  priorityMax: fc.constantFrom(0, 0, 3),
  retry: fc.option(
    fc.record({
      type: fc.constantFrom('all', 'all', 'failed', 'returned'),
      minMs: fc.constantFrom(1, 5, 1000, 86_400_000),
      maxMs: fc.constantFrom(null, null, 4, 2500, 100_000_000),
      multiplier: fc.constantFrom(null, null, 1, 2, 10),
    }),
  ),
})

const queueName = fc.constantFrom('first', 'second')
const channelIndex = fc.nat(1)

const operation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      channel: channelIndex,
      queue: queueName,
      count: fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: 1, max: 6 }) },
        { weight: 1, arbitrary: fc.constant(150) },
      ),
      persistent: fc.boolean(),
      priority: fc.constantFrom(undefined, 0, 1, 2, 9),
      expiration: fc.constantFrom(undefined, undefined, 0, 5, 10, 3000, tenYearsMs),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('consume' as const),
      channel: channelIndex,
      queue: queueName,
      noAck: fc.boolean(),
      prefetch: fc.constantFrom(0, 1, 1, 2, 5),
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      channel: channelIndex,
      pick: fc.nat(20),
      multiple: fc.boolean(),
      how: fc.constantFrom(
        'ack' as const,
        'requeue' as const,
        'requeue' as const,
        'return' as const,
        'return' as const,
        'reject' as const,
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('get' as const),
      channel: channelIndex,
      queue: queueName,
      noAck: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('cancel all' as const), channel: channelIndex }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const), channel: channelIndex }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 4, 5, 10, 990, 5000, 86_400_000, 31_536_000_000, tenYearsMs),
    }),
  },
)

type Operation = typeof operation extends fc.Arbitrary<infer O> ? O : never
type On<Name extends Operation['do']> = Extract<Operation, { do: Name }>

interface Pair {
  real: TestChannel
  reference: ReferenceChannel
  /** For each publish whether it is refused. */
  refused: boolean[]
}

class Run {
  readonly broker: ModelBroker
  readonly #first: RuledQueue
  readonly #second: RuledQueue
  readonly #pairs: Pair[]
  readonly #deaths: Death[] = []
  readonly #inMemory: boolean
  readonly #fromSecond: (() => void)[] = []
  #bodies = 0
  #tags = 0

  constructor(memoryBytes: number, first: Rules, second: Rules) {
    this.broker = new ModelBroker({ memoryBytes })
    this.#inMemory = memoryBytes > 0
    const now = (): number => this.broker.clock.nowMs
    this.#second = new RuledQueue('second', second, now, (death) => this.#deaths.push(death))
    this.#first = new RuledQueue('first', first, now, ({ body }, item) => this.#pass(body, item))
    this.#pairs = [this.#open(), this.#open()]
    const { real } = this.#pairs[0]!
    real.queue('first', { durable: true, arguments: argumentsOf(first, 'second') })
    real.queue('second', { arguments: argumentsOf(second, 'grave') })
    real.queue('grave')
  }

  /** What dies in the first queue lives on in the second. */
  #pass(body: string, item: RuledItem): void {
    this.#second.accept(body, item.sent, null)
  }

  #open(): Pair {
    const real = this.broker.open()
    real.channel.selectConfirms()
    const pair: Pair = { real, reference: new ReferenceChannel(200_000), refused: [] }
    real.sink.onSent = (sent) => this.#sent(pair, sent)
    return pair
  }

  #queue(name: string): RuledQueue {
    return name === 'first' ? this.#first : this.#second
  }

  #sent({ reference, refused }: Pair, sent: Sent): void {
    if (sent.kind === 'deliver') {
      reference.number(sent.deliveryTag)
      // What the second queue delivers may have died in the first within the same turn.
      const isFirst = reference.consumers.get(sent.consumerTag)?.queue === this.#first
      if (isFirst) this.#delivered(reference, sent)
      else this.#fromSecond.push(() => this.#delivered(reference, sent))
      return
    }
    assert.ok(sent.kind === 'confirm' || sent.kind === 'refuse', `unexpected ${sent.kind}`)
    const { answered } = reference
    reference.answer(sent.tag, sent.multiple)
    for (const one of refused.slice(answered, sent.tag)) assert.equal(one, sent.kind === 'refuse')
  }

  #delivered(reference: ReferenceChannel, sent: Delivered): void {
    const { consumerTag, deliveryTag: tag, redelivered, message } = sent
    reference.delivered(consumerTag, { tag, redelivered, body: bodyOf(message) })
    const out = reference.outstanding.at(-1)
    if (out?.tag !== tag) return
    const { returns } = out.item as RuledItem
    const { deliveryLimit, retry } = this.#queue(out.queue.name).rules
    const header = propertiesOf(message).headers?.['x-delivery-count']
    const shown = (deliveryLimit !== null || retry !== null) && returns > 0
    const expected = shown ? returns : undefined
    assert.equal(header === undefined ? undefined : plainValue(header), expected)
  }

  apply(operation: Operation): void {
    if (operation.do === 'wait') this.#wait(operation.ms)
    else this.#request(operation)
    this.broker.settle()
    this.#endTurn()
    this.check()
  }

  #endTurn(): void {
    this.#first.endTurn()
    for (const delivered of this.#fromSecond.splice(0)) delivered()
    this.#second.endTurn()
  }

  /** Each expiry, and each end of a delay, happens at its own time. */
  #wait(ms: number): void {
    const { clock } = this.broker
    const untilMs = clock.nowMs + ms
    for (;;) {
      const nextMs = Math.min(this.#first.nextEventMs, this.#second.nextEventMs)
      if (nextMs > untilMs) break
      this.broker.advance(nextMs - clock.nowMs)
      this.#endTurn()
      this.check()
    }
    this.broker.advance(untilMs - clock.nowMs)
  }

  #request(operation: Exclude<Operation, On<'wait'>>): void {
    const pair = this.#pairs[operation.channel]!
    const { real, reference } = pair
    if (operation.do === 'publish') this.#publish(pair, operation)
    else if (operation.do === 'consume') this.#consume(pair, operation)
    else if (operation.do === 'get') this.#get(pair, operation)
    else if (operation.do === 'settle') this.#settle(pair, operation)
    else if (operation.do === 'cancel all') {
      for (const tag of [...reference.consumers.keys()]) {
        reference.cancel(tag)
        real.channel.cancel(tag)
      }
    } else {
      reference.close()
      real.channel.close()
      this.#pairs[operation.channel] = this.#open()
    }
  }

  #publish({ real, reference, refused }: Pair, operation: On<'publish'>): void {
    const queue = this.#queue(operation.queue)
    const { priority, persistent } = operation
    // Refusing and expiring within one turn would make the order of the two matter.
    const ttlMs = queue.rules.overflow === 'drop-head' ? operation.expiration : undefined
    for (let i = 0; i < operation.count; i += 1) {
      this.#bodies += 1
      const body = `m${this.#bodies}`
      reference.published += 1
      real.publish('', queue.name, body, {
        deliveryMode: persistent ? 2 : 1,
        ...(priority === undefined ? {} : { priority }),
        ...(ttlMs === undefined ? {} : { expiration: `${ttlMs}` }),
      })
      const refuses = queue.refuses(body)
      refused.push(refuses)
      if (!refuses) queue.accept(body, priority ?? 0, ttlMs ?? null)
      else if (queue.rules.overflow === 'reject-publish-dlx') {
        queue.die(queue.make(body, priority ?? 0, null), 'maxlen')
      }
    }
  }

  #consume({ real, reference }: Pair, operation: On<'consume'>): void {
    this.#tags += 1
    const { noAck, prefetch } = operation
    const queue = this.#queue(operation.queue)
    const tag = `c${this.#tags}`
    reference.consume({ tag, queue, channel: reference, noAck, prefetch, priority: 0 })
    real.consume(queue.name, { tag, noAck, prefetch })
  }

  #settle({ real, reference }: Pair, { pick, multiple, ...chosen }: On<'settle'>): void {
    const { outstanding } = reference
    // Paged out, those that have to be loaded would die later than the others.
    const how = chosen.how === 'reject' && !this.#inMemory ? 'ack' : chosen.how
    if (outstanding.length === 0) return
    const { tag } = outstanding[pick % outstanding.length]!
    reference.settle(tag, multiple, how)
    if (how === 'ack') real.channel.acknowledge(tag, multiple)
    else if (how === 'return') real.channel.giveBack(tag, multiple, true)
    else real.channel.reject(tag, multiple, how === 'requeue')
  }

  #get({ real, reference }: Pair, { queue: name, noAck }: On<'get'>): void {
    const queue = this.#queue(name)
    queue.expire(this.broker.clock.nowMs)
    real.get(name, noAck, (fetched) => {
      if (fetched === null) {
        assert.equal(queue.ready.length, 0, `${name} says it is empty`)
        return
      }
      const { tag, redelivered, left, message } = fetched
      reference.fetched(queue, noAck, { tag, redelivered, left, body: bodyOf(message) })
    })
    this.broker.settle()
  }

  check(): void {
    for (const queue of [this.#first, this.#second]) {
      const real = this.broker.queueNamed(queue.name)
      assert.equal(real.readyCount, queue.ready.length, `${queue.name}: ready`)
      assert.equal(real.readyBytes, queue.readyBytes, `${queue.name}: ready bytes`)
      assert.equal(real.unackedCount, queue.outstanding, `${queue.name}: unacked`)
      assert.equal(real.delayedCount, queue.shelved.length, `${queue.name}: delayed`)
      if (this.#inMemory) {
        const bodies = [...real.waiting()].map(({ message }) => bodyOf(message!))
        assert.deepEqual(
          bodies,
          queue.ready.map(({ body }) => body),
          queue.name,
        )
      }
      if (queue.ready.length === 0) continue
      for (const consumer of queue.consumers) {
        assert.ok(!consumer.channel.ready(consumer), `${consumer.tag} starves`)
      }
    }
    assert.equal(this.broker.queueNamed('grave').readyCount, this.#deaths.length, 'the dead')
  }

  end(): void {
    for (const { reference } of this.#pairs) {
      assert.equal(reference.answered, reference.published, 'every publish is answered')
    }
    const found: Death[] = []
    const reader = this.broker.open()
    reader.sink.onSent = (sent) => {
      if (sent.kind !== 'deliver') return
      const deaths = propertiesOf(sent.message).headers?.['x-death'] as FieldTable[]
      const { queue, reason } = deaths[0]!
      found.push({ body: bodyOf(sent.message), queue: `${queue}`, reason: `${reason}` })
    }
    reader.consume('grave', { noAck: true })
    this.broker.settle()
    assert.deepEqual(found, this.#deaths)
    for (const { reference, real } of this.#pairs) {
      reference.close()
      real.channel.close()
    }
    this.broker.settle()
    for (const name of ['first', 'second', 'grave']) {
      const { topology } = this.broker.core.vhost('/')!
      topology.deleteQueue(topology.queue(name, null))
    }
    this.broker.settle()
    assert.equal(this.broker.core.budget.usedBytes, 0, 'memory is given back')
    assert.deepEqual([...this.broker.log.references], [], 'the log holds nothing')
    assert.equal(this.broker.clock.timerCount, 0, 'no timer is left')
  }
}

function argumentsOf(rules: Rules, deadTo: string): FieldTable {
  const table: FieldTable = {
    'x-overflow': rules.overflow,
    'x-dead-letter-exchange': '',
    'x-dead-letter-routing-key': deadTo,
  }
  if (rules.ttlMs !== null) table['x-message-ttl'] = rules.ttlMs
  if (rules.lengthMax !== null) table['x-max-length'] = rules.lengthMax
  if (rules.bytesMax !== null) table['x-max-length-bytes'] = rules.bytesMax
  if (rules.deliveryLimit !== null) table['x-delivery-limit'] = rules.deliveryLimit
  if (rules.priorityMax > 0) table['x-max-priority'] = rules.priorityMax
  const { retry } = rules
  if (retry === null) return table
  table['x-delayed-retry-type'] = retry.type
  table['x-delayed-retry-min'] = retry.minMs
  if (retry.maxMs !== null) table['x-delayed-retry-max'] = retry.maxMs
  if (retry.multiplier !== null) table['x-delayed-retry-multiplier'] = retry.multiplier
  return table
}

/** Rules whose outcome does not depend on the order of two things in the same millisecond. */
const firstRules = rules.map((r) => (r.overflow === 'drop-head' ? r : { ...r, ttlMs: null }))
const secondRules = rules.map((r): Rules => ({ ...r, overflow: 'drop-head', priorityMax: 0 }))

test('queues with rules do what the reference does', { timeout: 600_000 }, () => {
  fc.assert(
    fc.property(
      fc.constantFrom(0, 1 << 30, 1 << 30),
      firstRules,
      secondRules,
      fc.array(operation, { maxLength: 80, size: 'max' }),
      (memoryBytes, first, second, operations) => {
        // Loads split what is one moment for the reference: between lanes and limits that matters.
        const unlimited = { lengthMax: null, bytesMax: null, deliveryLimit: null }
        const simple = { ...unlimited, priorityMax: 0, retry: null }
        const one = (r: Rules): Rules => (memoryBytes === 0 ? { ...r, ...simple } : r)
        const run = new Run(memoryBytes, one(first), one(second))
        for (const operation of operations) run.apply(operation)
        run.end()
      },
    ),
    { numRuns: runs },
  )
})
