// Protocol Buffers on the wire, as much as the generic service needs: a writer that fills its buffer
// from the end (so that the length of a message is known when its head is written) and a reader
// that never goes past what it was given.
//
//   field = varint(number << 3 | wireType) content     wireType 0 varint, 1 8 bytes, 2 length, 5 4 bytes

export const WireType = { VARINT: 0, FIXED64: 1, LENGTH: 2, FIXED32: 5 } as const

export class WireError extends Error {
  override readonly name = 'WireError'
}

/** Fields are written last to first. */
export class ReverseWriter {
  #buffer: Buffer
  #start: number

  constructor(size = 1024) {
    this.#buffer = Buffer.allocUnsafe(size)
    this.#start = size
  }

  /** Bytes written so far; the difference of two is the length of what was written between. */
  get length(): number {
    return this.#buffer.length - this.#start
  }

  finish(): Buffer {
    return Buffer.from(this.#buffer.subarray(this.#start))
  }

  varint(value: number): void {
    if (value < 0x80) {
      this.#need(1)
      this.#buffer[--this.#start] = value
      return
    }
    this.#need(5)
    let size = 1
    for (let rest = value >>> 7; rest > 0; rest >>>= 7) size += 1
    this.#start -= size
    let rest = value
    for (let i = 0; i < size; i++) {
      this.#buffer[this.#start + i] = i === size - 1 ? rest : (rest & 0x7f) | 0x80
      rest >>>= 7
    }
  }

  tag(field: number, wireType: number): void {
    this.varint((field << 3) | wireType)
  }

  double(value: number): void {
    this.#need(8)
    this.#start -= 8
    this.#buffer.writeDoubleLE(value, this.#start)
  }

  text(value: string): void {
    const size = Buffer.byteLength(value)
    this.#need(size)
    this.#start -= size
    this.#buffer.write(value, this.#start, size, 'utf8')
  }

  bytes(value: Uint8Array): void {
    this.#need(value.length)
    this.#start -= value.length
    this.#buffer.set(value, this.#start)
  }

  /** The head of a field whose content was just written, since `before`. */
  head(field: number, before: number): void {
    this.varint(this.length - before)
    this.tag(field, WireType.LENGTH)
  }

  textField(field: number, value: string): void {
    const before = this.length
    this.text(value)
    this.head(field, before)
  }

  #need(size: number): void {
    if (size <= this.#start) return
    const used = this.length
    const grown = Buffer.allocUnsafe(Math.max(2 * this.#buffer.length, used + size + 1024))
    this.#buffer.copy(grown, grown.length - used, this.#start)
    this.#start = grown.length - used
    this.#buffer = grown
  }
}

export class WireReader {
  readonly #bytes: Buffer
  at: number
  readonly end: number

  constructor(bytes: Buffer, at = 0, end: number = bytes.length) {
    this.#bytes = bytes
    this.at = at
    this.end = end
  }

  get done(): boolean {
    return this.at >= this.end
  }

  varint(): number {
    let value = 0
    let scale = 1
    for (let i = 0; i < 10; i++) {
      if (this.at >= this.end) throw new WireError('a number is cut off')
      const byte = this.#bytes[this.at++] as number
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 128
    }
    throw new WireError('a number is too long')
  }

  double(): number {
    this.#need(8)
    this.at += 8
    return this.#bytes.readDoubleLE(this.at - 8)
  }

  /** Where the content of a length-delimited field ends. */
  limit(): number {
    const size = this.varint()
    this.#need(size)
    return this.at + size
  }

  text(): string {
    const end = this.limit()
    const text = this.#bytes.toString('utf8', this.at, end)
    this.at = end
    return text
  }

  content(): Buffer {
    const end = this.limit()
    const content = this.#bytes.subarray(this.at, end)
    this.at = end
    return content
  }

  inner(): WireReader {
    const end = this.limit()
    const reader = new WireReader(this.#bytes, this.at, end)
    this.at = end
    return reader
  }

  skip(wireType: number): void {
    if (wireType === WireType.VARINT) this.varint()
    else if (wireType === WireType.LENGTH) this.at = this.limit()
    else if (wireType === WireType.FIXED64 || wireType === WireType.FIXED32) {
      const size = wireType === WireType.FIXED64 ? 8 : 4
      this.#need(size)
      this.at += size
    } else throw new WireError(`wire type ${wireType} is not used`)
  }

  #need(size: number): void {
    if (this.at + size > this.end) throw new WireError('a field is cut off')
  }
}
