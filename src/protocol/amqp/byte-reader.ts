// A cursor over the arguments of one method, with every read checked against their end. It is for
// methods that come seldom; what comes with every message is read in place (fast-methods.ts).

import { type FieldTable, readTable } from './field-table.ts'
import { octetNumbers } from './octets-text.ts'
import { ProtocolError } from './protocol-error.ts'
import { ReplyCode } from './reply-codes.ts'
import { readName } from './strings.ts'

const high = 2 ** 32

export class ByteReader {
  readonly #buffer: Buffer
  readonly #start: number
  readonly #end: number
  #at: number

  constructor(buffer: Buffer, start: number, end: number) {
    this.#buffer = buffer
    this.#start = start
    this.#end = end
    this.#at = start
  }

  #take(count: number): number {
    const at = this.#at
    if (count > this.#end - at) throw this.#undecodable()
    this.#at = at + count
    return at
  }

  /** RabbitMQ's words and code for arguments that are too short or too long. */
  #undecodable(): ProtocolError {
    const octets = octetNumbers(this.#buffer, this.#start, this.#end)
    return new ProtocolError(ReplyCode.frameError, `cannot decode ${octets}`)
  }

  octet(): number {
    return this.#buffer[this.#take(1)]!
  }

  short(): number {
    return this.#buffer.readUInt16BE(this.#take(2))
  }

  long(): number {
    return this.#buffer.readUInt32BE(this.#take(4))
  }

  /**
   * In methods only delivery tags are this wide. One beyond 2^53 is read as the nearest number: no
   * such tag is ever handed out, so that it ends as the unknown delivery tag that it is.
   */
  longlong(): number {
    const at = this.#take(8)
    return this.#buffer.readUInt32BE(at) * high + this.#buffer.readUInt32BE(at + 4)
  }

  shortString(): string {
    const at = this.#take(1)
    this.#take(this.#buffer[at]!)
    return readName(this.#buffer, at)
  }

  /** Shares the memory of the frame. */
  longString(): Buffer {
    const length = this.long()
    const at = this.#take(length)
    return this.#buffer.subarray(at, at + length)
  }

  table(): FieldTable {
    const at = this.#take(4)
    this.#take(this.#buffer.readUInt32BE(at))
    return readTable(this.#buffer, at, this.#at)
  }

  /** RabbitMQ does not tolerate octets behind the last argument. */
  finish(): void {
    if (this.#at !== this.#end) throw this.#undecodable()
  }
}
