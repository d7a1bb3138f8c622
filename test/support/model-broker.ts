// The broker's core alone, for tests: time, randomness and the arrival of loads are in the test's
// hand, what channels send is recorded, and the log checks that every reference is given back.

import assert from 'node:assert/strict'
import type { PasswordHasher } from '../../src/broker/access.ts'
import { BrokerCore } from '../../src/broker/broker-core.ts'
import type { Channel } from '../../src/broker/channel.ts'
import type { ChannelSink } from '../../src/broker/channel-sink.ts'
import type { BrokerConnection, ConnectionDetails } from '../../src/broker/connection.ts'
import type { DelayStore } from '../../src/broker/delays/delay-store.ts'
import type { DuplicateStore } from '../../src/broker/duplicates/duplicate-store.ts'
import type { BrokerError } from '../../src/broker/errors.ts'
import { type BrokerLimits, defaultLimits } from '../../src/broker/limits.ts'
import { Message } from '../../src/broker/message.ts'
import type { Clock, LaneReference, Random, StoredMessage, Timer } from '../../src/broker/ports.ts'
import type { QueueEntry } from '../../src/broker/queues/entry.ts'
import type { Queue } from '../../src/broker/queues/queue.ts'
import {
  bind as bindRequest,
  consume as consumeRequest,
  declareExchange,
  declareQueue,
  readableQueue,
} from '../../src/broker/requests.ts'
import type { BindingDeclaration } from '../../src/broker/topology.ts'
import type { FieldTable } from '../../src/protocol/amqp/field-table.ts'
import {
  encodeHeader,
  type MessageProperties,
  readProperties,
} from '../../src/protocol/amqp/properties.ts'
import { MemoryDelays } from '../../src/storage/memory-delays.ts'
import { MemoryDuplicates } from '../../src/storage/memory-duplicates.ts'
import { MemoryLog } from '../../src/storage/memory-log.ts'
import { MemoryMetadata } from '../../src/storage/memory-metadata.ts'

export const startMs = 1_700_000_000_000

interface Waiting {
  readonly atMs: number
  readonly task: () => void
}

export class ManualClock implements Clock {
  nowMs: number = startMs
  readonly #waiting = new Set<Waiting>()

  now(): number {
    return this.nowMs
  }

  after(delayMs: number, task: () => void): Timer {
    const waiting: Waiting = { atMs: this.nowMs + delayMs, task }
    this.#waiting.add(waiting)
    return { cancel: () => this.#waiting.delete(waiting) }
  }

  get timerCount(): number {
    return this.#waiting.size
  }

  /** Moves on to the first task due by `untilMs` and takes it, or to `untilMs` and gives null. */
  next(untilMs: number): (() => void) | null {
    let first: Waiting | null = null
    for (const waiting of this.#waiting) {
      if (waiting.atMs <= untilMs && (first === null || waiting.atMs < first.atMs)) first = waiting
    }
    this.nowMs = Math.max(this.nowMs, first?.atMs ?? untilMs)
    if (first === null) return null
    this.#waiting.delete(first)
    return first.task
  }
}

/** The same tokens in every run. */
export class SeededRandom implements Random {
  #state: number

  constructor(seed = 1) {
    this.#state = seed
  }

  token(bytes: number): string {
    const token = Buffer.alloc(bytes)
    for (let i = 0; i < bytes; i += 1) {
      this.#state = (Math.imul(this.#state, 1_103_515_245) + 12_345) >>> 0
      token[i] = this.#state >>> 16
    }
    return token.toString('base64url')
  }
}

/** Not safe, but quick and the same each time. */
export const fakeHasher: PasswordHasher = {
  hash: (password) => ({ hash: `fake:${password}`, algorithm: 'fake' }),
  verify: (password, { hash }) => hash === `fake:${password}`,
}

/** A memory log that knows how many references each stored message should have. */
export class CountingLog extends MemoryLog {
  readonly references: Map<number, number> = new Map()
  publishCount = 0

