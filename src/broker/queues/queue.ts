// A queue: lanes of messages on one side, consumers on the other, and the rules between them
// (time to live, length limits, dead-lettering, delivery limit). It works in turns: `enqueue`
// only stores, `dispatch` runs once at the end of a turn for each queue that was touched.

import type { FieldTable } from '../../protocol/amqp/field-table.ts'
import { skimPriority } from '../../protocol/amqp/properties.ts'
import type { Duplicates } from '../duplicates/duplicates.ts'
import type { MemoryBudget } from '../memory-budget.ts'
import { type Message, nowhere } from '../message.ts'
import type { Clock, MessageLog, Timer } from '../ports.ts'
import { BurialSlice } from './burial-slice.ts'
import { ConsumerLine } from './consumer-line.ts'
import type { QueueEntry } from './entry.ts'
import { Lane } from './lane.ts'
import { Pace } from './pace.ts'
import { passOn } from './pass-on.ts'
import { openQueueDuplicates, type QueueDuplicates } from './queue-duplicates.ts'
import type { QueueOptions } from './queue-options.ts'
import { QueueStatistics } from './queue-statistics.ts'
import type { Receiver } from './receiver.ts'
import { retryDelayMs } from './retry.ts'
import { RetryShelf } from './retry-shelf.ts'
import type { QueueSettings } from './settings.ts'

export type DeathReason = 'rejected' | 'expired' | 'maxlen' | 'delivery_limit'

/** What a queue needs from the virtual host around it. */
export interface QueueHost {
  readonly log: MessageLog
  readonly budget: MemoryBudget
  readonly clock: Clock
  readonly duplicates: Duplicates
  /** The time of the current turn, milliseconds since the epoch. */
  readonly nowMs: number
  /** Has `dispatch` called at the end of the turn. */
  markDirty(queue: Queue): void
  /** Publishes a dead message to the queue's dead letter exchange, or drops it if it has none. */
  deadLetter(queue: Queue, message: Message, reason: DeathReason): void
  /** Deletes the queue: its time to live has passed, or its last consumer left (auto-delete). */
  expireQueue(queue: Queue): void
}

export class Queue {
  readonly kind = 'queue'
  readonly id: number
  readonly name: string
  readonly vhost: string
  readonly durable: boolean
  readonly autoDelete: boolean
  readonly owner: object | null
  readonly arguments: FieldTable
  settings: QueueSettings
  /** Whether messages survive a restart here. An exclusive queue never outlives its connection. */
  readonly stored: boolean
  readonly statistics: QueueStatistics = new QueueStatistics()
  readonly consumers: ConsumerLine
  /** Kept by the host: whether `dispatch` is due. */
  dirty = false
  deleted = false
  /** Slows publishers down that send without end. */
  readonly pace: Pace = new Pace(this)
  readyCount = 0
  readyBytes = 0
  unackedCount = 0
  unackedBytes = 0
  lastUsedMs: number
  readonly #host: QueueHost
  readonly #lanes: Lane[] = []
  /** With x-message-deduplication: the keys of what is in the queue. */
  readonly #duplicates: QueueDuplicates | null
  /** Requests of basic.get that wait for a message to be loaded. */
  #waitingGets: ((entry: QueueEntry | null) => void)[] = []
  /** Whether a message with its own expiration has been seen. */
  #expiring: boolean
  #expiryTimer: Timer | null = null
  #unusedTimer: Timer | null = null
  /** What came back and waits before it is delivered again. */
  readonly #shelf: RetryShelf
  readonly #slice: BurialSlice

  constructor(options: QueueOptions, host: QueueHost) {
    this.id = options.id
    this.name = options.name
    this.vhost = options.vhost
    this.durable = options.durable
    this.autoDelete = options.autoDelete
    this.owner = options.owner
    this.arguments = options.arguments
    this.settings = options.settings
    this.stored = options.durable && options.owner === null
    this.consumers = new ConsumerLine(options.settings.singleActiveConsumer)
    this.lastUsedMs = host.nowMs
    this.#host = host
    const duplicates = openQueueDuplicates(this, host.duplicates)
    this.#duplicates = duplicates
    const wake = (): void => {
      if (!this.dirty && !this.deleted) host.markDirty(this)
    }
    this.#shelf = new RetryShelf(host, wake)
    this.#slice = new BurialSlice(host.clock, wake)
    const context = {
      log: host.log,
      budget: host.budget,
      loaded: () => this.#loaded(),
      ...(duplicates === null ? {} : { forgotten: (entry: QueueEntry) => duplicates.left(entry) }),
    }
    for (let index = 0; index <= options.settings.priorityMax; index += 1) {
      const lane = new Lane(options.id * 256 + index, index, this.stored, context)
      this.#lanes.push(lane)
    }
    this.#recount()
    // What was recovered may carry expirations that nobody has looked at.
    this.#expiring = this.readyCount > 0
    if (this.readyCount > 0) host.markDirty(this)
    else this.#duplicates?.clear()
    this.#watchUse()
  }

