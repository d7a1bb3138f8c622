// A growing buffer with AMQP's primitive types, for what is written seldom: methods other than
// deliver and ack, field tables, properties. A value that does not fit its type is a RangeError.

import { checkShort, encodeEscaped } from './strings.ts'

const high = 2 ** 32
/** A writer that is used again gives up more memory than this. */
const keptBytesMax = 16_384

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
    if (this.#bytes.length > keptBytesMax) this.#bytes = Buffer.allocUnsafe(keptBytesMax)
  }

  /** Makes room for `count` octets and returns where they begin. Call it before naming `#bytes`. */
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
    const at = this.#grow(1)
    this.#bytes.writeUInt8(value, at)
  }

  signedOctet(value: number): void {
    const at = this.#grow(1)
    this.#bytes.writeInt8(value, at)
  }

  short(value: number): void {
    const at = this.#grow(2)
    this.#bytes.writeUInt16BE(value, at)
  }

  signedShort(value: number): void {
    const at = this.#grow(2)
    this.#bytes.writeInt16BE(value, at)
  }

  long(value: number): void {
    const at = this.#grow(4)
    this.#bytes.writeUInt32BE(value, at)
  }

  signedLong(value: number): void {
    const at = this.#grow(4)
    this.#bytes.writeInt32BE(value, at)
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
    const at = this.#grow(4)
    this.#bytes.writeFloatBE(value, at)
  }

  double(value: number): void {
    const at = this.#grow(8)
    this.#bytes.writeDoubleBE(value, at)
  }

  shortString(text: string): void {
    if (!text.isWellFormed()) {
      const escaped = encodeEscaped(text)
      checkShort(escaped.length)
      this.octet(escaped.length)
      this.raw(escaped)
      return
    }
    const length = Buffer.byteLength(text)
    checkShort(length)
    const at = this.#grow(1 + length)
    this.#bytes[at] = length
    this.#bytes.write(text, at + 1)
  }

  longString(value: string | Uint8Array): void {
    if (typeof value !== 'string' || !value.isWellFormed()) {
      const octets = typeof value === 'string' ? encodeEscaped(value) : value
      this.long(octets.length)
      this.raw(octets)
      return
    }
    const length = Buffer.byteLength(value)
    this.long(length)
    const at = this.#grow(length)
    this.#bytes.write(value, at)
  }

  raw(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length)
    this.#bytes.set(bytes, at)
  }

  /** Writes with `fill`, and the count of the octets written before them as a long. */
  measured(fill: () => void): void {
    const at = this.#grow(4)
    fill()
    this.#bytes.writeUInt32BE(this.#length - at - 4, at)
  }
}