  override publish(message: Message, lanes: readonly LaneReference[], sync: boolean): number {
    const position = super.publish(message, lanes, sync)
    this.references.set(position, lanes.length)
    this.publishCount += 1
    return position
  }

  override retain(position: number): void {
    super.retain(position)
    this.references.set(position, (this.references.get(position) ?? 0) + 1)
  }

  override release(position: number): void {
    super.release(position)
    const count = (this.references.get(position) ?? 0) - 1
    assert.ok(count >= 0, `position ${position} is released more often than it is held`)
    if (count === 0) this.references.delete(position)
    else this.references.set(position, count)
  }
}

export interface Delivered {
  readonly kind: 'deliver'
  readonly consumerTag: string
  readonly deliveryTag: number
  readonly redelivered: boolean
  readonly message: Message
}

export type Sent =
  | Delivered
  | { readonly kind: 'return'; readonly message: Message }
  | { readonly kind: 'confirm' | 'refuse'; readonly tag: number; readonly multiple: boolean }
  | { readonly kind: 'cancelled'; readonly consumerTag: string }
  | { readonly kind: 'committed' }
  | { readonly kind: 'fail'; readonly error: BrokerError }

export class RecordingSink implements ChannelSink {
  writable = true
  readonly sent: Sent[] = []
  /** Called with each thing sent, at the moment that it is. */
  onSent: ((sent: Sent) => void) | null = null

  deliver(tag: Uint8Array, deliveryTag: number, redelivered: boolean, message: Message): void {
    const consumerTag = Buffer.from(tag.subarray(1)).toString()
    this.#add({ kind: 'deliver', consumerTag, deliveryTag, redelivered, message })
  }

  /** Keeps what the message is made of, and none of its objects. */
  deliverStored(tag: Uint8Array, deliveryTag: number, message: StoredMessage): void {
    this.deliver(tag, deliveryTag, false, new Message(message, message.envelope, false, 0))
  }

  giveBack(_code: number, _text: string, message: Message): void {
    this.#add({ kind: 'return', message })
  }

  confirm(tag: number, multiple: boolean): void {
    this.#add({ kind: 'confirm', tag, multiple })
  }

  refuse(tag: number, multiple: boolean): void {
    this.#add({ kind: 'refuse', tag, multiple })
  }

  cancelled(consumerTag: string): void {
    this.#add({ kind: 'cancelled', consumerTag })
  }

  committed(): void {
    this.#add({ kind: 'committed' })
  }

  fail(error: BrokerError): void {
    this.#add({ kind: 'fail', error })
  }

  #add(sent: Sent): void {
    this.sent.push(sent)
    this.onSent?.(sent)
  }
}

export interface Fetched {
  readonly tag: number
  readonly redelivered: boolean
  readonly message: Message
  readonly left: number
}

export interface QueueOptions {
  readonly durable?: boolean
  readonly exclusive?: boolean
  readonly autoDelete?: boolean
  readonly passive?: boolean
  readonly arguments?: FieldTable
}

export interface ConsumeOptions {
  readonly tag?: string
  readonly noAck?: boolean
  readonly exclusive?: boolean
  readonly priority?: number
  readonly prefetch?: number
}

export interface PublishOptions extends MessageProperties {
  readonly mandatory?: boolean
}

export const bodyOf = (message: Message): string =>
  Buffer.from(message.body.subarray(message.bodyStart, message.bodyEnd)).toString()

export const propertiesOf = (message: Message): MessageProperties =>
  readProperties(message.header, message.headerStart, message.headerEnd)

/** A channel as a test drives it: the calls of the server's handlers, and what was sent. */
export class TestChannel {
  readonly channel: Channel
  readonly sink: RecordingSink
  /** A message was fetched for the channel after it had closed; it has been put back. */
  onLateGet: ((queue: string, entry: QueueEntry | null) => void) | null = null
  readonly #broker: ModelBroker

