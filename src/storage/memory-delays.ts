// Delayed messages in memory, gone with the process: a binary heap by due time, and a map to find
// what is cancelled. For brokers without a data directory.

import { Heap } from '../base/heap.ts'
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
  readonly #heap = new Heap<Entry>(comesBefore)
  /** All that can still be taken; the heap may hold others, which are dropped at its head. */
  readonly #waiting = new Map<number, Entry>()
  #nextId = 1
  #gate: { open: boolean } | null = null

  get gate(): Gate | null {
    return this.#gate
  }

  get nextDueMs(): number {
    this.#dropHead()
    return this.#heap.peek()?.dueMs ?? Number.POSITIVE_INFINITY
  }

  add(target: DelayTarget, message: Message, dueMs: number): number {
    const id = this.#nextId
    this.#nextId += 1
    const entry = { id, target, message, dueMs, addedMs: message.publishedAtMs }
    this.#waiting.set(id, entry)
    this.#heap.push(entry)
    this.#gate ??= { open: false }
    return id
  }

  take(untilMs: number, countMax: number, bytesMax: number): DueDelay[] {
    const taken: DueDelay[] = []
    let bytes = 0
    while (taken.length < countMax && bytes < bytesMax && this.nextDueMs <= untilMs) {
      const entry = this.#heap.pop()
      if (entry === undefined) break
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
    for (let first = this.#heap.peek(); first !== undefined; first = this.#heap.peek()) {
      if (this.#waiting.has(first.id)) return
      this.#heap.pop()
    }
  }
}

function comesBefore(a: Entry, b: Entry): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.id < b.id)
}
