// Bytes of methods, properties and field tables for the raw test client. It checks nothing, so
// that tests can send what is illegal, and it keeps each field's type letter, so that tests can
// tell a 64-bit count from a 32-bit one.
import type { RawMethod, WireType } from './raw-methods.ts'
import { contentProperties } from './raw-methods.ts'

/** A field-table value with its type letter: `['l', 3]`, `['S', 'text']`, `['A', [['t', true]]]`. */
export type Field = readonly [letter: string, value: unknown]
export type Table = { readonly [key: string]: unknown }
export type Values = { readonly [name: string]: unknown }

class Writer {
  #parts: Buffer[] = []

  number(size: 1 | 2 | 4 | 8, value: number | bigint): void {
    const part = Buffer.alloc(size)
    if (size === 8) part.writeBigUInt64BE(BigInt.asUintN(64, BigInt(value)))
    else part.writeUIntBE(Number(BigInt.asUintN(size * 8, BigInt(value))), 0, size)
    this.#parts.push(part)
  }

  text(lengthSize: 1 | 4, value: string | Uint8Array): void {
    const bytes = Buffer.from(value as string)
    this.number(lengthSize, bytes.length)
    this.#parts.push(bytes)
  }

  append(bytes: Uint8Array): void {
    this.#parts.push(Buffer.from(bytes))
  }

  take(): Buffer {
    return Buffer.concat(this.#parts)
  }
}

function guessField(value: unknown): Field {
  if (Array.isArray(value)) {
    return typeof value[0] === 'string' && value[0].length === 1
      ? (value as unknown as Field)
      : ['A', value]
  }
  if (typeof value === 'string') return ['S', value]
  if (typeof value === 'boolean') return ['t', value]
  if (typeof value === 'number') return [value >= -(2 ** 31) && value < 2 ** 31 ? 'I' : 'l', value]
  if (value === null || value === undefined) return ['V', undefined]
  return ['F', value]
}

const integerSizes: Readonly<Record<string, 1 | 2 | 4 | 8>> = {
  t: 1,
  b: 1,
  B: 1,
  s: 2,
  u: 2,
  I: 4,
  i: 4,
  l: 8,
  T: 8,
}

function writeField(writer: Writer, value: unknown): void {
  const [letter, plain] = guessField(value)
  writer.append(Buffer.from(letter))
  const size = integerSizes[letter]
  if (size !== undefined) writer.number(size, BigInt(plain as number | bigint | boolean))
  else if (letter === 'f' || letter === 'd') {
    const bytes = Buffer.alloc(letter === 'f' ? 4 : 8)
    if (letter === 'f') bytes.writeFloatBE(plain as number)
    else bytes.writeDoubleBE(plain as number)
    writer.append(bytes)
  } else if (letter === 'D') {
    const [scale, digits] = plain as [number, number]
    writer.number(1, scale)
    writer.number(4, digits)
  } else if (letter === 'S' || letter === 'x') writer.text(4, plain as string)
  else if (letter === 'F') writer.text(4, tableBytes(plain as Table))
  else if (letter === 'A') {
    const items = new Writer()
    for (const item of plain as unknown[]) writeField(items, item)
    writer.text(4, items.take())
  } else if (letter !== 'V') throw new Error(`no such field type: ${letter}`)
}

function tableBytes(table: Table): Buffer {
  const writer = new Writer()
  for (const [key, value] of Object.entries(table)) {
    writer.text(1, key)
    writeField(writer, value)
  }
  return writer.take()
}

function writeValue(writer: Writer, type: Exclude<WireType, 'bit'>, value: unknown): void {
  if (type === 'shortstr') writer.text(1, (value ?? '') as string)
  else if (type === 'longstr') writer.text(4, (value ?? '') as string)
  else if (type === 'table') writer.text(4, tableBytes((value ?? {}) as Table))
  else {
    const size = { octet: 1, short: 2, long: 4, longlong: 8 } as const
    writer.number(size[type], (value ?? 0) as number | bigint)
  }
}

/** Class id, method id and arguments; a value that is not given is zero, empty or false. */
export function methodBytes(method: RawMethod, values: Values): Buffer {
  const writer = new Writer()
  writer.number(2, method.classId)
  writer.number(2, method.methodId)
  let bits: number[] = []
  const flush = (): void => {
    if (bits.length > 0)
      writer.number(
        1,
        bits.reduce((octet, bit, index) => octet | (bit << index), 0),
      )
    bits = []
  }
  for (const field of method.fields) {
    if (field.type === 'bit') bits.push(values[field.name] === true ? 1 : 0)
    else {
      flush()
      writeValue(writer, field.type, values[field.name])
    }
  }
  flush()
  return writer.take()
}

export function headerBytes(bodySize: number | bigint, properties: Values, classId = 60): Buffer {
  const writer = new Writer()
  writer.number(2, classId)
  writer.number(2, 0)
  writer.number(8, bodySize)
  const present = contentProperties.map((property) => properties[property.name] !== undefined)
  writer.number(
    2,
    present.reduce((flags, has, index) => (has ? flags | (1 << (15 - index)) : flags), 0),
  )
  contentProperties.forEach((property, index) => {
    if (present[index] && property.type !== 'bit')
      writeValue(writer, property.type, properties[property.name])
  })
  return writer.take()
}

/** The response of SASL AMQPLAIN is a field table without its length. */
export function amqplainResponse(login: string, password: string): Buffer {
  return tableBytes({ LOGIN: login, PASSWORD: password })
}

export class Reader {
  #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  number(size: 1 | 2 | 4 | 8): number {
    this.#at += size
    return size === 8
      ? Number(this.#bytes.readBigUInt64BE(this.#at - 8))
      : this.#bytes.readUIntBE(this.#at - size, size)
  }

