// Field tables: queue arguments, client and server properties, message headers.
//
// A value is plain JavaScript where that tells its AMQP type: a string is `S`, a boolean `t`, null
// `V`, an array `A`, a table `F`, a bigint `l`, and a number is `I` if a signed 32-bit integer, else
// `l` if a safe integer, else `d`. Whatever a plain value would not lead back to (a small `l`, a
// whole `d`, and all other types) is a `TypedValue`, so that a table that is decoded and encoded
// again keeps every type. Compare values by `plainValue`: widths differ from client to client. The letters are used as RabbitMQ uses them: `s` and `u` are 16 bits wide, `i` is
// unsigned; `L` is read as `l`. [RMQ: AMQP 0-9-1 errata, field types]

import { ByteWriter } from './byte-writer.ts'
import { asBuffer, decodeText, readShortString } from './strings.ts'
import { checkEntries, checkTable, tableDepthMax } from './table-check.ts'

export type FieldTable = { [key: string]: FieldValue }

export type FieldValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly FieldValue[]
  | FieldTable
  | AnyTypedValue

/** A decimal is unsigned / 10^scale, as in RabbitMQ. */
export interface Decimal {
  readonly scale: number
  readonly unscaled: number
}

/** The types' octets on the wire. */
const letter = {
  t: 0x74,
  b: 0x62,
  B: 0x42,
  s: 0x73,
  u: 0x75,
  I: 0x49,
  i: 0x69,
  l: 0x6c,
  d: 0x64,
  f: 0x66,
  D: 0x44,
  S: 0x53,
  A: 0x41,
  T: 0x54,
  F: 0x46,
  V: 0x56,
  x: 0x78,
} as const

interface TypedPayloads {
  b: number
  B: number
  s: number
  u: number
  i: number
  I: number
  l: number | bigint
  d: number
  f: number
  D: Decimal
  /** Seconds since the epoch. */
  T: number | bigint
  x: Uint8Array
}
export type TypedLetter = keyof TypedPayloads

export class TypedValue<Letter extends TypedLetter> {
  readonly type: Letter
  readonly value: TypedPayloads[Letter]

  constructor(type: Letter, value: TypedPayloads[Letter]) {
    this.type = type
    this.value = value
  }
}
export type AnyTypedValue = { [Letter in TypedLetter]: TypedValue<Letter> }[TypedLetter]

export type PlainValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | PlainValue[]
  | { [key: string]: PlainValue }

/** An empty table, on which no key can be mistaken for something inherited. */
export function emptyTable(): FieldTable {
  return { __proto__: null } as unknown as FieldTable
}

/** The value without its AMQP type, for comparing and for showing. */
export function plainValue(value: FieldValue): PlainValue {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof TypedValue) {
    if (value.type === 'D') return value.value.unscaled / 10 ** value.value.scale
    return value.value
  }
  if (isArray(value)) return value.map(plainValue)
  const plain = emptyTable() as { [key: string]: PlainValue }
  for (const key of Object.keys(value)) plain[key] = plainValue(value[key]!)
  return plain
}

const typeNames: Readonly<Record<TypedLetter, string>> = {
  b: 'byte',
  B: 'unsignedbyte',
  s: 'short',
  u: 'unsignedshort',
  i: 'unsignedint',
  I: 'signedint',
  l: 'long',
  d: 'double',
  f: 'float',
  D: 'decimal',
  T: 'timestamp',
  x: 'binary',
}

/** What RabbitMQ calls the value's type in error texts and in its HTTP API. */
export function tableValueTypeName(value: FieldValue): string {
  if (typeof value === 'string') return 'longstr'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return typeNames[numberLetter(value)]
  if (typeof value === 'bigint') return 'long'
  if (value === null) return 'void'
  if (value instanceof TypedValue) return typeNames[value.type]
  return isArray(value) ? 'array' : 'table'
}

function isArray(value: object): value is readonly FieldValue[] {
  return Array.isArray(value)
}

function numberLetter(value: number): 'I' | 'l' | 'd' {
  if (value === (value | 0) && !Object.is(value, -0)) return 'I'
  return Number.isSafeInteger(value) && value !== 0 ? 'l' : 'd'
}

/** Reads the table whose length is at `start`; it has to end at or before `end`. */
export function readTable(bytes: Uint8Array, start: number, end: number): FieldTable {
  const contentEnd = checkTable(bytes, start, end)
  return new TableReader(asBuffer(bytes), start + 4).entries(contentEnd)
}

/** Reads a table that has no length before it, as AMQPLAIN sends one. */
export function readTableEntries(bytes: Uint8Array, start: number, end: number): FieldTable {
  checkEntries(bytes, start, end)
  return new TableReader(asBuffer(bytes), start).entries(end)
}

/** The table with its length before it. */
export function encodeTable(table: FieldTable): Buffer {
  const writer = new ByteWriter()
  writeTable(writer, table)
  return writer.view()
}

/** Decodes what has been checked: no length needs to be looked at twice. */
class TableReader {
  readonly #buffer: Buffer
  #at: number

  constructor(buffer: Buffer, at: number) {
    this.#buffer = buffer
    this.#at = at
  }

