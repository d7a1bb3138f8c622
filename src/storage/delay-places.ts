// Finds each delayed message a number of its own: by the span in which it is due, and in a span in the
// order in which they came.

import { firstIdOf, placesPerSpan, spanAt } from './delay-file.ts'

/** Spans that are remembered; the file knows the others. */
const rememberedMax = 32_768

export class DelayPlaces {
  readonly #lastInFile: (span: number) => number | null
  /** The last number given in a span. */
  readonly #last = new Map<number, number>()
  /** Spans without room, and where room was found. */
  readonly #full = new Map<number, number>()
  #start: number

  constructor(seed: number, lastInFile: (span: number) => number | null) {
    this.#start = seed
    this.#lastInFile = lastInFile
  }

  next(dueMs: number): number {
    const wanted = spanAt(dueMs)
    let span = this.#full.get(wanted) ?? wanted
    for (; ; span += 1) {
      const id = this.#nextIn(span)
      if (id >= firstIdOf(span + 1)) continue
      this.#last.set(span, id)
      if (span !== wanted) this.#full.set(wanted, span)
      return id
    }
  }

  /** All numbers given so far are in the file now. */
  written(): void {
    if (this.#last.size > rememberedMax) this.#last.clear()
    if (this.#full.size > rememberedMax) this.#full.clear()
  }

  #nextIn(span: number): number {
    const last = this.#last.get(span) ?? this.#lastInFile(span)
    if (last !== null) return last + 1
    // When all of a span is cancelled, what comes into it later could get the same numbers. It
    // begins elsewhere, so that a cancellation that comes late does not hit another message.
    this.#start = (this.#start * 31 + 1009) % (placesPerSpan / 2)
    return firstIdOf(span) + this.#start
  }
}
