// A broker as one would explain it: arrays, no paging, no turns, no cleverness. It does not decide
// who gets a message; it is told what the real broker did, and says whether that was allowed.

import assert from 'node:assert/strict'

export interface Item {
  readonly body: string
  readonly sequence: number
  redelivered: boolean
}

export interface ReferenceConsumer {
  readonly tag: string
  readonly queue: ReferenceQueue
  readonly channel: ReferenceChannel
  readonly noAck: boolean
  readonly prefetch: number
  readonly priority: number
}

type Settlement = 'ack' | 'reject' | 'requeue' | 'return'

interface Outstanding {
  readonly tag: number
  readonly item: Item
  readonly queue: ReferenceQueue
  /** Null for basic.get. */
  readonly consumer: ReferenceConsumer | null
}

export class ReferenceQueue {
  readonly name: string
  readonly singleActive: boolean
  ready: Item[] = []
  outstanding = 0
  outstandingBytes = 0
  deleted = false
  consumers: ReferenceConsumer[] = []
  active: ReferenceConsumer | null = null
  #nextSequence = 1

  constructor(name: string, singleActive: boolean) {
    this.name = name
    this.singleActive = singleActive
  }

  enqueue(body: string): void {
    this.ready.push({ body, sequence: this.#nextSequence, redelivered: false })
    this.#nextSequence += 1
  }

  takeHead(body: string): Item {
    const item = this.ready.shift()
    assert.ok(item, `${this.name} delivered ${body} but has nothing`)
    assert.equal(body, item.body, `${this.name} delivered out of order`)
    return item
  }

  /** `failed`: it was rejected, or its consumer is gone; else merely given back. */
  putBack(item: Item, _failed: boolean): void {
    item.redelivered = true
    this.ready.push(item)
    this.ready.sort((a, b) => a.sequence - b.sequence)
  }

  /** What becomes of it is no matter here. */
  rejected(_item: Item): void {}

  get readyBytes(): number {
    return this.ready.reduce((sum, { body }) => sum + body.length, 0)
  }

  remove(consumer: ReferenceConsumer): void {
    this.consumers = this.consumers.filter((other) => other !== consumer)
    if (this.active !== consumer) return
    const highest = Math.max(...this.consumers.map(({ priority }) => priority))
    this.active = this.consumers.find(({ priority }) => priority === highest) ?? null
  }
}

export class ReferenceChannel {
  readonly consumers: Map<string, ReferenceConsumer> = new Map()
  outstanding: Outstanding[] = []
  /** What a transaction has settled and may still take back; it counts as out until then. */
  #held: { readonly named: Outstanding[]; readonly how: Settlement }[] = []
  /** What new consumers get. */
  prefetch = 0
  globalPrefetch = 0
  writable = true
  lastTag = 0
  /** In confirm mode: how many were published, and how many of them answered. */
  published = 0
  answered = 0
  closed = false
  readonly #unackedMax: number

  constructor(unackedMax: number) {
    this.#unackedMax = unackedMax
  }

  /** Whether the consumer has credit and is its queue's choice. */
  ready(consumer: ReferenceConsumer): boolean {
    const { queue } = consumer
    if (queue.singleActive && queue.active !== consumer) return false
    if (!this.writable) return false
    if (consumer.noAck) return true
    const out = [...this.outstanding, ...this.#held.flatMap(({ named }) => named)]
    const own = out.filter((other) => other.consumer === consumer).length
    const all = out.filter((other) => other.consumer !== null).length
    if (consumer.prefetch !== 0 && own >= consumer.prefetch) return false
    if (this.globalPrefetch !== 0 && all >= this.globalPrefetch) return false
    return out.length < this.#unackedMax
  }

  /** Whether as much is out as may be, settled in a transaction or not. */
  get full(): boolean {
    const held = this.#held.reduce((sum, { named }) => sum + named.length, 0)
    return this.outstanding.length + held >= this.#unackedMax
  }

  consume(consumer: ReferenceConsumer): void {
    this.consumers.set(consumer.tag, consumer)
    consumer.queue.consumers.push(consumer)
    if (consumer.queue.singleActive) consumer.queue.active ??= consumer
  }

  cancel(tag: string): void {
    const consumer = this.consumers.get(tag)
    if (consumer === undefined) return
    this.consumers.delete(tag)
    consumer.queue.remove(consumer)
  }

  /** Checks a basic.deliver against everything that a client may rely on. */
  delivered(tag: string, delivery: { tag: number; body: string; redelivered: boolean }): void {
    const consumer = this.consumers.get(tag)
    assert.ok(consumer, `delivery to ${tag}, which is no consumer`)
    const { queue } = consumer
    assert.ok(this.ready(consumer), `${tag} got ${delivery.body} without credit`)
    for (const other of queue.consumers) {
      const earlier: boolean = other.priority > consumer.priority && other.channel.ready(other)
      assert.ok(!earlier, `${tag} was served before ${other.tag} of higher priority`)
    }
    const item = queue.takeHead(delivery.body)
    assert.equal(delivery.redelivered, item.redelivered, `redelivered of ${item.body}`)
    if (!consumer.noAck) this.#add(delivery.tag, item, queue, consumer)
  }

  /** A message that basic.get has brought. */
  fetched(queue: ReferenceQueue, noAck: boolean, got: Outgoing): void {
    const item = queue.takeHead(got.body)
    assert.equal(got.redelivered, item.redelivered, `redelivered of ${item.body}`)
    assert.equal(got.left, queue.ready.length, 'message count of basic.get-ok')
    this.number(got.tag)
    if (!noAck) this.#add(got.tag, item, queue, null)
  }

  number(tag: number): void {
    this.lastTag += 1
    assert.equal(tag, this.lastTag, 'delivery tags are consecutive')
  }

  #add(tag: number, item: Item, queue: ReferenceQueue, consumer: ReferenceConsumer | null): void {
    this.outstanding.push({ tag, item, queue, consumer })
    queue.outstanding += 1
    queue.outstandingBytes += item.body.length
  }

  settle(tag: number, multiple: boolean, how: Settlement): void {
    this.#finish(this.#take(tag, multiple), how)
  }

  /** In a transaction: settled, but only if it is committed. */
  settleLater(tag: number, multiple: boolean, how: Settlement): void {
    this.#held.push({ named: this.#take(tag, multiple), how })
  }

  commit(): void {
    for (const { named, how } of this.#held.splice(0)) this.#finish(named, how)
  }

  rollback(): void {
    const back = this.#held.splice(0).flatMap(({ named }) => named)
    this.outstanding = [...this.outstanding, ...back].sort((a, b) => a.tag - b.tag)
  }

  #take(tag: number, multiple: boolean): Outstanding[] {
    const named = this.outstanding.filter((one) =>
      multiple ? tag === 0 || one.tag <= tag : one.tag === tag,
    )
    this.outstanding = this.outstanding.filter((one) => !named.includes(one))
    return named
  }

  #finish(named: readonly Outstanding[], how: Settlement): void {
    for (const { item, queue } of named) {
      queue.outstanding -= 1
      queue.outstandingBytes -= item.body.length
      if (queue.deleted) continue
      if (how === 'requeue' || how === 'return') queue.putBack(item, how === 'requeue')
      if (how === 'reject') queue.rejected(item)
    }
  }

  answer(tag: number, multiple: boolean): void {
    assert.ok(tag <= this.published, `confirm ${tag} of a message that was not published`)
    assert.ok(multiple || tag === this.answered + 1, `confirm ${tag} skips earlier ones`)
    assert.ok(tag > this.answered, `confirm ${tag} comes twice`)
    this.answered = tag
  }

  close(): void {
    for (const tag of [...this.consumers.keys()]) this.cancel(tag)
    this.rollback()
    this.settle(0, true, 'requeue')
    this.closed = true
  }
}

interface Outgoing {
  readonly tag: number
  readonly body: string
  readonly redelivered: boolean
  readonly left: number
}

interface ReferenceBinding {
  readonly exchange: string
  readonly queue: string
  readonly key: string
}

export class ReferenceBroker {
  readonly queues: Map<string, ReferenceQueue> = new Map()
  #bindings: ReferenceBinding[] = []

