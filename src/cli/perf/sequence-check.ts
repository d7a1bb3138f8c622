// Whether the messages of each producer arrive complete and in order at one consumer, queue by queue.
// Several consumers of a queue need one of these each: only their own order is promised.
import type { Counters } from './stats.ts'

export type SequenceRange = { first: number; last: number }

export class SequenceCheck {
  readonly #counters: Counters
  readonly #step: (producer: number) => number
  readonly #last = new Map<number, number>()
  readonly range: SequenceRange = { first: -1, last: -1 }

  /** `step` tells how much a producer's numbers grow within one queue, 0 where nobody can know. */
  constructor(counters: Counters, step: (producer: number) => number) {
    this.#counters = counters
    this.#step = step
  }

  note(source: { readonly producer: number; readonly queue: number }, sequence: number): void {
    const key = source.queue * 65_536 + source.producer
    const last = this.#last.get(key)
    if (last === undefined) {
      if (this.range.first < 0 || sequence < this.range.first) this.range.first = sequence
    } else if (sequence <= last) {
      this.#counters.outOfOrder += 1
      return
    } else {
      const step = this.#step(source.producer)
      if (step > 0) this.#counters.missing += Math.round((sequence - last) / step) - 1
    }
    this.#last.set(key, sequence)
    if (sequence > this.range.last) this.range.last = sequence
  }
}
