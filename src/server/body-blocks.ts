// Blocks of memory that long bodies are read into, used again so that they stay warm: reading into new
// memory costs twice as much, and the collector would mark the heap for each dozen MB of it.

import type { BlockOwner } from '../protocol/amqp/long-body.ts'

const smallestBytes = 256 << 10
export const largestBlockBytes: number = 1 << 20
/** What is kept for the next bodies; the rest is freed at once. */
const keptBytesMax = 12 << 20

export class BodyBlocks implements BlockOwner {
  readonly #kept: ArrayBuffer[] = []
  #keptBytes = 0
  readonly #allocated: (bytes: number) => void

  /** `allocated` is told of memory that is new. */
  constructor(allocated: (bytes: number) => void) {
    this.#allocated = allocated
  }

  get keptBytes(): number {
    return this.#keptBytes
  }

  /** At least so many bytes, which may be at most those of the largest block. */
  take(bytes: number): ArrayBuffer {
    let size = smallestBytes
    while (size < bytes) size *= 2
    for (let i = this.#kept.length - 1; i >= 0; i -= 1) {
      const block = this.#kept[i]!
      if (block.byteLength !== size) continue
      this.#kept.splice(i, 1)
      this.#keptBytes -= size
      return block
    }
    this.#allocated(size)
    return Buffer.allocUnsafeSlow(size).buffer as ArrayBuffer
  }

  giveBack(block: ArrayBuffer): void {
    if (this.#keptBytes + block.byteLength > keptBytesMax) {
      block.transfer(0)
      return
    }
    this.#keptBytes += block.byteLength
    this.#kept.push(block)
  }
}