  declare(name: string, singleActive: boolean): ReferenceQueue {
    const queue = new ReferenceQueue(name, singleActive)
    this.queues.set(name, queue)
    return queue
  }

  delete(name: string): void {
    const queue = this.queues.get(name)!
    for (const consumer of queue.consumers) consumer.channel.consumers.delete(consumer.tag)
    queue.deleted = true
    queue.ready = []
    this.queues.delete(name)
    this.#bindings = this.#bindings.filter((binding) => binding.queue !== name)
  }

  bind(exchange: string, queue: string, key: string): void {
    this.unbind(exchange, queue, key)
    this.#bindings.push({ exchange, queue, key })
  }

  unbind(exchange: string, queue: string, key: string): void {
    this.#bindings = this.#bindings.filter(
      (one) => one.exchange !== exchange || one.queue !== queue || one.key !== key,
    )
  }

  /** The queues that a message goes to. */
  route(exchange: string, key: string): ReferenceQueue[] {
    if (exchange === '') return [...this.queues.values()].filter(({ name }) => name === key)
    const names = this.#bindings.filter((one) => one.exchange === exchange && matches(one, key))
    return [...this.queues.values()].filter(({ name }) => names.some((one) => one.queue === name))
  }
}

function matches({ exchange, key: pattern }: ReferenceBinding, key: string): boolean {
  if (exchange === 'amq.fanout') return true
  if (exchange === 'amq.direct') return pattern === key
  return topicMatches(words(pattern), words(key))
}

const words = (key: string): string[] => (key === '' ? [] : key.split('.'))

/** By definition, word for word. */
export function topicMatches(pattern: readonly string[], key: readonly string[]): boolean {
  const [first, ...rest] = pattern
  if (first === undefined) return key.length === 0
  if (first === '#') {
    return topicMatches(rest, key) || (key.length > 0 && topicMatches(pattern, key.slice(1)))
  }
  if (key.length === 0) return false
  return (first === '*' || first === key[0]) && topicMatches(rest, key.slice(1))
}
