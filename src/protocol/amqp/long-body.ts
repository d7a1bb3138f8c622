// A long body in the pieces it came in. Some of its memory may be blocks that hold nothing else: they
// are used again as soon as nobody needs the body, long before the collector would free them.
//
// A block that is given back is detached from the pieces that lay in it: who reads them too late
// finds them empty, and never another message's bytes.

/** Takes back memory that nobody refers to any more. */
export interface BlockOwner {
  giveBack(block: ArrayBuffer): void
}

export class LongBody {
  readonly pieces: Uint8Array[] = []
  #owner: BlockOwner | null = null
  #blocks: ArrayBuffer[] = []
  /** The message, and each socket that has it still to write. */
  #users = 1
  #isKept = false

  /** Pieces of the body lie in this block, and nothing else does. */
  addBlock(block: ArrayBuffer, owner: BlockOwner): void {
    if (this.#isKept || this.#users === 0) return
    this.#owner = owner
    this.#blocks.push(block)
  }

  /** One more needs the pieces, until it says `done`. */
  use(): void {
    this.#users += 1
  }

  done(): void {
    this.#users -= 1
    if (this.#users > 0) return
    for (const block of this.#blocks) this.#owner!.giveBack(block.transfer())
    this.#blocks = []
  }

  /** The pieces are shared with others who do not count: the collector has to find out. */
  keep(): void {
    this.#isKept = true
    this.#blocks = []
  }
}
