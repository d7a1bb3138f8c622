// A queue with rules as one would explain it: time to live, length limits, priorities, a delivery
// limit, back-off between attempts, and where the dead go. Everything is an array that is kept sorted.

import assert from 'node:assert/strict'
import { type Item, ReferenceQueue } from './reference-broker.ts'

export interface Rules {
  readonly ttlMs: number | null
  readonly lengthMax: number | null
  readonly bytesMax: number | null
  readonly overflow: 'drop-head' | 'reject-publish' | 'reject-publish-dlx'
  readonly deliveryLimit: number | null
  readonly priorityMax: number
  readonly retry: Retry | null
}

/** How long what comes back has to wait: `minMs` longer each time, or `multiplier` times as long. */
export interface Retry {
  readonly type: 'all' | 'failed' | 'returned'
  readonly minMs: number
  readonly maxMs: number | null
  readonly multiplier: number | null
}

interface Shelved {
  readonly item: RuledItem
  readonly dueMs: number
}

export interface RuledItem extends Item {
  /** As published, and as far as the queue tells priorities apart. */
  readonly sent: number
  readonly priority: number
  readonly expiresAtMs: number
  returns: number
}

export interface Death {
  readonly body: string
  readonly queue: string
  readonly reason: string
}

/** Takes what has died. */
export type Bury = (death: Death, item: RuledItem) => void

export class RuledQueue extends ReferenceQueue {
  readonly rules: Rules
  declare ready: RuledItem[]
  /** What waits before it is delivered again. */
  shelved: Shelved[] = []
  readonly #now: () => number
  readonly #bury: Bury
  #next = 1

  constructor(name: string, rules: Rules, now: () => number, bury: Bury) {
    super(name, false)
    this.rules = rules
    this.#now = now
    this.#bury = bury
  }

  /** Whether the message has to be refused. */
  refuses(body: string): boolean {
    return this.rules.overflow !== 'drop-head' && this.#over(1, body.length)
  }

  accept(body: string, priority: number, ttlMs: number | null): RuledItem {
    const item = this.make(body, priority, ttlMs)
    this.ready.push(item)
    this.#sort()
    return item
  }

  make(body: string, priority: number, ttlMs: number | null): RuledItem {
    const own = ttlMs ?? Number.POSITIVE_INFINITY
    const expiresAtMs = this.#now() + Math.min(own, this.rules.ttlMs ?? Number.POSITIVE_INFINITY)
    const sequence = this.#next
    this.#next += 1
    const kept = Math.min(priority, this.rules.priorityMax)
    const item = { body, sequence, redelivered: false, expiresAtMs, returns: 0 }
    return { ...item, sent: priority, priority: kept }
  }

  override takeHead(body: string): RuledItem {
    this.#collect()
    // What is late goes before anything is delivered.
    this.expire(this.#now() - 1)
    return super.takeHead(body) as RuledItem
  }

  override putBack(item: RuledItem, failed: boolean): void {
    item.returns += 1
    const limit = this.rules.deliveryLimit
    if (limit !== null && item.returns > limit) {
      this.die(item, 'delivery_limit')
      return
    }
    item.redelivered = true
    const delayMs = this.#delayMs(item.returns, failed)
    if (delayMs > 0) this.shelved.push({ item, dueMs: this.#now() + delayMs })
    else this.ready.push(item)
    this.#sort()
  }

  #delayMs(attempt: number, failed: boolean): number {
    const { retry } = this.rules
    if (retry === null) return 0
    if (retry.type === 'failed' && !failed) return 0
    if (retry.type === 'returned' && failed) return 0
    let delayMs = retry.minMs
    for (let i = 1; i < attempt; i += 1) {
      delayMs = retry.multiplier === null ? delayMs + retry.minMs : delayMs * retry.multiplier
    }
    // The longest delay that there is, of 49 days.
    return Math.min(delayMs, retry.maxMs ?? 4_294_967_295)
  }

  /** Those that have waited long enough go back to their places. */
  #collect(): void {
    const nowMs = this.#now()
    this.ready.push(...this.shelved.filter(({ dueMs }) => dueMs <= nowMs).map(({ item }) => item))
    this.shelved = this.shelved.filter(({ dueMs }) => dueMs > nowMs)
    this.#sort()
  }

  override rejected(item: RuledItem): void {
    this.die(item, 'rejected')
  }

  die(item: RuledItem, reason: string): void {
    this.#bury({ body: item.body, queue: this.name, reason }, item)
  }

  /** When the next message expires, or has waited long enough. */
  get nextEventMs(): number {
    const expiries = this.#heads().map(({ expiresAtMs }) => expiresAtMs)
    return Math.min(...expiries, ...this.shelved.map(({ dueMs }) => dueMs))
  }

  expire(untilMs: number): void {
    for (let lane = 0; lane <= this.rules.priorityMax; lane += 1) {
      let head = this.ready.find(({ priority }) => priority === lane)
      while (head !== undefined && head.expiresAtMs <= untilMs) {
        this.ready.splice(this.ready.indexOf(head), 1)
        this.die(head, 'expired')
        head = this.ready.find(({ priority }) => priority === lane)
      }
    }
  }

  /** What is left to do when everything that can be delivered has been. */
  endTurn(): void {
    this.#collect()
    this.expire(this.#now() - 1)
    this.expire(this.#now())
    if (this.rules.overflow !== 'drop-head') return
    while (this.#over(0, 0)) {
      const head = this.ready.shift()
      assert.ok(head)
      this.die(head, 'maxlen')
    }
    this.expire(this.#now())
  }

  #heads(): RuledItem[] {
    return this.ready.filter(
      (item, i) => this.ready.findIndex(({ priority }) => priority === item.priority) === i,
    )
  }

  #over(count: number, bytes: number): boolean {
    const { lengthMax, bytesMax } = this.rules
    if (lengthMax !== null && this.ready.length + count > lengthMax) return true
    return bytesMax !== null && this.readyBytes + bytes > bytesMax
  }

  #sort(): void {
    this.ready.sort((a, b) => b.priority - a.priority || a.sequence - b.sequence)
  }
}
