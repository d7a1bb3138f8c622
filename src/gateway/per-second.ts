// How many in each of the last sixty seconds.

const seconds = 60

export class PerSecond {
  readonly #counts = new Uint32Array(seconds)
  /** The second that was counted last, since the epoch. */
  #second = 0

  add(nowMs: number): void {
    this.#advance(nowMs)
    const slot = this.#second % seconds
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1
  }

  /** The oldest first; the last one is the second under way. */
  list(nowMs: number): number[] {
    this.#advance(nowMs)
    return Array.from(
      { length: seconds },
      (_, index) => this.#counts[(this.#second + 1 + index) % seconds] ?? 0,
    )
  }

  #advance(nowMs: number): void {
    const second = Math.floor(nowMs / 1000)
    const passed = Math.min(seconds, second - this.#second)
    for (let i = 1; i <= passed; i += 1) this.#counts[(this.#second + i) % seconds] = 0
    if (passed === seconds) this.#counts.fill(0)
    if (second > this.#second) this.#second = second
  }
}
