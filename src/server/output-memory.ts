// Memory for connections' frames: little for one that says little, large chunks for one that streams,
// none for one that is idle. Large chunks are used again as soon as the system has taken what is in
// them: they stay warm, and the collector, which counts their bytes, never gets to see them.

import type { LongBody } from '../protocol/amqp/long-body.ts'

const smallestBytes = 512
/** From here on a whole chunk is taken. */
const chunkFromBytes = 4096
const chunkBytes = 64 << 10
/** How many chunks may be out at a time; the memory of further connections is their own. */
const chunksOutMax = 64
const chunksKeptMax = 16

/** Large chunks, shared by all connections of a server. */
export class OutputChunks {
  /** What sockets that did not take everything still have to write, all together. */
  waitingBytes = 0
  readonly #kept: Buffer[] = []
  #out = 0

  get keptCount(): number {
    return this.#kept.length
  }

  /** Null if too many are out already. */
  take(): Buffer | null {
    if (this.#out >= chunksOutMax) return null
    this.#out += 1
    return this.#kept.pop() ?? Buffer.allocUnsafeSlow(chunkBytes)
  }

  /** Nobody reads the chunk any more. */
  giveBack(chunk: Buffer): void {
    this.#out -= 1
    if (this.#kept.length < chunksKeptMax) this.#kept.push(chunk)
  }

  /** The system may still read it: it is left to the collector. */
  giveUp(): void {
    this.#out -= 1
  }
}

export class OutputMemory {
  readonly #chunks: OutputChunks
  #closed = false
  #nextBytes = smallestBytes
  /** The size that was asked for last, and what was had for it. */
  #bytes = smallestBytes
  #gotBytes = 0
  /** Chunks with frames, and long bodies, that the system may not have taken yet. */
  #lent: Buffer[] = []
  #bodies: LongBody[] = []
  /** How many of them, the first ones, the socket has been given; the others are still being filled. */
  #lentTaken = 0
  #bodiesTaken = 0

  constructor(chunks: OutputChunks) {
    this.#chunks = chunks
  }

  allocate(bytesMin: number): Buffer {
    const bytes = Math.max(bytesMin, this.#nextBytes)
    if (this.#nextBytes < chunkBytes) this.#nextBytes *= 2
    const got = this.#takeChunk(bytes) ?? Buffer.allocUnsafe(bytes)
    this.#bytes = bytes
    this.#gotBytes = got.length
    return got
  }

  #takeChunk(bytes: number): Buffer | null {
    if (bytes < chunkFromBytes || bytes > chunkBytes || this.#closed) return null
    const chunk = this.#chunks.take()
    if (chunk !== null) this.#lent.push(chunk)
    return chunk
  }

  /** Called when a turn's frames have been taken, with what they left of the last piece. */
  release(unused: Buffer): void {
    const used = this.#gotBytes - unused.length
    // A turn that did not fill half of what it asked for begins the next one smaller.
    const half = this.#bytes >> 1
    if (used < half) this.#nextBytes = Math.max(smallestBytes, half)
  }

  /** The body is going to be written. */
  refer(body: LongBody): void {
    body.use()
    this.#bodies.push(body)
  }

  /** The socket has been given all that there is. */
  taken(): void {
    this.#lentTaken = this.#lent.length
    this.#bodiesTaken = this.#bodies.length
  }

  /** All that the socket was given has been written: the system has its own copy. */
  written(): void {
    const lent = this.#lentTaken
    if (lent > 0) {
      for (let i = 0; i < lent; i += 1) this.#chunks.giveBack(this.#lent[i]!)
      this.#lent.splice(0, lent)
      this.#lentTaken = 0
    }
    const bodies = this.#bodiesTaken
    if (bodies > 0) {
      for (let i = 0; i < bodies; i += 1) this.#bodies[i]!.done()
      this.#bodies.splice(0, bodies)
      this.#bodiesTaken = 0
    }
  }

  /** The connection is gone. */
  close(): void {
    this.#closed = true
    for (const _ of this.#lent) this.#chunks.giveUp()
    this.#lent = []
    this.#bodies = []
    this.#lentTaken = 0
    this.#bodiesTaken = 0
  }
}