  constructor(channel: Channel, sink: RecordingSink, broker: ModelBroker) {
    this.channel = channel
    this.sink = sink
    this.#broker = broker
  }

  queue(name: string, options: QueueOptions = {}): Queue {
    const { name: actual } = declareQueue(this.channel, {
      name,
      passive: options.passive ?? false,
      durable: options.durable ?? false,
      exclusive: options.exclusive ?? false,
      autoDelete: options.autoDelete ?? false,
      arguments: options.arguments ?? {},
    })
    return this.#broker.queueNamed(actual)
  }

  exchange(name: string, type: string, args: FieldTable = {}): void {
    const flags = { durable: false, autoDelete: false, internal: false }
    declareExchange(this.channel, { name, type, ...flags, arguments: args })
  }

  bind(source: string, queue: string, routingKey = '', args: FieldTable = {}): void {
    const destination = { kind: 'queue', name: queue } as const
    bindRequest(this.channel, { source, destination, routingKey, arguments: args })
  }

  bindExchange(source: string, name: string, routingKey = ''): void {
    const declaration: BindingDeclaration = {
      source,
      destination: { kind: 'exchange', name },
      routingKey,
      arguments: {},
    }
    bindRequest(this.channel, declaration)
  }

  publish(exchange: string, key: string, body: string, options: PublishOptions = {}): void {
    const { mandatory = false, ...properties } = options
    const bytes = Buffer.from(body)
    const header = encodeHeader(bytes.length, properties)
    const content = {
      header,
      headerStart: 0,
      headerEnd: header.length,
      body: bytes,
      bodyStart: 0,
      bodyEnd: bytes.length,
    }
    this.channel.publish(this.channel.target(exchange, key), content, mandatory)
  }

  consume(queue: string, options: ConsumeOptions = {}): string {
    const { tag = '', noAck = false, exclusive = false, priority, prefetch } = options
    if (prefetch !== undefined) this.channel.setPrefetch(prefetch, false)
    const args: FieldTable = priority === undefined ? {} : { 'x-priority': priority }
    return consumeRequest(this.channel, { queue, tag, noAck, exclusive, arguments: args })
  }

  /** basic.get as the server does it; `done` may be called later, or not if the channel closes. */
  get(name: string, noAck: boolean, done: (fetched: Fetched | null) => void): void {
    const { channel } = this
    const queue = readableQueue(channel, name)
    queue.get((entry) => {
      if (channel.closed) {
        if (entry !== null) queue.requeue([entry])
        this.onLateGet?.(name, entry)
        return
      }
      if (entry === null) {
        done(null)
        return
      }
      const { redelivered } = entry
      const message = entry.message!
      const left = queue.readyCount
      done({ tag: channel.tagFetched(queue, entry, noAck), redelivered, message, left })
    })
  }

  /** basic.get of what is in memory: the body, or null. */
  getNow(queue: string, noAck = true): string | null {
    let body: string | null | undefined
    this.get(queue, noAck, (fetched) => {
      body = fetched === null ? null : bodyOf(fetched.message)
    })
    assert.notEqual(body, undefined, 'the message has to be loaded first')
    return body ?? null
  }

  get deliveries(): Delivered[] {
    return this.sink.sent.filter((sent) => sent.kind === 'deliver')
  }

  /** The bodies delivered so far, those delivered again marked with a star. */
  get bodies(): string[] {
    return this.deliveries.map(
      ({ message, redelivered }) => bodyOf(message) + (redelivered ? '*' : ''),
    )
  }

  /** The confirms so far: `+3` and `-4`, with `..` in front where multiple. */
  get confirms(): string[] {
    return this.sink.sent.flatMap((sent) => {
      if (sent.kind !== 'confirm' && sent.kind !== 'refuse') return []
      return [`${sent.multiple ? '..' : ''}${sent.kind === 'confirm' ? '+' : '-'}${sent.tag}`]
    })
  }
}

