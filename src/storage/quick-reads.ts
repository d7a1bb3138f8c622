// Whether a read may be waited for in the main thread. What the system still has in memory comes in
// some 20 µs, sooner than another thread is woken and has woken this one; what it has to fetch from
// the disk does not, and is read beside.

/** A read that took longer, in milliseconds, came from the disk. */
const slowMs = 1
/** So many reads go beside then, before it is tried again. */
const readsBeside = 256

export class QuickReads {
  readonly #nowMs: () => number
  #beside = 0

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
      if (this.#nowMs() - beganMs > slowMs) this.#beside = readsBeside
    }
  }
}
