// Entries of a queue that wait before they are delivered again, by due time. They keep their places:
// when they are due they go back to where they were. The log has them as returned, so that after a
// restart they are there at once: the delay is lost then, not the message.

import { Heap } from '../../base/heap.ts'
import type { MemoryBudget } from '../memory-budget.ts'
import { nowhere } from '../message.ts'
import type { Clock, Timer } from '../ports.ts'
import type { QueueEntry } from './entry.ts'

interface Shelved {
  readonly entry: QueueEntry
  readonly dueMs: number
}

/** Entries that may wait at once, about 20 MB of them; one more sends the first back early. */
const shelvedMax = 200_000

/** What stays must not hold the chunk in which it came. */
const ownMemory = { take: (bytes: number): Buffer => Buffer.allocUnsafeSlow(bytes) }

export interface ShelfHost {
  readonly budget: MemoryBudget
  readonly clock: Clock
  readonly nowMs: number
}

export class RetryShelf {
  readonly #host: ShelfHost
  /** Called when something is due. */
  readonly #wake: () => void
  #timer: Timer | null = null
  readonly #heap = new Heap<Shelved>(
    (a, b) => a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.entry.sequence < b.entry.sequence),
  )

  constructor(host: ShelfHost, wake: () => void) {
    this.#host = host
    this.#wake = wake
  }

  get count(): number {
    return this.#heap.size
  }

  add(entry: QueueEntry, delayMs: number): void {
    const { message } = entry
    const { budget, nowMs } = this.#host
    if (message !== null && entry.position !== nowhere && budget.exceeded) {
      // The log has it: it is loaded again when its turn comes.
      budget.release(message)
      entry.message = null
    } else message?.unpin(ownMemory)
    this.#heap.push({ entry, dueMs: nowMs + delayMs })
  }

  /** Takes what is due, and what is too much; wakes the queue when the next is. */
  takeDue(): QueueEntry[] {
    const { clock, nowMs } = this.#host
    const taken = this.#takeUntil(nowMs)
    this.#timer?.cancel()
    this.#timer = null
    const next = this.#heap.peek()
    if (next === undefined) return taken
    this.#timer = clock.after(next.dueMs - nowMs, () => {
      this.#timer = null
      this.#wake()
    })
    return taken
  }

  takeAll(): QueueEntry[] {
    this.#timer?.cancel()
    this.#timer = null
    return this.#takeUntil(Number.POSITIVE_INFINITY)
  }

  #takeUntil(untilMs: number): QueueEntry[] {
    const taken: QueueEntry[] = []
    for (let next = this.#heap.peek(); next !== undefined; next = this.#heap.peek()) {
      if (next.dueMs > untilMs && this.#heap.size <= shelvedMax) break
      this.#heap.pop()
      taken.push(next.entry)
    }
    return taken
  }
}
