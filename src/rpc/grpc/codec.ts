// Values as google.protobuf.Value, arguments as google.protobuf.ListValue [struct.proto]:
//
//   Value     oneof  1 null varint, 2 number double, 3 string, 4 bool varint, 5 Struct, 6 ListValue
//   Struct    1 fields: entries (1 key, 2 Value)          ListValue   1 values
//
// By hand, because the generic codecs take five times as long for a map of a hundred entries. All
// numbers are doubles there; bytes travel as {"$bytes": base64} and dates as text, as in JSON.
import { RpcError } from '../error.ts'
import { Double, isRecord, setKey } from '../value.ts'
import { ReverseWriter, WireError, WireReader, WireType } from './wire.ts'

const Field = { NULL: 1, NUMBER: 2, STRING: 3, BOOL: 4, STRUCT: 5, LIST: 6 } as const
const depthMax = 128

const invalid = (message: string): RpcError => new RpcError('INVALID_ARGUMENT', message)

function writeObject(writer: ReverseWriter, value: object, depth: number): void {
  if (depth > depthMax) throw invalid('the value is nested too deeply')
  const before = writer.length
  if (Array.isArray(value)) {
    writeItems(writer, value, depth)
    writer.head(Field.LIST, before)
    return
  }
  if (value instanceof Date) {
    writeValue(writer, value.toISOString(), depth)
    return
  }
  if (value instanceof Double) {
    writeValue(writer, value.value, depth)
    return
  }
  if (value instanceof Uint8Array) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    writeValue(writer, { $bytes: bytes.toString('base64') }, depth)
    return
  }
  const entries = Object.entries(value)
  for (let i = entries.length - 1; i >= 0; i--) {
    const [key, item] = entries[i] as [string, unknown]
    if (item === undefined) continue
    const entry = writer.length
    writeValue(writer, item, depth + 1)
    writer.head(2, entry)
    writer.textField(1, key)
    writer.head(1, entry)
  }
  writer.head(Field.STRUCT, before)
}

function writeItems(writer: ReverseWriter, items: readonly unknown[], depth: number): void {
  for (let i = items.length - 1; i >= 0; i--) {
    const before = writer.length
    writeValue(writer, items[i], depth + 1)
    writer.head(1, before)
  }
}

function writeValue(writer: ReverseWriter, value: unknown, depth: number): void {
  switch (typeof value) {
    case 'number':
      writer.double(value)
      writer.tag(Field.NUMBER, WireType.FIXED64)
      return
    case 'string':
      writer.textField(Field.STRING, value)
      return
    case 'boolean':
      writer.varint(value ? 1 : 0)
      writer.tag(Field.BOOL, WireType.VARINT)
      return
    case 'bigint': {
      const number = Number(value)
      writeValue(writer, Number.isSafeInteger(number) ? number : String(value), depth)
      return
    }
    case 'undefined':
      writer.varint(0)
      writer.tag(Field.NULL, WireType.VARINT)
      return
    case 'object':
      if (value === null) writeValue(writer, undefined, depth)
      else writeObject(writer, value, depth)
      return
    default:
      throw invalid(`a ${typeof value} cannot be sent`)
  }
}

export function encodeValue(value: unknown): Buffer {
  const writer = new ReverseWriter()
  writeValue(writer, value, 0)
  return writer.finish()
}

export function encodeList(items: readonly unknown[]): Buffer {
  const writer = new ReverseWriter()
  writeItems(writer, items, 0)
  return writer.finish()
}

function readStruct(reader: WireReader, depth: number): unknown {
  const record: Record<string, unknown> = {}
  while (!reader.done) {
    const tag = reader.varint()
    if (tag !== ((1 << 3) | WireType.LENGTH)) {
      reader.skip(tag & 7)
      continue
    }
    const entry = reader.inner()
    let key = ''
    let value: unknown = null
    while (!entry.done) {
      const part = entry.varint()
      if (part === ((1 << 3) | WireType.LENGTH)) key = entry.text()
      else if (part === ((2 << 3) | WireType.LENGTH)) value = readValue(entry.inner(), depth + 1)
      else entry.skip(part & 7)
    }
    setKey(record, key, value)
  }
  const { $bytes: bytes } = record
  if (typeof bytes === 'string' && Object.keys(record).length === 1) {
    return Buffer.from(bytes, 'base64')
  }
  return record
}

function readList(reader: WireReader, depth: number): unknown[] {
  const items: unknown[] = []
  while (!reader.done) {
    const tag = reader.varint()
    if (tag === ((1 << 3) | WireType.LENGTH)) items.push(readValue(reader.inner(), depth + 1))
    else reader.skip(tag & 7)
  }
  return items
}

/** A message without content is null; of several contents the last one counts [proto3: oneof]. */
function readValue(reader: WireReader, depth: number): unknown {
  if (depth > depthMax) throw new WireError('the value is nested too deeply')
  let value: unknown = null
  while (!reader.done) {
    const tag = reader.varint()
    if (tag === ((Field.NUMBER << 3) | WireType.FIXED64)) value = reader.double()
    else if (tag === ((Field.STRING << 3) | WireType.LENGTH)) value = reader.text()
    else if (tag === ((Field.BOOL << 3) | WireType.VARINT)) value = reader.varint() !== 0
    else if (tag === ((Field.STRUCT << 3) | WireType.LENGTH)) {
      value = readStruct(reader.inner(), depth)
    } else if (tag === ((Field.LIST << 3) | WireType.LENGTH)) {
      value = readList(reader.inner(), depth)
    } else {
      reader.skip(tag & 7)
      if (tag >> 3 === Field.NULL) value = null
    }
  }
  return value
}

/** Throws WireError for what is no Value. */
export function decodeValue(bytes: Buffer): unknown {
  return readValue(new WireReader(bytes), 0)
}

/** Throws WireError for what is no ListValue. */
export function decodeList(bytes: Buffer): unknown[] {
  return readList(new WireReader(bytes), 0)
}

const valueUrl = 'type.googleapis.com/google.protobuf.Value'

/** google.rpc.Status {1 code, 2 message, 3 details: Any {1 type_url, 2 value}}. */
export function encodeStatus(code: number, message: string, details: unknown): Buffer {
  const writer = new ReverseWriter(256)
  const before = writer.length
  writer.bytes(encodeValue(details))
  writer.head(2, before)
  writer.textField(1, valueUrl)
  writer.head(3, before)
  writer.textField(2, message)
  writer.varint(code)
  writer.tag(1, WireType.VARINT)
  return writer.finish()
}

/** The first detail of a google.rpc.Status that is a Value; undefined when there is none. */
export function statusDetails(bytes: Buffer): Record<string, unknown> | undefined {
  const status = new WireReader(bytes)
  while (!status.done) {
    const tag = status.varint()
    if (tag !== ((3 << 3) | WireType.LENGTH)) {
      status.skip(tag & 7)
      continue
    }
    const any = status.inner()
    let url = ''
    let content: Buffer | undefined
    while (!any.done) {
      const part = any.varint()
      if (part === ((1 << 3) | WireType.LENGTH)) url = any.text()
      else if (part === ((2 << 3) | WireType.LENGTH)) content = any.content()
      else any.skip(part & 7)
    }
    if (url !== valueUrl || content === undefined) continue
    const value = decodeValue(content)
    if (isRecord(value)) return value
  }
  return undefined
}