  bytes(length: number): Buffer {
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  field(): Field {
    const letter = this.bytes(1).toString()
    if (letter === 't') return [letter, this.number(1) !== 0]
    if (letter === 'B') return [letter, this.number(1)]
    if (letter === 'b') return [letter, this.bytes(1).readInt8()]
    if (letter === 's') return [letter, this.bytes(2).readInt16BE()]
    if (letter === 'u') return [letter, this.number(2)]
    if (letter === 'I') return [letter, this.bytes(4).readInt32BE()]
    if (letter === 'i') return [letter, this.number(4)]
    if (letter === 'l') return [letter, Number(this.bytes(8).readBigInt64BE())]
    if (letter === 'T') return [letter, this.number(8)]
    if (letter === 'f') return [letter, this.bytes(4).readFloatBE()]
    if (letter === 'd') return [letter, this.bytes(8).readDoubleBE()]
    if (letter === 'D') return [letter, [this.number(1), this.number(4)]]
    if (letter === 'S') return [letter, this.bytes(this.number(4)).toString()]
    if (letter === 'x') return [letter, this.bytes(this.number(4)).toString('hex')]
    if (letter === 'F') return [letter, this.table()]
    if (letter === 'V') return [letter, undefined]
    if (letter !== 'A') throw new Error(`no such field type: ${letter}`)
    const inner = new Reader(this.bytes(this.number(4)))
    const items: Field[] = []
    while (!inner.atEnd()) items.push(inner.field())
    return [letter, items]
  }

  table(): Record<string, Field> {
    const inner = new Reader(this.bytes(this.number(4)))
    const table: Record<string, Field> = {}
    while (!inner.atEnd()) {
      const key = inner.bytes(inner.number(1)).toString()
      table[key] = inner.field()
    }
    return table
  }

  value(type: Exclude<WireType, 'bit'>): unknown {
    if (type === 'shortstr') return this.bytes(this.number(1)).toString()
    if (type === 'longstr') return this.bytes(this.number(4)).toString()
    if (type === 'table') return this.table()
    return this.number(({ octet: 1, short: 2, long: 4, longlong: 8 } as const)[type])
  }

  atEnd(): boolean {
    return this.#at >= this.#bytes.length
  }
}

/** Fields without the ids, which the caller has read, and without the reserved ones. */
export function readMethod(reader: Reader, method: RawMethod): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  let octet = 0
  let bit = 8
  for (const field of method.fields) {
    if (field.type === 'bit') {
      if (bit === 8) {
        octet = reader.number(1)
        bit = 0
      }
      values[field.name] = ((octet >> bit) & 1) === 1
      bit += 1
    } else {
      bit = 8
      values[field.name] = reader.value(field.type)
    }
  }
  for (const name of Object.keys(values)) if (name.startsWith('reserved')) delete values[name]
  return values
}

export function readHeader(payload: Buffer): {
  bodySize: number
  properties: Record<string, unknown>
} {
  const reader = new Reader(payload)
  reader.number(4)
  const bodySize = reader.number(8)
  const flags = reader.number(2)
  const properties: Record<string, unknown> = {}
  contentProperties.forEach((property, index) => {
    if ((flags >> (15 - index)) & 1 && property.type !== 'bit')
      properties[property.name] = reader.value(property.type)
  })
  return { bodySize, properties }
}
