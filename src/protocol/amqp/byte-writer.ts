// A growing buffer with AMQP's primitive types, for what is written seldom: methods other than
// deliver and ack, field tables, properties. A value that does not fit its type is a RangeError.

import { shortStringBytesMax, tooLong } from './strings.ts'

const high = 2 ** 32

export class ByteWriter {
  #bytes: Buffer
  #length = 0

  constructor(bytesExpected = 128) {
    this.#bytes = Buffer.allocUnsafe(bytesExpected)
  }

  get length(): number {
    return this.#length
  }

  /** What was written so far; the memory is used again after `clear`. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  clear(): void {
    this.#length = 0
  }

  /** Makes room for `count` octets and returns where they begin. */
  #grow(count: number): number {
    const at = this.#length
    const needed = at + count
    if (needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
      this.#bytes.copy(grown, 0, 0, at)
      this.#bytes = grown
    }
    this.#length = needed
    return at
  }

  octet(value: number): void {
    this.#bytes.writeUInt8(value, this.#grow(1))
  }

  signedOctet(value: number): void {
    this.#bytes.writeInt8(value, this.#grow(1))
  }

  short(value: number): void {
    this.#bytes.writeUInt16BE(value, this.#grow(2))
  }

  signedShort(value: number): void {
    this.#bytes.writeInt16BE(value, this.#grow(2))
  }

  long(value: number): void {
    this.#bytes.writeUInt32BE(value, this.#grow(4))
  }

  signedLong(value: number): void {
    this.#bytes.writeInt32BE(value, this.#grow(4))
  }

  longlong(value: number | bigint): void {
    const at = this.#grow(8)
    if (typeof value === 'bigint') this.#bytes.writeBigUInt64BE(value, at)
    else {
      this.#bytes.writeUInt32BE(Math.floor(value / high), at)
      this.#bytes.writeUInt32BE(value >>> 0, at + 4)
    }
  }

  signedLonglong(value: number | bigint): void {
    const at = this.#grow(8)
    if (typeof value === 'bigint') this.#bytes.writeBigInt64BE(value, at)
    else {
      this.#bytes.writeInt32BE(Math.floor(value / high), at)
      this.#bytes.writeUInt32BE(value >>> 0, at + 4)
    }
  }

  float(value: number): void {
    this.#bytes.writeFloatBE(value, this.#grow(4))
  }

  double(value: number): void {
    this.#bytes.writeDoubleBE(value, this.#grow(8))
  }

  shortString(text: string): void {
    const length = Buffer.byteLength(text)
    if (length > shortStringBytesMax) throw tooLong(length)
    const at = this.#grow(1 + length)
    this.#bytes[at] = length
    this.#bytes.write(text, at + 1)
  }

  longString(value: string | Uint8Array): void {
    if (typeof value !== 'string') {
      this.long(value.length)
      this.raw(value)
      return
    }
    const length = Buffer.byteLength(value)
    this.long(length)
    this.#bytes.write(value, this.#grow(length))
  }

  raw(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#grow(bytes.length))
  }

  /** Writes with `fill`, and the count of the octets written before them as a long. */
  measured(fill: () => void): void {
    const at = this.#grow(4)
    fill()
    this.#bytes.writeUInt32BE(this.#length - at - 4, at)
  }
}