  get messageCount(): number {
    return this.readyCount + this.unackedCount + this.#shelf.count
  }

  /** How many wait before they are delivered again. */
  get delayedCount(): number {
    return this.#shelf.count
  }

  get exclusive(): boolean {
    return this.owner !== null
  }

  /** The lane that the message belongs to, by its priority. */
  laneFor(message: Message): Lane {
    if (this.#lanes.length === 1) return this.#lanes[0]!
    const priority = skimPriority(message.header, message.headerStart, message.headerEnd)
    return this.#lanes[Math.min(priority, this.#lanes.length - 1)]!
  }

  /** Whether a publish has to be refused: overflow is reject-publish and no consumer makes room. */
  refuses(message: Message): boolean {
    if (this.settings.overflow === 'drop-head' || !this.#over(1, message.bodyBytes)) return false
    if (this.consumers.anyReady) this.dispatch()
    return this.#over(1, message.bodyBytes)
  }

  /** Whether the queue deduplicates, and holds a message with the same key. */
  repeats(message: Message): boolean {
    return this.#duplicates?.repeats(message, this.#host.nowMs) ?? false
  }

  enqueue(message: Message): void {
    const stored = this.stored && message.persistent
    const lane = this.laneFor(message)
    if (this.#duplicates !== null) {
      const place = { lane: lane.index, sequence: lane.sequence }
      this.#duplicates.entered(message, place, this.#host.nowMs)
    }
    lane.push(message, stored ? message.position : nowhere)
    this.readyCount += 1
    this.readyBytes += message.bodyBytes
    this.statistics.published += 1
    if (message.expires) this.#expiring = true
    if (!this.dirty) this.#host.markDirty(this)
  }

  /** Hands messages to consumers in turn while there are both; then expires and enforces limits. */
  dispatch(): void {
    this.#slice.begin()
    if (this.#shelf.count > 0) this.#collectDue()
    this.#serveGets()
    const expiring = this.#expires
    // Nothing may be delivered that should have expired before.
    let fresh = !expiring || this.#expireHead(this.#host.nowMs - 1)
    while (fresh && this.readyCount > 0) {
      const passed = expiring ? null : passOn(this, this.#lanes)
      if (passed === true) continue
      if (passed === false) break
      const lane = this.#headLane()
      if (lane === null) break
      const receiver = this.consumers.take()
      if (receiver === null) break
      const entry = this.#shift(lane)
      this.#handOver(receiver, entry, lane)
      if (receiver.ready) this.consumers.enroll(receiver)
      if (expiring) fresh = this.#expireHead(this.#host.nowMs - 1)
    }
    if (expiring) this.#expireHead(this.#host.nowMs)
    // [RMQ: what comes back to a queue that refuses publishes stays, even above the limit]
    if (this.settings.overflow === 'drop-head' && this.#over(0, 0)) {
      this.#dropHead()
      // What has become the head may be late already.
      if (expiring) this.#expireHead(this.#host.nowMs)
    }
    if (expiring) this.#watchHead()
    this.pace.judge()
  }

  /** basic.get: calls `done` at once, or in a later turn when the message has to be loaded first. */
  get(done: (entry: QueueEntry | null) => void): void {
    this.touch()
    this.#waitingGets.push(done)
    this.#serveGets()
    // Another message has become the head, and may expire before the old one would have.
    if (this.#expires && !this.dirty) this.#host.markDirty(this)
  }

  /** The message has been acknowledged, or rejected without a requeue. */
  settle(entry: QueueEntry): void {
    this.unackedCount -= 1
    this.unackedBytes -= entry.bodyBytes
    this.#lanes[entry.lane]!.forget(entry)
  }

  /** Rejected without requeue: the message dies here and may live on elsewhere. */
  reject(entry: QueueEntry): void {
    this.unackedCount -= 1
    this.unackedBytes -= entry.bodyBytes
    if (this.deleted) this.#lanes[entry.lane]!.forget(entry)
    else this.#bury(entry, 'rejected')
  }

  /**
   * Puts entries back in their places, at once or after a while; each return counts as an attempt.
   * `failed`: they were rejected or their consumer is gone, not merely given back.
   */
  requeue(entries: readonly QueueEntry[], failed = true): void {
    if (this.deleted) {
      for (const entry of entries) this.settle(entry)
      return
    }
    const kept: QueueEntry[] = []
    for (const entry of entries) {
      this.unackedCount -= 1
      this.unackedBytes -= entry.bodyBytes
      entry.redelivered = true
      entry.deliveryCount += 1
      const limit = this.settings.deliveryLimit
      if (limit !== null && entry.deliveryCount > limit) {
        this.#bury(entry, 'delivery_limit')
        continue
      }
      if (entry.position !== nowhere) this.#lanes[entry.lane]!.log.returned(entry)
      const delayMs = retryDelayMs(this.settings.retry, entry.deliveryCount, failed)
      if (delayMs > 0) {
        this.#shelf.add(entry, delayMs)
        continue
      }
      this.readyCount += 1
      this.readyBytes += entry.bodyBytes
      kept.push(entry)
    }
    this.#putBack(kept)
    if (!this.dirty) this.#host.markDirty(this)
  }

  #putBack(entries: QueueEntry[]): void {
    for (const lane of this.#lanes) {
      const own = this.#lanes.length === 1 ? entries : entries.filter((e) => e.lane === lane.index)
      if (own.length > 0) lane.requeue(own.sort((a, b) => a.sequence - b.sequence))
    }
  }

  /** Puts back what has waited long enough. */
  #collectDue(): void {
    const due = this.#shelf.takeDue()
    for (const entry of due) this.readyBytes += entry.bodyBytes
    this.readyCount += due.length
    this.#putBack(due)
  }

  purge(): number {
    const purged = this.readyCount + this.#shelf.count
    this.#emptyShelf()
    for (const lane of this.#lanes) lane.purge()
    this.#duplicates?.clear()
    this.readyCount = 0
    this.readyBytes = 0
    for (const done of this.#waitingGets.splice(0)) done(null)
    return purged
  }

  #emptyShelf(): void {
    for (const entry of this.#shelf.takeAll()) this.#lanes[entry.lane]!.forget(entry)
  }

  addConsumer(receiver: Receiver): void {
    this.consumers.add(receiver)
    this.touch()
    if (!this.dirty) this.#host.markDirty(this)
  }

  /** Returns to the line a consumer that has credit again. */
  resume(receiver: Receiver): void {
    this.consumers.enroll(receiver)
    if (this.readyCount > 0 && !this.dirty && !this.deleted) this.#host.markDirty(this)
  }

  removeConsumer(receiver: Receiver): void {
    this.consumers.remove(receiver)
    this.touch()
    if (this.deleted) return
    if (this.autoDelete && this.consumers.count === 0) this.#host.expireQueue(this)
    else if (this.readyCount > 0 && !this.dirty) this.#host.markDirty(this)
  }

  /** Marks the queue used now, for `x-expires`. */
  touch(): void {
    this.lastUsedMs = this.#host.nowMs
    this.#watchUse()
  }

  /** Applies settings that a policy has changed. */
  reconfigure(settings: QueueSettings): void {
    this.settings = settings
    this.#watchUse()
    if (!this.dirty) this.#host.markDirty(this)
  }

  /** Ends the queue: its consumers are told, its messages are gone. The host has unlinked it. */
  delete(): void {
    this.deleted = true
    this.#expiryTimer?.cancel()
    this.#unusedTimer?.cancel()
    for (const receiver of [...this.consumers.all]) receiver.cancelledByBroker()
    for (const lane of this.#lanes) lane.drop()
    this.#emptyShelf()
    this.#duplicates?.clear()
    for (const done of this.#waitingGets.splice(0)) done(null)
    this.readyCount = 0
    this.readyBytes = 0
  }

  /** Waiting entries that are in memory, by priority and order: for looking, not taking. */
  *waiting(): Generator<QueueEntry> {
    for (let i = this.#lanes.length - 1; i >= 0; i -= 1) yield* this.#lanes[i]!.waiting()
  }

  /** Moves messages that stay out of the chunks they came in. */
  unpin(keep: { take(bytes: number): Buffer }, beforeMs: number): void {
    for (const lane of this.#lanes) lane.unpin(keep, beforeMs)
  }

  /** Removes some of the waiting messages that are in memory; returns how many were still there. */
  discard(entries: ReadonlySet<QueueEntry>): number {
    const removed = this.#lanes.flatMap((lane) => lane.discard(entries))
    this.readyCount -= removed.length
    for (const { bodyBytes } of removed) this.readyBytes -= bodyBytes
    // Another message may have become the head, and expire earlier.
    if (!this.dirty) this.#host.markDirty(this)
    return removed.length
  }

  get inMemoryCount(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.inMemoryCount, 0)
  }

  /** The lane of highest priority whose head is in memory; null when there is nothing to take yet. */
  #headLane(): Lane | null {
    for (let i = this.#lanes.length - 1; i >= 0; i -= 1) {
      const lane = this.#lanes[i]!
      // A lane that is being loaded holds back the lower ones: priority comes before speed.
      if (lane.count > 0) return lane.peek() === null ? null : lane
    }
    return null
  }

  #shift(lane: Lane): QueueEntry {
    const entry = lane.shift()
    this.readyCount -= 1
    this.readyBytes -= entry.bodyBytes
    return entry
  }

  #handOver(receiver: Receiver, entry: QueueEntry, lane: Lane): void {
    if (entry.redelivered) this.statistics.redelivered += 1
    if (receiver.noAck) {
      this.statistics.deliveredNoAck += 1
      receiver.deliver(entry)
      lane.forget(entry)
      entry.message!.spent()
      return
    }
    this.statistics.delivered += 1
    this.#markUnacked(entry, lane)
    receiver.deliver(entry)
    if (this.#host.budget.exceeded) lane.unload(entry)
  }

  #markUnacked(entry: QueueEntry, lane: Lane): void {
    this.unackedCount += 1
    this.unackedBytes += entry.bodyBytes
    if (entry.position !== nowhere) lane.log.delivered(entry.sequence)
  }

  #serveGets(): void {
    while (this.#waitingGets.length > 0) {
      if (this.#expires && !this.#expireHead(this.#host.nowMs)) return
      const lane = this.#headLane()
      if (lane === null && this.readyCount > 0) return
      const done = this.#waitingGets.shift()!
      if (lane === null) {
        done(null)
        continue
      }
      const entry = this.#shift(lane)
      this.#markUnacked(entry, lane)
      done(entry)
    }
  }

  /** Loads have arrived; some of what was waiting may have turned out to be damaged. */
  #loaded(): void {
    this.#recount()
    if (!this.dirty) this.#host.markDirty(this)
  }

  #recount(): void {
    this.readyCount = 0
    this.readyBytes = 0
    for (const lane of this.#lanes) {
      this.readyCount += lane.count
      this.readyBytes += lane.bodyBytes
    }
  }

  #over(extraCount: number, extraBytes: number): boolean {
    const { lengthMax, lengthBytesMax } = this.settings
    if (lengthMax !== null && this.readyCount + extraCount > lengthMax) return true
    return lengthBytesMax !== null && this.readyBytes + extraBytes > lengthBytesMax
  }

  #dropHead(): void {
    while (this.readyCount > 0 && this.#over(0, 0)) {
      const lane = this.#headLane()
      if (lane === null || !this.#slice.take()) return
      this.#bury(this.#shift(lane), 'maxlen')
    }
  }

  /** The entry dies in this queue; its message goes where the queue sends its dead. */
  #bury(entry: QueueEntry, reason: DeathReason): void {
    const isSent = this.settings.deadLetterExchange !== null
    if (isSent) this.#lanes[entry.lane]!.whenLoaded(entry, () => this.#end(entry, reason))
    else this.#end(entry, reason)
  }

  #end(entry: QueueEntry, reason: DeathReason): void {
    const { message } = entry
    if (message !== null && !this.deleted) this.#host.deadLetter(this, message, reason)
    this.#lanes[entry.lane]!.forget(entry)
  }

