// Whether a read may be waited for in the main thread. What the system still has in memory comes in
// some 20 µs, sooner than another thread is woken and has woken this one; what it has to fetch from
// the disk does not, and is read beside.

/** A read that took longer, in milliseconds, came from the disk. */
const slowMs = 1
/**
 * So many reads go beside after the first slow one, and twice as many after each further one, before
 * it is tried again: the processor may merely have been taken away, but a slow disk stays slow.
 * Each quick one takes back one doubling.
 */
const besideMin = 8
const besideMax = 512

export class QuickReads {
  readonly #nowMs: () => number
  #beside = 0
  #besideNext = besideMin

  /** `nowMs`: a clock with fractions of milliseconds. */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs
  }

  /** Whether the next read may be waited for. */
  next(): boolean {
    if (this.#beside === 0) return true
    this.#beside -= 1
    return false
  }

  /** Runs a read and learns from how long it took. */
  run(read: () => number): number {
    const beganMs = this.#nowMs()
    try {
      return read()
    } finally {
      this.#learn(this.#nowMs() - beganMs > slowMs)
    }
  }

  #learn(slow: boolean): void {
    if (slow) {
      this.#beside = this.#besideNext
      this.#besideNext = Math.min(this.#besideNext * 2, besideMax)
    } else this.#besideNext = Math.max(this.#besideNext / 2, besideMin)
  }
}
