// Who gets the next message: consumers in turn, those of higher priority first. A consumer without
// credit leaves the line and comes back to its end, as in RabbitMQ (rabbit_queue_consumers).

import { Deque } from '../../base/deque.ts'
import type { Receiver } from './receiver.ts'

interface Rank {
  readonly priority: number
  readonly line: Deque<Receiver>
}

/** How many may have left before the line is swept. */
const sweepAfter = 64

export class ConsumerLine {
  readonly #all: Receiver[] = []
  /** Sorted by falling priority; nearly always a single rank. */
  #ranks: Rank[] = []
  readonly #singleActive: boolean
  /** Receivers removed since the last sweep; some may still stand in line. */
  #removed = 0
  /** With single active consumer: the one that is served. */
  #active: Receiver | null = null

  constructor(singleActive: boolean) {
    this.#singleActive = singleActive
  }

  get count(): number {
    return this.#all.length
  }

  get all(): readonly Receiver[] {
    return this.#all
  }

  get active(): Receiver | null {
    return this.#active
  }

  get hasExclusive(): boolean {
    return this.#all.some((receiver) => receiver.exclusive)
  }

  isActive(receiver: Receiver): boolean {
    return !this.#singleActive || receiver === this.#active
  }

  add(receiver: Receiver): void {
    this.#all.push(receiver)
    if (this.#singleActive) this.#active ??= receiver
    this.enroll(receiver)
  }

  remove(receiver: Receiver): void {
    const index = this.#all.indexOf(receiver)
    if (index >= 0) this.#all.splice(index, 1)
    this.#removed += 1
    if (this.#removed > sweepAfter && this.#removed > this.#all.length) this.#sweep()
    if (receiver !== this.#active) return
    this.#active = this.#next()
    if (this.#active !== null) this.enroll(this.#active)
  }

  /** Puts a receiver that has credit again at the end of the line. */
  enroll(receiver: Receiver): void {
    if (receiver.enrolled || !receiver.attached || !this.isActive(receiver)) return
    receiver.enrolled = true
    this.#rank(receiver.priority).line.push(receiver)
  }

  /** Takes the receiver whose turn it is out of the line, or null when none can take a message. */
  take(): Receiver | null {
    for (const { line } of this.#ranks) {
      for (let receiver = line.shift(); receiver !== undefined; receiver = line.shift()) {
        receiver.enrolled = false
        if (receiver.attached && receiver.ready) return receiver
      }
    }
    return null
  }

  /** Whether anyone could take a message now; looks without changing the order. */
  get anyReady(): boolean {
    for (const { line } of this.#ranks) {
      for (let i = 0; i < line.length; i += 1) {
        const receiver = line.at(i)!
        if (receiver.attached && receiver.ready) return true
      }
    }
    return false
  }

  /** Where no message comes, nobody else notices who has left, nor that a rank has become empty. */
  #sweep(): void {
    for (const { line } of this.#ranks) {
      for (let left = line.length; left > 0; left -= 1) {
        const receiver = line.shift()!
        if (receiver.attached) line.push(receiver)
        else receiver.enrolled = false
      }
    }
    this.#ranks = this.#ranks.filter(({ line }) => line.length > 0)
    this.#removed = 0
  }

  #rank(priority: number): Rank {
    for (const rank of this.#ranks) if (rank.priority === priority) return rank
    const rank: Rank = { priority, line: new Deque<Receiver>() }
    this.#ranks = [...this.#ranks, rank].sort((a, b) => b.priority - a.priority)
    return rank
  }

  /** The next active consumer: the oldest among those of the highest priority. */
  #next(): Receiver | null {
    let best: Receiver | null = null
    for (const receiver of this.#all) {
      if (best === null || receiver.priority > best.priority) best = receiver
    }
    return best
  }
}
