// Puts a published message's content together from its header and body frames. One object per
// channel, used again for each message: a body that came in one piece is not copied.

import type { Content } from '../protocol/amqp/content.ts'

const nothing: Buffer = Buffer.alloc(0)
/**
 * What is set aside for a body at first; more only as it really comes. Memory that was not written
 * to is only an address range, so this is no gift to those who announce bodies and send none.
 */
const firstBytes = 1 << 20

export class IncomingContent implements Content {
  header: Buffer = nothing
  headerStart = 0
  headerEnd = 0
  body: Buffer = nothing
  bodyStart = 0
  bodyEnd = 0
  #bodyBytes = 0
  #received = 0

  begin(header: Buffer, start: number, end: number, bodyBytes: number): void {
    this.header = header
    this.headerStart = start
    this.headerEnd = end
    this.body = nothing
    this.bodyStart = 0
    this.bodyEnd = 0
    this.#bodyBytes = bodyBytes
    this.#received = 0
  }

  get complete(): boolean {
    return this.#received === this.#bodyBytes
  }

  /** Returns false when more has come than the header announced. */
  add(buffer: Buffer, start: number, end: number): boolean {
    const bytes = end - start
    if (this.#received + bytes > this.#bodyBytes) return false
    if (bytes === this.#bodyBytes) {
      this.body = buffer
      this.bodyStart = start
      this.bodyEnd = end
      this.#received = bytes
      return true
    }
    this.#reserve(bytes)
    buffer.copy(this.body, this.#received, start, end)
    this.#received += bytes
    this.bodyEnd = this.#received
    return true
  }

  /** Lets go of the buffers. */
  clear(): void {
    this.header = nothing
    this.body = nothing
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
