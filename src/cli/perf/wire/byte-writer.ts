// A growing buffer with AMQP's primitive types. Used for set-up calls and for building the publish
// ring, never per message.

export type Field = string | number | boolean | Table
export type Table = { readonly [key: string]: Field }

export class ByteWriter {
  #bytes: Buffer
  #length = 0

  constructor(size = 256) {
    this.#bytes = Buffer.allocUnsafe(size)
  }

  get length(): number {
    return this.#length
  }

  #room(count: number): number {
    const at = this.#length
    if (at + count > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, at + count))
      this.#bytes.copy(grown, 0, 0, at)
      this.#bytes = grown
    }
    this.#length = at + count
    return at
  }

  u8(value: number): this {
    const at = this.#room(1)
    this.#bytes[at] = value
    return this
  }

  u16(value: number): this {
    const at = this.#room(2)
    this.#bytes.writeUInt16BE(value, at)
    return this
  }

  u32(value: number): this {
    const at = this.#room(4)
    this.#bytes.writeUInt32BE(value, at)
    return this
  }

  u64(value: number): this {
    return this.u32(Math.floor(value / 2 ** 32)).u32(value >>> 0)
  }

  shortString(text: string): this {
    const size = Buffer.byteLength(text)
    if (size > 255) throw new RangeError(`longer than 255 octets: ${text.slice(0, 40)}...`)
    this.u8(size)
    const at = this.#room(size)
    this.#bytes.write(text, at)
    return this
  }

  longString(text: string): this {
    const size = Buffer.byteLength(text)
    this.u32(size)
    const at = this.#room(size)
    this.#bytes.write(text, at)
    return this
  }

  fill(count: number, value: number): this {
    const at = this.#room(count)
    this.#bytes.fill(value, at, at + count)
    return this
  }

  append(bytes: Uint8Array): this {
    const at = this.#room(bytes.length)
    this.#bytes.set(bytes, at)
    return this
  }

  table(table: Table): this {
    const at = this.#room(4)
    for (const [key, value] of Object.entries(table)) {
      this.shortString(key)
      this.#field(value)
    }
    this.#bytes.writeUInt32BE(this.#length - at - 4, at)
    return this
  }

  #field(value: Field): void {
    if (typeof value === 'string') this.u8(0x53).longString(value)
    else if (typeof value === 'boolean') this.u8(0x74).u8(value ? 1 : 0)
    else if (typeof value === 'object') this.u8(0x46).table(value)
    else if (!Number.isInteger(value)) this.#double(value)
    else if (value === (value | 0)) this.u8(0x49).u32(value >>> 0)
    else this.#int64(value)
  }

  #double(value: number): void {
    this.u8(0x64)
    const at = this.#room(8)
    this.#bytes.writeDoubleBE(value, at)
  }

  #int64(value: number): void {
    this.u8(0x6c)
    const at = this.#room(8)
    this.#bytes.writeBigInt64BE(BigInt(value), at)
  }

  /** The bytes written so far; valid until the next write. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }
}
