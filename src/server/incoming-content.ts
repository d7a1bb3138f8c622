// Puts a published message's content together from its header and body frames. One object per
// channel, used again for each message. A body that came in one piece is not copied, nor is a long
// one in large pieces: it is passed on as it came. Others are joined.

import type { Content } from '../protocol/amqp/content.ts'
import { LongBody } from '../protocol/amqp/long-body.ts'
import { asBuffer } from '../protocol/amqp/strings.ts'

const nothing: Buffer = Buffer.alloc(0)
/**
 * What is set aside for a body at first; more only as it really comes. Memory that was not written
 * to is only an address range, so this is no gift to those who announce bodies and send none.
 */
const firstBytes = 1 << 20
/** Shorter bodies are joined: the chunks that they share with others would weigh more than they do. */
const piecewiseBodyMin = 256 << 10
/** Some pieces may be small, at the ends of frames and chunks; on average they are not smaller than this. */
const smallPiecesMax = 8
const pieceBytesMin = 8 << 10

export class IncomingContent implements Content {
  header: Buffer = nothing
  headerStart = 0
  headerEnd = 0
  body: Buffer = nothing
  bodyStart = 0
  bodyEnd = 0
  long: LongBody | null = null
  /** Which of the channel's messages this is. */
  sequence = 0
  /** How many body frames and pieces of them have been added, to all of the channel's messages. */
  additions = 0
  readonly #counters: { copiedBytes: number }
  #bodyBytes = 0
  #received = 0

  /** `counters` learn how much of bodies was copied, in octets. */
  constructor(counters: { copiedBytes: number }) {
    this.#counters = counters
  }

  begin(header: Buffer, start: number, end: number, bodyBytes: number): void {
    this.header = header
    this.headerStart = start
    this.headerEnd = end
    this.body = nothing
    this.bodyStart = 0
    this.bodyEnd = 0
    this.long = bodyBytes >= piecewiseBodyMin ? new LongBody() : null
    this.sequence += 1
    this.#bodyBytes = bodyBytes
    this.#received = 0
  }

  get complete(): boolean {
    return this.#received === this.#bodyBytes
  }

  get missingBytes(): number {
    return this.#bodyBytes - this.#received
  }

  /** Returns false when more has come than the header announced. */
  add(buffer: Buffer, start: number, end: number): boolean {
    const bytes = end - start
    this.additions += 1
    if (this.#received + bytes > this.#bodyBytes) return false
    if (bytes === this.#bodyBytes) {
      this.body = buffer
      this.bodyStart = start
      this.bodyEnd = end
      this.long = null
      this.#received = bytes
      return true
    }
    if (this.long === null) this.#join(buffer, start, end)
    else if (bytes > 0) this.#addPiece(this.long.pieces, buffer.subarray(start, end))
    this.bodyEnd = this.#received
    return true
  }

  /** Lets go of the buffers. */
  clear(): void {
    this.header = nothing
    this.body = nothing
    this.long = null
    this.#bodyBytes = 0
    this.#received = 0
  }

  #addPiece(pieces: Uint8Array[], piece: Buffer): void {
    pieces.push(piece)
    this.#received += piece.length
    if (pieces.length <= smallPiecesMax || this.#received >= pieces.length * pieceBytesMin) return
    // So many small ones, with what they hold on to, would take far more memory than they bring.
    this.long = null
    this.#received = 0
    for (const each of pieces) this.#join(asBuffer(each), 0, each.length)
  }

  #join(buffer: Buffer, start: number, end: number): void {
    this.#reserve(end - start)
    buffer.copy(this.body, this.#received, start, end)
    this.#received += end - start
    this.#counters.copiedBytes += end - start
  }

  #reserve(bytes: number): void {
    const needed = this.#received + bytes
    if (needed <= this.body.length) return
    const size = Math.min(this.#bodyBytes, Math.max(needed, this.body.length * 2, firstBytes))
    const grown = Buffer.allocUnsafeSlow(size)
    this.body.copy(grown, 0, 0, this.#received)
    this.body = grown
  }
}
