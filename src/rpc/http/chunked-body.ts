// A body in chunks, read as it arrives. Pure; whoever feeds it counts the bytes.
//
//   chunk  = size in hexadecimal [; extensions] CRLF bytes CRLF
//   body   = chunk* 0 CRLF trailer* CRLF                      [RFC 9112, 7.1]
import { malformed } from './response-head.ts'

/** Extensions and trailers are read past, not collected. */
const lineBytesMax = 4096
const trailerLinesMax = 100
const noBytes = Buffer.alloc(0)

export class ChunkedBody {
  #state: 'size' | 'data' | 'data-end' | 'trailer' | 'done' = 'size'
  #line: Buffer = noBytes
  #left = 0
  #trailers = 0

  get done(): boolean {
    return this.#state === 'done'
  }

  /** Hands the contents of chunks to `take`; returns what comes after the end of the body. */
  feed(bytes: Buffer, take: (part: Buffer) => void): Buffer {
    let rest = bytes
    while (rest.length > 0 && this.#state !== 'done') {
      if (this.#state === 'data') {
        const part = rest.subarray(0, this.#left)
        take(part)
        this.#left -= part.length
        rest = rest.subarray(part.length)
        if (this.#left === 0) this.#state = 'data-end'
        continue
      }
      const end = rest.indexOf(0x0a)
      if (this.#line.length + (end < 0 ? rest.length : end) > lineBytesMax) {
        throw malformed('a line between chunks is too long')
      }
      const part = end < 0 ? rest : rest.subarray(0, end + 1)
      this.#line = this.#line.length === 0 ? part : Buffer.concat([this.#line, part])
      rest = rest.subarray(part.length)
      if (end >= 0) this.#takeLine()
    }
    return rest
  }

  #takeLine(): void {
    const text = this.#line.toString('latin1')
    this.#line = noBytes
    if (!text.endsWith('\r\n')) throw malformed('a line between chunks')
    const line = text.slice(0, -2)
    if (this.#state === 'size') {
      const digits = /^([0-9A-Fa-f]{1,12})[ \t]*(?:;.*)?$/.exec(line)?.[1]
      if (digits === undefined) throw malformed('the size of a chunk')
      this.#left = Number.parseInt(digits, 16)
      this.#state = this.#left === 0 ? 'trailer' : 'data'
    } else if (this.#state === 'data-end') {
      if (line !== '') throw malformed('the end of a chunk')
      this.#state = 'size'
    } else if (line === '') {
      this.#state = 'done'
    } else if (++this.#trailers > trailerLinesMax) throw malformed('too many trailers')
  }
}
