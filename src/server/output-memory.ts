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

/** Large chunks, and what waits to be written, of all connections of a server together. */
export class OutputChunks {
  /** What sockets that did not take everything still have to write. */
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

const none: never[] = []

/** What a socket may still read: first what it has been given, then what is still being filled. */
class Loans<Thing> {
  #things: Thing[] = []
  #given = 0

  add(thing: Thing): void {
    this.#things.push(thing)
  }

  give(): void {
    this.#given = this.#things.length
  }

  /** The socket has written what it was given. */
  takeBack(): readonly Thing[] {
    if (this.#given === 0) return none
    if (this.#given === this.#things.length) return this.clear()
    const back = this.#things.splice(0, this.#given)
    this.#given = 0
    return back
  }

  clear(): readonly Thing[] {
    const all = this.#things
    this.#things = []
    this.#given = 0
    return all
  }
}

export class OutputMemory {
  readonly #chunks: OutputChunks
  #closed = false
  #nextBytes = smallestBytes
  /** The size that was asked for last, and what was had for it. */
  #bytes = smallestBytes
  #gotBytes = 0
  /** Chunks with frames. */
  readonly #lent = new Loans<Buffer>()
  readonly #bodies = new Loans<LongBody>()

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
    if (chunk !== null) this.#lent.add(chunk)
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
    this.#bodies.add(body)
  }

  /** The socket has been given all that there is. */
  taken(): void {
    this.#lent.give()
    this.#bodies.give()
  }

  /** All that the socket was given has been written: the system has its own copy. */
  written(): void {
    for (const chunk of this.#lent.takeBack()) this.#chunks.giveBack(chunk)
    for (const body of this.#bodies.takeBack()) body.done()
  }

  /** The connection is gone. */
  close(): void {
    this.#closed = true
    for (const _ of this.#lent.clear()) this.#chunks.giveUp()
    this.#bodies.clear()
  }
}
