// Reads and writes any method, by readers and writers that are made from the table once.
//
//   +----------+-----------+-----------+
//   | class u16| method u16| arguments |       [AMQP 0-9-1, 4.2.4]
//   +----------+-----------+-----------+

import { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'
import { type FieldTable, writeTable } from './field-table.ts'
import { type FieldType, type MethodDefinition, methodTable } from './method-table.ts'
import type { DecodedMethod, MethodArgumentsForWrite, MethodName } from './methods.ts'
import { ProtocolError } from './protocol-error.ts'
import { ReplyCode } from './reply-codes.ts'

type Values = Record<string, unknown>
type Read = (reader: ByteReader, values: Values) => void
type Write = (writer: ByteWriter, values: Readonly<Values>) => void

interface MethodCodec {
  readonly name: MethodName
  readonly classId: number
  readonly methodId: number
  readonly reads: readonly Read[]
  readonly writes: readonly Write[]
}

const readers: Readonly<Record<Exclude<FieldType, 'bit'>, (reader: ByteReader) => unknown>> = {
  octet: (reader) => reader.octet(),
  short: (reader) => reader.short(),
  long: (reader) => reader.long(),
  longlong: (reader) => reader.longlong(),
  shortstr: (reader) => reader.shortString(),
  longstr: (reader) => reader.longString(),
  table: (reader) => reader.table(),
  timestamp: (reader) => reader.longlong(),
}

/** A value that is not given can only be a reserved one: the types see to that. */
const writers: Readonly<
  Record<Exclude<FieldType, 'bit'>, (writer: ByteWriter, value: unknown) => void>
> = {
  octet: (writer, value) => writer.octet((value as number | undefined) ?? 0),
  short: (writer, value) => writer.short((value as number | undefined) ?? 0),
  long: (writer, value) => writer.long((value as number | undefined) ?? 0),
  longlong: (writer, value) => writer.longlong((value as number | undefined) ?? 0),
  shortstr: (writer, value) => writer.shortString((value as string | undefined) ?? ''),
  longstr: (writer, value) => writer.longString((value as string | Uint8Array | undefined) ?? ''),
  table: (writer, value) => writeTable(writer, (value as FieldTable | undefined) ?? {}),
  timestamp: (writer, value) => writer.longlong((value as number | undefined) ?? 0),
}

function readBits(names: readonly string[]): Read {
  return (reader, values) => {
    const bits = reader.octet()
    for (let i = 0; i < names.length; i += 1) values[names[i]!] = (bits & (1 << i)) !== 0
  }
}

function writeBits(names: readonly string[]): Write {
  return (writer, values) => {
    let bits = 0
    for (let i = 0; i < names.length; i += 1) if (values[names[i]!] === true) bits |= 1 << i
    writer.octet(bits)
  }
}

/** No method has more than eight bits in a row. */
function makeCodec(name: MethodName, definition: MethodDefinition): MethodCodec {
  const reads: Read[] = []
  const writes: Write[] = []
  let bits: string[] = []
  const flushBits = (): void => {
    if (bits.length === 0) return
    reads.push(readBits(bits))
    writes.push(writeBits(bits))
    bits = []
  }
  for (const [field, type] of Object.entries(definition.fields)) {
    if (type === 'bit') {
      bits.push(field)
      continue
    }
    flushBits()
    const read = readers[type]
    const write = writers[type]
    reads.push((reader, values) => {
      values[field] = read(reader)
    })
    writes.push((writer, values) => write(writer, values[field]))
  }
  flushBits()
  return { name, classId: definition.classId, methodId: definition.methodId, reads, writes }
}

const codecs: readonly MethodCodec[] = Object.entries(methodTable).map(([name, definition]) =>
  makeCodec(name as MethodName, definition),
)
const codecByName: ReadonlyMap<MethodName, MethodCodec> = new Map(codecs.map((c) => [c.name, c]))
const codecByKey: ReadonlyMap<number, MethodCodec> = new Map(
  codecs.map((c) => [c.classId * 0x10000 + c.methodId, c]),
)

/** Reads the payload of a method frame, which is all that lies between `start` and `end`. */
export function readMethod(buffer: Buffer, start: number, end: number): DecodedMethod {
  if (end - start < 4) throw new ProtocolError(ReplyCode.frameError, 'method frame too short')
  const classId = buffer.readUInt16BE(start)
  const methodId = buffer.readUInt16BE(start + 2)
  const codec = codecByKey.get(classId * 0x10000 + methodId)
  if (codec === undefined) {
    throw new ProtocolError(ReplyCode.commandInvalid, 'unimplemented method', classId, methodId)
  }
  const values: Values = {}
  try {
    const reader = new ByteReader(buffer, start + 4, end)
    for (const read of codec.reads) read(reader, values)
    reader.finish()
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    throw new ProtocolError(error.code, error.explanation, classId, methodId)
  }
  // The table gave both the type and the readers that filled `values`.
  return { name: codec.name, classId, methodId, arguments: values } as unknown as DecodedMethod
}

/** Writes the payload of a method frame. A value that does not fit its field is a RangeError. */
export function writeMethod<Name extends MethodName>(
  writer: ByteWriter,
  name: Name,
  values: MethodArgumentsForWrite<Name>,
): void {
  const codec = codecByName.get(name)
  if (codec === undefined) throw new TypeError(`no AMQP method is called ${name}`)
  writer.short(codec.classId)
  writer.short(codec.methodId)
  for (const write of codec.writes) write(writer, values)
}
