// A connection's way out: frames gather in a writer during a turn and leave with one write. A client
// that does not take them stops its deliveries, not the memory of the broker.

import type { Socket } from 'node:net'
import type { BrokerCounters } from '../broker/counters.ts'
import { FrameWriter } from '../protocol/amqp/frame-writer.ts'
import { type OutputChunks, OutputMemory } from './output-memory.ts'

/** Before the handshake is over no frame needs to be longer [RMQ: initial_frame_max]. */
export const initialFrameMax = 8192
/** What may wait for one client, in bytes; more is delivered when this has gone. */
const waitingBytesMax = 1 << 20
/**
 * The same as long as little waits for all clients together. Long bodies go in bursts, since TCP lets
 * some MB through and then nothing for a while: who has so much at hand need not stop in between.
 */
const burstBytesMax = 4 << 20
const allWaitingBytesMax = 64 << 20

export class SocketOutput {
  readonly writer: FrameWriter
  sentBytes = 0
  sentCount = 0
  #sentBefore = 0
  readonly #socket: Socket
  readonly #chunks: OutputChunks
  readonly #memory: OutputMemory
  readonly #counters: BrokerCounters
  readonly #resumed: () => void
  /** Deliveries were held back because too much was waiting. */
  #heldBack = false
  /** What of the bytes that wait for all clients is this one's. */
  #waitingBytes = 0

  /** `resumed` is called when deliveries that were held back may go on. */
  constructor(socket: Socket, chunks: OutputChunks, counters: BrokerCounters, resumed: () => void) {
    const memory = new OutputMemory(chunks)
    this.#socket = socket
    this.#chunks = chunks
    this.#memory = memory
    this.#counters = counters
    this.#resumed = resumed
    this.writer = new FrameWriter({
      frameMax: initialFrameMax,
      allocate: (bytesMin) => memory.allocate(bytesMin),
      release: (unused) => memory.release(unused),
      refers: (body) => memory.refer(body),
    })
    socket.on('drain', () => {
      this.#settle()
      this.#resume()
    })
  }

  get pendingBytes(): number {
    return this.writer.pendingBytes + this.#socket.writableLength
  }

  get writable(): boolean {
    const bytes = this.pendingBytes
    if (bytes < waitingBytesMax) return true
    if (bytes < burstBytesMax && this.#chunks.waitingBytes < allWaitingBytesMax) return true
    this.#heldBack = true
    return false
  }

  /** Whether anything was sent since this was asked the last time. */
  hasSent(): boolean {
    const before = this.#sentBefore
    this.#sentBefore = this.sentCount
    return this.sentCount !== before
  }

  flush(): void {
    const pieces = this.writer.take()
    if (pieces.length === 0 || this.#socket.destroyed) return
    const taken = this.#write(pieces)
    this.#memory.taken()
    // Mostly the system took everything at once; otherwise `drain` says when it has, and to go on.
    this.#settle()
    if (taken) this.#resume()
  }

  close(): void {
    this.#memory.close()
    this.#chunks.waitingBytes -= this.#waitingBytes
    this.#waitingBytes = 0
  }

  /** Takes stock of what the system has still to take. */
  #settle(): void {
    const bytes = this.#socket.writableLength
    if (bytes === 0) this.#memory.written()
    if (bytes === this.#waitingBytes) return
    this.#chunks.waitingBytes += bytes - this.#waitingBytes
    this.#waitingBytes = bytes
  }

  #write(pieces: readonly Buffer[]): boolean {
    this.sentCount += 1
    const { writer } = this
    this.#counters.socketWrites += 1
    this.#counters.copiedBytes += writer.copiedBytes
    writer.copiedBytes = 0
    for (const piece of pieces) this.sentBytes += piece.length
    if (pieces.length === 1) return this.#socket.write(pieces[0]!)
    this.#socket.cork()
    let taken = true
    for (const piece of pieces) taken = this.#socket.write(piece)
    this.#socket.uncork()
    return taken
  }

  #resume(): void {
    if (!this.#heldBack) return
    this.#heldBack = false
    this.#resumed()
  }
}
