// The last so many samples of some counters, in one flat array: what rates and charts are made of.
// Its size is fixed when it is made, so that an object's history costs what it costs from the start.

export interface Sample {
  readonly sample: number
  /** Milliseconds since the epoch. */
  readonly timestamp: number
}

export class SampleRing {
  readonly #columns: number
  readonly #capacity: number
  readonly #values: Float64Array
  readonly #times: Float64Array
  /** Samples ever taken; the newest is at (taken - 1) % capacity. */
  #taken = 0

  constructor(columns: number, capacity: number) {
    this.#columns = columns
    this.#capacity = capacity
    this.#values = new Float64Array(columns * capacity)
    this.#times = new Float64Array(capacity)
  }

  get length(): number {
    return Math.min(this.#taken, this.#capacity)
  }

  push(values: ArrayLike<number>, atMs: number): void {
    const slot = this.#taken % this.#capacity
    this.#values.set(values, slot * this.#columns)
    this.#times[slot] = atMs
    this.#taken += 1
  }

  clear(): void {
    this.#taken = 0
  }

  /** The counter's change per second between the last two samples. */
  rate(column: number): number {
    if (this.length < 2) return 0
    return this.#slope(column, 1, 0)
  }

  /** The change per second over the last `ageMs`. */
  averageRate(column: number, ageMs: number): number {
    const oldest = this.#oldestWithin(ageMs)
    return oldest < 1 ? 0 : this.#slope(column, oldest, 0)
  }

  /** Newest first, one for each `stepMs` of the last `ageMs`. */
  samples(column: number, ageMs: number, stepMs: number): Sample[] {
    const samples: Sample[] = []
    let dueMs = Number.POSITIVE_INFINITY
    for (let back = 0; back <= this.#oldestWithin(ageMs); back += 1) {
      const timestamp = this.#time(back)
      if (timestamp > dueMs) continue
      samples.push({ sample: this.#value(column, back), timestamp })
      // A tenth of a step of tolerance: timers are never on the dot.
      dueMs = timestamp - stepMs * 0.9
    }
    return samples
  }

  #slope(column: number, from: number, to: number): number {
    const elapsedMs = this.#time(to) - this.#time(from)
    if (elapsedMs <= 0) return 0
    return ((this.#value(column, to) - this.#value(column, from)) * 1000) / elapsedMs
  }

  #oldestWithin(ageMs: number): number {
    const sinceMs = this.#time(0) - ageMs
    let back = this.length - 1
    while (back > 0 && this.#time(back) < sinceMs) back -= 1
    return back
  }

  #slot(back: number): number {
    return (this.#taken - 1 - back + this.#capacity * 2) % this.#capacity
  }

  #value(column: number, back: number): number {
    return this.#values[this.#slot(back) * this.#columns + column] ?? 0
  }

  #time(back: number): number {
    return this.#times[this.#slot(back)] ?? 0
  }
}