export interface ModelBrokerOptions {
  readonly memoryBytes?: number
  readonly limits?: Partial<BrokerLimits>
  readonly delays?: DelayStore
  readonly duplicates?: DuplicateStore
  readonly metadata?: MemoryMetadata
}

const details: ConnectionDetails = {
  name: 'test',
  peerHost: '127.0.0.1',
  peerPort: 1,
  host: '127.0.0.1',
  port: 2,
  mechanism: 'PLAIN',
  clientProperties: {},
  channelMax: 2047,
  frameMax: 131_072,
  heartbeatSeconds: 0,
  connectedAtMs: startMs,
}

export class ModelBroker {
  readonly clock: ManualClock = new ManualClock()
  readonly log: CountingLog
  readonly metadata: MemoryMetadata
  readonly delays: DelayStore
  readonly core: BrokerCore
  /** What the log does in a later turn: loads, notices of durability. */
  readonly later: (() => void)[] = []
  /** Reasons for which the broker has asked the server to close connections. */
  readonly closeReasons: string[] = []
  turnRequested = false
  #channels = 0

  constructor(options: ModelBrokerOptions = {}) {
    this.log = new CountingLog((task) => this.later.push(task))
    this.metadata = options.metadata ?? new MemoryMetadata()
    this.delays = options.delays ?? new MemoryDelays()
    this.core = new BrokerCore({
      nodeName: 'rabbit@model',
      log: this.log,
      metadata: this.metadata,
      delays: this.delays,
      duplicates: options.duplicates ?? new MemoryDuplicates(),
      clock: this.clock,
      random: new SeededRandom(),
      hasher: fakeHasher,
      limits: { ...defaultLimits, ...options.limits },
      memoryBytes: options.memoryBytes ?? 1 << 30,
      requestTurn: () => {
        this.turnRequested = true
      },
    })
    // It would wake the clock once a second, and a test may let years pass.
    this.core.stop()
    if (this.core.restore()) return
    this.core.addVhost('/')
    this.addUser('guest')
  }

  addUser(name: string, patterns = { configure: '.*', write: '.*', read: '.*' }): void {
    this.core.access.putUser({ name, password: fakeHasher.hash(name), tags: [], limits: {} })
    this.core.access.setPermissions(name, '/', patterns)
  }

  connect(user = 'guest', vhost = '/'): BrokerConnection {
    const control = {
      close: (reason: string) => this.closeReasons.push(reason),
      traffic: () => ({
        receivedBytes: 0,
        sentBytes: 0,
        receivedCount: 0,
        sentCount: 0,
        pendingBytes: 0,
        state: 'running',
      }),
    }
    return this.core.connect({ user, vhost }, details, control)
  }

  open(connection: BrokerConnection = this.connect()): TestChannel {
    this.#channels += 1
    const sink = new RecordingSink()
    return new TestChannel(connection.openChannel(this.#channels, sink), sink, this)
  }

  queueNamed(name: string): Queue {
    return this.core.vhost('/')!.topology.queues.get(name)!
  }

  has(name: string): boolean {
    return this.core.vhost('/')!.topology.queues.has(name)
  }

  /** Ends the turn. */
  turn(): void {
    this.turnRequested = false
    this.core.endTurn()
  }

  /** Lets the oldest thing that the log does later happen, in a turn of its own. */
  arrive(): boolean {
    const task = this.later.shift()
    if (task === undefined) return false
    task()
    if (this.turnRequested) this.turn()
    return true
  }

  /** Ends the turn, and lets everything happen that was to happen later. */
  settle(): void {
    this.turn()
    while (this.arrive()) {
      // Whatever arrives may ask for more.
    }
  }

  /** Lets time pass; whatever is due happens at its time, in a turn of its own. */
  advance(ms: number): void {
    const untilMs = this.clock.nowMs + ms
    for (let task = this.clock.next(untilMs); task !== null; task = this.clock.next(untilMs)) {
      task()
      if (this.turnRequested) this.settle()
    }
  }
}