  entries(end: number): FieldTable {
    const table = emptyTable()
    while (this.#at < end) {
      const key = readShortString(this.#buffer, this.#at)
      this.#at += 1 + this.#buffer[this.#at]!
      const value = this.#value()
      // RabbitMQ looks a key up from the front: the first of two counts.
      if (!(key in table)) table[key] = value
    }
    return table
  }

  #items(end: number): FieldValue[] {
    const items: FieldValue[] = []
    while (this.#at < end) items.push(this.#value())
    return items
  }

  #value(): FieldValue {
    const buffer = this.#buffer
    const type = buffer[this.#at]
    const at = this.#at + 1
    switch (type) {
      case letter.S:
        return this.#string(at)
      case letter.x:
        return new TypedValue('x', this.#bytes(at))
      case letter.F:
        this.#at = at + 4
        return this.entries(at + 4 + buffer.readUInt32BE(at))
      case letter.A:
        this.#at = at + 4
        return this.#items(at + 4 + buffer.readUInt32BE(at))
      case letter.t:
        this.#at = at + 1
        return buffer[at] !== 0
      case letter.V:
        this.#at = at
        return null
      case letter.D:
        this.#at = at + 5
        return new TypedValue('D', { scale: buffer[at]!, unscaled: buffer.readUInt32BE(at + 1) })
      default:
        return this.#number(type, at)
    }
  }

  #number(type: number | undefined, at: number): FieldValue {
    const buffer = this.#buffer
    this.#at = at + 1
    if (type === letter.b) return new TypedValue('b', buffer.readInt8(at))
    if (type === letter.B) return new TypedValue('B', buffer.readUInt8(at))
    this.#at = at + 2
    if (type === letter.s) return new TypedValue('s', buffer.readInt16BE(at))
    if (type === letter.u) return new TypedValue('u', buffer.readUInt16BE(at))
    this.#at = at + 4
    if (type === letter.I) return buffer.readInt32BE(at)
    if (type === letter.i) return new TypedValue('i', buffer.readUInt32BE(at))
    if (type === letter.f) return new TypedValue('f', buffer.readFloatBE(at))
    this.#at = at + 8
    if (type === letter.T) return new TypedValue('T', safeOrBig(buffer.readBigUInt64BE(at)))
    if (type === letter.d) {
      const value = buffer.readDoubleBE(at)
      return numberLetter(value) === 'd' ? value : new TypedValue('d', value)
    }
    // `l`, or `L`: nothing else passes the check.
    const value = safeOrBig(buffer.readBigInt64BE(at))
    return typeof value === 'bigint' || numberLetter(value) === 'l'
      ? value
      : new TypedValue('l', value)
  }

  #string(at: number): string {
    this.#at = at + 4 + this.#buffer.readUInt32BE(at)
    return decodeText(this.#buffer, at + 4, this.#at)
  }

  /** A copy: a table may live long, and must not keep the chunk in which it came. */
  #bytes(at: number): Buffer {
    this.#at = at + 4 + this.#buffer.readUInt32BE(at)
    return Buffer.from(this.#buffer.subarray(at + 4, this.#at))
  }
}

function safeOrBig(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

export function writeTable(writer: ByteWriter, table: FieldTable, depth = 1): void {
  checkDepth(depth)
  writer.measured(() => {
    for (const key of Object.keys(table)) {
      writer.shortString(key)
      writeValue(writer, table[key]!, depth)
    }
  })
}

function writeArray(writer: ByteWriter, items: readonly FieldValue[], depth: number): void {
  checkDepth(depth)
  writer.measured(() => {
    for (const item of items) writeValue(writer, item, depth)
  })
}

function checkDepth(depth: number): void {
  if (depth > tableDepthMax) throw new RangeError(`a table nested deeper than ${tableDepthMax}`)
}

function writeValue(writer: ByteWriter, value: FieldValue, depth: number): void {
  if (typeof value === 'string') {
    writer.octet(letter.S)
    writer.longString(value)
  } else if (typeof value === 'number') {
    writeNumber(writer, numberLetter(value), value)
  } else if (typeof value === 'boolean') {
    writer.octet(letter.t)
    writer.octet(value ? 1 : 0)
  } else if (typeof value === 'bigint') {
    writeNumber(writer, 'l', value)
  } else if (value === null) {
    writer.octet(letter.V)
  } else if (value instanceof TypedValue) {
    writeTyped(writer, value)
  } else if (isArray(value)) {
    writer.octet(letter.A)
    writeArray(writer, value, depth + 1)
  } else if (typeof value === 'object') {
    writer.octet(letter.F)
    writeTable(writer, value, depth + 1)
  } else {
    throw new TypeError(`a field table cannot hold ${typeof value}`)
  }
}

function writeTyped(writer: ByteWriter, typed: AnyTypedValue): void {
  switch (typed.type) {
    case 'x':
      writer.octet(letter.x)
      writer.longString(typed.value)
      break
    case 'D':
      writer.octet(letter.D)
      writer.octet(typed.value.scale)
      writer.long(typed.value.unscaled)
      break
    default:
      writeNumber(writer, typed.type, typed.value)
  }
}

const numberWriters = {
  b: ByteWriter.prototype.signedOctet,
  B: ByteWriter.prototype.octet,
  s: ByteWriter.prototype.signedShort,
  u: ByteWriter.prototype.short,
  i: ByteWriter.prototype.long,
  I: ByteWriter.prototype.signedLong,
  l: ByteWriter.prototype.signedLonglong,
  d: ByteWriter.prototype.double,
  f: ByteWriter.prototype.float,
  T: ByteWriter.prototype.longlong,
} as const
type NumberLetter = keyof typeof numberWriters

function writeNumber(writer: ByteWriter, type: NumberLetter, value: number | bigint): void {
  writer.octet(letter[type])
  // Only `l` and `T` take a bigint, and TypedValue allows it to no other.
  ;(numberWriters[type] as (value: number | bigint) => void).call(writer, value)
}
