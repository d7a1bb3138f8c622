// What is due next: numbers and due times of the messages of the first spans, in the order in which
// they are due. Memory holds no more than a span that is loaded and what is added up to its end.

import { Heap } from '../base/heap.ts'
import { type DelayFile, firstIdOf, spanOf } from './delay-file.ts'

interface Near {
  readonly id: number
  readonly dueMs: number
  readonly bodyBytes: number
}

/** What has left, but not the file. */
interface Excluded {
  has(id: number): boolean
}

const beforeAll = -1

export class DelayFront {
  #heap = new Heap<Near>(comesBefore)
  /** Those of the heap that are still to be taken. */
  #ids = new Set<number>()
  /** All messages up to this span are in the heap, or gone. */
  #loadedTo = beforeAll

  /** A message that is not in the file yet. */
  add(near: Near): void {
    const span = spanOf(near.id)
    if (span < this.#loadedTo) this.#narrow(span)
    // Where nothing is loaded the file is asked, which has it by then.
    if (span <= this.#loadedTo) this.#push(near)
  }

  /** What is cancelled, or taken. */
  remove(id: number): void {
    this.#ids.delete(id)
  }

  /** When the first one is due; loads another span for it if that is needed. */
  nextDueMs(file: DelayFile, taken: Excluded): number {
    return this.#first(file, taken)?.dueMs ?? Number.POSITIVE_INFINITY
  }

  /** Takes the first one that is due by then. */
  shift(untilMs: number, file: DelayFile, taken: Excluded): Near | null {
    const first = this.#first(file, taken)
    if (first === null || first.dueMs > untilMs) return null
    this.#ids.delete(first.id)
    this.#heap.pop()
    return first
  }

  /** The file has changed otherwise. */
  clear(): void {
    this.#heap = new Heap<Near>(comesBefore)
    this.#ids = new Set()
    this.#loadedTo = beforeAll
  }

  #first(file: DelayFile, taken: Excluded): Near | null {
    for (;;) {
      for (let near = this.#heap.peek(); near !== undefined; near = this.#heap.peek()) {
        if (this.#ids.has(near.id)) return near
        this.#heap.pop()
      }
      const [next] = file.after(firstIdOf(this.#loadedTo + 1) - 1, 1)
      if (next === undefined) return null
      const span = spanOf(Number(next.id))
      for (const row of file.inSpan(span)) {
        const id = Number(row.id)
        if (taken.has(id)) continue
        this.#push({ id, dueMs: Number(row.due), bodyBytes: Number(row.body_bytes) })
      }
      this.#loadedTo = span
    }
  }

  #push(near: Near): void {
    this.#heap.push(near)
    this.#ids.add(near.id)
  }

  /** Forgets the spans after this one: they are loaded again when their time comes. */
  #narrow(span: number): void {
    const kept: Near[] = []
    for (let near = this.#heap.pop(); near !== undefined; near = this.#heap.pop()) {
      if (this.#ids.has(near.id) && spanOf(near.id) <= span) kept.push(near)
    }
    this.clear()
    for (const near of kept) this.#push(near)
    this.#loadedTo = span
  }
}

function comesBefore(a: Near, b: Near): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.id < b.id)
}