  /** Removes the heads whose time to live ended at or before `untilMs`; false: not all of them yet. */
  #expireHead(untilMs: number): boolean {
    for (const lane of this.#lanes) {
      while (lane.count > 0) {
        const entry = lane.peek()
        if (entry === null || this.#expiresAtMs(entry) > untilMs) break
        if (!this.#slice.take()) return false
        this.#bury(this.#shift(lane), 'expired')
      }
    }
    return true
  }

  /** Whether anything here may have a time to live. */
  get #expires(): boolean {
    return this.#expiring || this.settings.messageTtlMs !== null
  }

  #expiresAtMs(entry: QueueEntry): number {
    return entry.message!.expiresAtMs(this.settings.messageTtlMs ?? Number.POSITIVE_INFINITY)
  }

  /** Wakes the queue when its head expires. */
  #watchHead(): void {
    this.#expiryTimer?.cancel()
    this.#expiryTimer = null
    let nextMs = Number.POSITIVE_INFINITY
    for (const lane of this.#lanes) {
      const entry = lane.count > 0 ? lane.peek() : null
      if (entry !== null) nextMs = Math.min(nextMs, this.#expiresAtMs(entry))
    }
    if (nextMs === Number.POSITIVE_INFINITY) return
    this.#expiryTimer = this.#host.clock.after(Math.max(0, nextMs - this.#host.nowMs), () => {
      this.#expiryTimer = null
      if (!this.dirty && !this.deleted) this.#host.markDirty(this)
    })
  }

  /** Deletes the queue when it stays without consumers, gets and declarations for `x-expires`. */
  #watchUse(): void {
    this.#unusedTimer?.cancel()
    this.#unusedTimer = null
    const { expiresMs } = this.settings
    if (expiresMs === null || this.consumers.count > 0 || this.deleted) return
    this.#unusedTimer = this.#host.clock.after(expiresMs, () => this.#host.expireQueue(this))
  }
}
