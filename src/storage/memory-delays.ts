// Delayed messages in memory, gone with the process: a binary heap by due time, and a map to find
// what is cancelled. For brokers without a data directory.

import {
  type Cancellation,
  type DelayFilter,
  type DelayStore,
  type DelayTarget,
  type DueDelay,
  type ListedDelay,
  matchesDelay,
} from '../broker/delays/delay-store.ts'
import type { Gate } from '../broker/gate.ts'
import type { Message } from '../broker/message.ts'

interface Entry extends DueDelay {
  readonly addedMs: number
}

/** Entries that one step of a cancellation looks at. */
const stepCount = 10_000

export class MemoryDelays implements DelayStore {
  onDurable: (() => void) | null = null
  onBlocked: ((reason: string | null) => void) | null = null
  readonly #heap: Entry[] = []
  /** All that can still be taken; the heap may hold others, which are dropped at its head. */
  readonly #waiting = new Map<number, Entry>()
  #nextId = 1
  #gate: { open: boolean } | null = null

  get gate(): Gate | null {
    return this.#gate
  }

  get nextDueMs(): number {
    this.#dropHead()
    return this.#heap[0]?.dueMs ?? Number.POSITIVE_INFINITY
  }

  add(target: DelayTarget, message: Message, dueMs: number): number {
    const id = this.#nextId
    this.#nextId += 1
    const entry = { id, target, message, dueMs, addedMs: message.publishedAtMs }
    this.#waiting.set(id, entry)
    this.#push(entry)
    this.#gate ??= { open: false }
    return id
  }

  take(untilMs: number, countMax: number, bytesMax: number): DueDelay[] {
    const taken: DueDelay[] = []
    let bytes = 0
    while (taken.length < countMax && bytes < bytesMax && this.nextDueMs <= untilMs) {
      const entry = this.#pop()
      this.#waiting.delete(entry.id)
      bytes += entry.message.bodyBytes
      taken.push(entry)
    }
    return taken
  }

  remove(_ids: readonly number[]): void {}

  find(id: number): DelayTarget | null {
    return this.#waiting.get(id)?.target ?? null
  }

  cancel(id: number, filter: DelayFilter): boolean {
    const entry = this.#waiting.get(id)
    if (entry === undefined || !matchesDelay(filter, entry.target)) return false
    return this.#waiting.delete(id)
  }

  cancelAll(filter: DelayFilter): Cancellation {
    const entries = [...this.#waiting.values()]
    let at = 0
    return {
      filter,
      step: () => {
        if (at >= entries.length) return -1
        let count = 0
        for (const end = Math.min(at + stepCount, entries.length); at < end; at += 1) {
          if (this.cancel(entries[at]!.id, filter)) count += 1
        }
        return count
      },
    }
  }

  count(filter: DelayFilter): number {
    let count = 0
    for (const { target } of this.#waiting.values()) if (matchesDelay(filter, target)) count += 1
    return count
  }

  list(filter: DelayFilter, offset: number, countMax: number): ListedDelay[] {
    return [...this.#waiting.values()]
      .filter(({ target }) => matchesDelay(filter, target))
      .sort((a, b) => a.dueMs - b.dueMs || a.id - b.id)
      .slice(offset, offset + countMax)
      .map((entry) => ({ ...entry, bodyBytes: entry.message.bodyBytes }))
  }

  commit(_synced: boolean): void {
    if (this.#gate === null) return
    this.#gate.open = true
    this.#gate = null
  }

  #dropHead(): void {
    while (this.#heap.length > 0 && !this.#waiting.has(this.#heap[0]!.id)) this.#pop()
  }

  #push(entry: Entry): void {
    const heap = this.#heap
    let at = heap.push(entry) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!comesBefore(entry, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = entry
  }

  #pop(): Entry {
    const heap = this.#heap
    const first = heap[0]!
    const last = heap.pop()!
    if (heap.length === 0) return first
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && comesBefore(heap[child + 1]!, heap[child]!)) child += 1
      if (!comesBefore(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return first
  }
}

function comesBefore(a: Entry, b: Entry): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.id < b.id)
}
