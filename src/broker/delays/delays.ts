// The broker's side of delayed messages: parks them in the store, hands them over when their time has
// come, a bounded number in each turn, and removes them there once they are safe elsewhere. One
// timer, for the next one due.

import type { Gate } from '../gate.ts'
import type { Message } from '../message.ts'
import type { Clock, Timer } from '../ports.ts'
import { released } from './delay-header.ts'
import type { Cancellation, DelayFilter, DelayStore, DelayTarget, DueDelay } from './delay-store.ts'

/** What one turn hands over at most, so that a million due at once do not stop the broker. */
const releaseCountMax = 512
const releaseBytesMax = 4 << 20
/** Handed over but not yet safe in their queues; more wait in the store. */
const handedMax = 8192
/** The log may be blocked, as by a full disk, and what waits for it is held in memory. */
const handedBytesMax = 32 << 20
/** The wall clock may jump while a timer runs: it is looked at again after this long. */
const sleepMsMax = 600_000

export interface DelaysHost {
  readonly clock: Clock
  readonly nowMs: number
  readonly log: { readonly durablePosition: number }
  requestTurn(): void
  /** Routes a due message; returns the log position at which it is safe, 0 if there is none. */
  deliverDelayed(target: DelayTarget, message: Message): number
}

interface Handed {
  readonly position: number
  readonly bytes: number
  readonly ids: readonly number[]
}

interface Running {
  readonly cancellation: Cancellation
  readonly done: (count: number) => void
  count: number
}

export class Delays {
  readonly store: DelayStore
  readonly #host: DelaysHost
  #timer: Timer | null = null
  #timerDueMs = Number.POSITIVE_INFINITY
  #handed: Handed[] = []
  #handedCount = 0
  #handedBytes = 0
  #running: Running[] = []
  #changed = false
  /** Whether something parked in this turn is about to be removed from the log. */
  #moved = false

  constructor(store: DelayStore, host: DelaysHost) {
    this.store = store
    this.#host = host
    store.onDurable = () => host.requestTurn()
    this.#watch()
  }

  /** Opens when what this turn has parked is safe; null when it has parked nothing. */
  get gate(): Gate | null {
    return this.store.gate
  }

  /** `moved`: the message leaves a queue for this, and may not be lost in between. */
  park(target: DelayTarget, message: Message, delayMs: number, moved: boolean): void {
    this.store.add(target, message, this.#host.nowMs + delayMs)
    this.#changed = true
    if (moved && message.persistent) this.#moved = true
    this.#host.requestTurn()
  }

  /** Whether there was such a message and it was not on its way yet. */
  cancel(id: number, filter: DelayFilter): boolean {
    const found = this.store.cancel(id, filter)
    if (found) this.#watch()
    return found
  }

  /** Cancels all that match, over several turns; `done` gets their number. */
  cancelAll(filter: DelayFilter, done: (count: number) => void = () => undefined): void {
    this.#running.push({ cancellation: this.store.cancelAll(filter), done, count: 0 })
    this.#host.requestTurn()
  }

  /** Hands over what is due; at the beginning of a turn's end. */
  release(): void {
    if (this.#handed.length > 0) this.#forgetHanded()
    if (this.#running.length > 0) this.#cancelSome()
    const { store } = this
    if (store.nextDueMs === Number.POSITIVE_INFINITY) return
    const { nowMs } = this.#host
    if (store.nextDueMs > nowMs) {
      this.#watch()
      return
    }
    if (this.#handedCount >= handedMax || this.#handedBytes >= handedBytesMax) return
    const due = store.take(nowMs, releaseCountMax, releaseBytesMax)
    this.#handOver(due, nowMs)
    this.#changed = true
    // A store that cannot read now tells when it can.
    if (due.length > 0 && store.nextDueMs <= nowMs) this.#host.requestTurn()
  }

  /** Writes what the turn has changed, before the log's own frame. */
  commit(): void {
    if (!this.#changed) return
    this.#changed = false
    this.store.commit(this.#moved)
    this.#moved = false
    this.#watch()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = null
  }

  #handOver(due: readonly DueDelay[], nowMs: number): void {
    let [position, bytes] = [0, 0]
    for (const { target, message } of due) {
      bytes += message.bodyBytes
      const safe = this.#host.deliverDelayed(target, released(message, nowMs))
      position = Math.max(position, safe)
    }
    this.#handed.push({ position, bytes, ids: due.map(({ id }) => id) })
    this.#handedBytes += bytes
    this.#handedCount += due.length
    // Transient messages are as safe as they will ever be.
    if (position === 0) this.#host.requestTurn()
  }

  #forgetHanded(): void {
    const { durablePosition } = this.#host.log
    for (let first = this.#handed[0]; first !== undefined; first = this.#handed[0]) {
      if (first.position > durablePosition) return
      this.#handed.shift()
      this.#handedCount -= first.ids.length
      this.#handedBytes -= first.bytes
      this.store.remove(first.ids)
      this.#changed = true
    }
  }

  #cancelSome(): void {
    for (const running of [...this.#running]) {
      const count = running.cancellation.step()
      if (count >= 0) {
        running.count += count
        continue
      }
      this.#running = this.#running.filter((other) => other !== running)
      running.done(running.count)
    }
    this.#changed = true
    if (this.#running.length > 0) this.#host.requestTurn()
  }

  /** Wakes the broker when the next message is due. */
  #watch(): void {
    const dueMs = this.store.nextDueMs
    if (dueMs === this.#timerDueMs && this.#timer !== null) return
    this.#timer?.cancel()
    this.#timer = null
    this.#timerDueMs = dueMs
    if (dueMs === Number.POSITIVE_INFINITY) return
    const { clock } = this.#host
    const waitMs = Math.min(Math.max(0, dueMs - clock.now()), sleepMsMax)
    this.#timer = clock.after(waitMs, () => {
      this.#timer = null
      this.#host.requestTurn()
    })
  }
}
