// Memory for a connection's frames: little for one that says little, large pieces for one that
// streams, none for one that is idle.

const smallestBytes = 512
const largestBytes = 64 << 10

export class OutputMemory {
  #nextBytes = smallestBytes

  allocate(bytesMin: number): Buffer {
    const bytes = Math.max(bytesMin, this.#nextBytes)
    if (this.#nextBytes < largestBytes) this.#nextBytes *= 2
    return Buffer.allocUnsafe(bytes)
  }

  /** Called when a turn's frames have been taken, with what they left of the last piece. */
  release(unused: Buffer): void {
    // A turn that did not fill half of the next size begins the next one smaller.
    if (unused.length > this.#nextBytes >> 2 && this.#nextBytes > smallestBytes) {
      this.#nextBytes >>= 1
    }
  }
}
