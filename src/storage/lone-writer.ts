// Decides whether a sync may hold up the main thread. With one publisher that waits for each confirm
// the broker has nothing else to do meanwhile, and handing the sync to another thread and back costs a
// fifth of the whole round trip. Whether that is so is seen from syncs that do run beside it: no turn
// ended during any of the last ones. Every now and then one does, to see whether it still is.

/** Syncs in a row during which nothing happened. */
const calmMin = 8
/** Syncs that are waited for between two that are not. */
const stretch = 32
/** A disk that takes longer than this, in milliseconds, is not waited for again soon. */
const slowMs = 2
const slowPenalty = 256

export class LoneWriter {
  #calm = 0
  #waited = 0

  /** Whether the next sync may be waited for. */
  get mayWait(): boolean {
    return this.#calm >= calmMin
  }

  /** A sync beside the main thread has ended; so many turns ended meanwhile. */
  ran(turns: number): void {
    this.#waited = 0
    this.#calm = turns === 0 ? this.#calm + 1 : Math.min(this.#calm, 0)
  }

  /** A sync was waited for. */
  waited(milliseconds: number): void {
    this.#waited += 1
    if (milliseconds >= slowMs) this.#calm = -slowPenalty
    else if (this.#waited >= stretch) this.#calm = calmMin - 1
  }
}
