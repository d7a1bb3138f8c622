// Memory for frame writers, shared by all connections of a thread: each takes what is left of the
// last chunk and gives back what it did not use, so that an idle connection holds no memory and
// many small writes share one chunk. A chunk lives until the last piece of it has been written.

/** Large enough for some 500 small deliveries, small enough to be written by one system call. */
const chunkBytesDefault = 65_536
/** A rest below this is not worth keeping: it would end in many pieces. */
const restBytesMin = 2048

export class ChunkArena {
  readonly #chunkBytes: number
  #rest: Buffer | null = null

  constructor(chunkBytes: number = chunkBytesDefault) {
    this.#chunkBytes = chunkBytes
  }

  /** All of the memory is the taker's until it gives some back. */
  take(bytesMin: number): Buffer {
    const rest = this.#rest
    if (rest !== null && rest.length >= bytesMin) {
      this.#rest = null
      return rest
    }
    return Buffer.allocUnsafeSlow(Math.max(bytesMin, this.#chunkBytes))
  }

  giveBack(unused: Buffer): void {
    if (unused.length >= restBytesMin && unused.length > (this.#rest?.length ?? 0)) {
      this.#rest = unused
    }
  }
}
