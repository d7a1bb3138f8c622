// Content headers: the size of the body and the message's properties.
//
//   +---------+----------+--------------+-----------+------------+
//   |class u16|weight u16|body size u64 | flags u16 | properties |      [AMQP 0-9-1, 4.2.6.1]
//   +---------+----------+--------------+-----------+------------+
//
// Flags say which properties follow, the first in the highest bit. The two lowest bits would
// announce more flags; RabbitMQ ignores them, and so does this. `start` and `end` are those of the
// header frame's payload. All but `validateHeader` and `readProperties` rely on a valid header.

import { ByteWriter } from './byte-writer.ts'
import { type FieldTable, readTable, writeTable } from './field-table.ts'
import { ProtocolError } from './protocol-error.ts'
import { ReplyCode } from './reply-codes.ts'
import { asBuffer, readShortString } from './strings.ts'
import { checkTable } from './table-check.ts'

export interface MessageProperties {
  contentType?: string
  contentEncoding?: string
  headers?: FieldTable
  /** 2 is persistent. */
  deliveryMode?: number
  priority?: number
  correlationId?: string
  replyTo?: string
  /** Milliseconds, in decimal digits. */
  expiration?: string
  messageId?: string
  /** Seconds since the epoch; beyond 2^53 the nearest number. */
  timestamp?: number
  type?: string
  userId?: string
  appId?: string
  clusterId?: string
}
type PropertyName = keyof MessageProperties

/** Properties to set, or to take away where undefined. */
export type PropertyChanges = { [Name in PropertyName]?: MessageProperties[Name] | undefined }

export const PropertyFlag = {
  contentType: 0x8000,
  contentEncoding: 0x4000,
  headers: 0x2000,
  deliveryMode: 0x1000,
  priority: 0x0800,
  correlationId: 0x0400,
  replyTo: 0x0200,
  expiration: 0x0100,
  messageId: 0x0080,
  timestamp: 0x0040,
  type: 0x0020,
  userId: 0x0010,
  appId: 0x0008,
  clusterId: 0x0004,
} as const
export type PropertyFlag = (typeof PropertyFlag)[PropertyName]

const names = Object.keys(PropertyFlag) as readonly PropertyName[]
const octetFlags = PropertyFlag.deliveryMode | PropertyFlag.priority
const allFlags = 0xfffc
/** Class, weight, body size and flags. */
const fixedBytes = 14
const basicClassId = 60
const high = 2 ** 32

function malformed(): ProtocolError {
  return new ProtocolError(ReplyCode.syntaxError, 'malformed content header', basicClassId, 40)
}

export function readHeaderClassId(header: Uint8Array, start: number): number {
  return (header[start]! << 8) | header[start + 1]!
}

/** The announced size of the body; beyond 2^53 the nearest number, which is above every limit. */
export function readBodySize(header: Uint8Array, start: number): number {
  return readLong(header, start + 4) * high + readLong(header, start + 8)
}

function readLong(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
  )
}

/** Which properties there are, as `PropertyFlag`s. */
export function readPropertyFlags(header: Uint8Array, start: number): number {
  return ((header[start + 12]! << 8) | header[start + 13]!) & allFlags
}

/** Where a property's value begins, or -1 if it is not there. */
export function propertyPosition(header: Uint8Array, start: number, flag: PropertyFlag): number {
  const flags = readPropertyFlags(header, start)
  if ((flags & flag) === 0) return -1
  let at = start + fixedBytes
  for (let bit = 0x8000; bit > flag; bit >>= 1) {
    if ((flags & bit) !== 0) at = skipProperty(header, at, bit)
  }
  return at
}

function skipProperty(header: Uint8Array, at: number, flag: number): number {
  if ((flag & octetFlags) !== 0) return at + 1
  if (flag === PropertyFlag.headers) return at + 4 + readLong(header, at)
  if (flag === PropertyFlag.timestamp) return at + 8
  return at + 1 + header[at]!
}

/** The delivery mode, or 0 if it is not there. */
export function skimDeliveryMode(header: Uint8Array, start: number, end: number): number {
  const flags = header[start + 12]!
  if ((flags & 0x10) === 0) return 0
  if ((flags & 0xe0) === 0) return header[start + fixedBytes]!
  const at = propertyPosition(header, start, PropertyFlag.deliveryMode)
  return at < end ? header[at]! : 0
}

/** The priority, or 0 if it is not there. */
export function skimPriority(header: Uint8Array, start: number, end: number): number {
  if ((header[start + 12]! & 0x08) === 0) return 0
  const at = propertyPosition(header, start, PropertyFlag.priority)
  return at < end ? header[at]! : 0
}

/** Throws unless the properties fill the header exactly, so that reading them later cannot fail. */
export function validateHeader(header: Uint8Array, start: number, end: number): void {
  if (end - start < fixedBytes) throw malformed()
  const flags = readPropertyFlags(header, start)
  let at = start + fixedBytes
  for (let rest = flags; rest !== 0; ) {
    const bit = 0x80000000 >>> Math.clz32(rest)
    rest ^= bit
    if (at >= end) throw malformed()
    at = bit === PropertyFlag.headers ? checkTable(header, at, end) : skipProperty(header, at, bit)
  }
  if (at !== end) throw malformed()
}

export function readProperties(header: Uint8Array, start: number, end: number): MessageProperties {
  validateHeader(header, start, end)
  const buffer = asBuffer(header)
  const flags = readPropertyFlags(buffer, start)
  const properties: Record<string, unknown> = {}
  let at = start + fixedBytes
  for (const name of names) {
    const flag = PropertyFlag[name]
    if ((flags & flag) === 0) continue
    const next = skipProperty(buffer, at, flag)
    properties[name] = readProperty(buffer, at, flag)
    at = next
  }
  return properties
}

function readProperty(buffer: Buffer, at: number, flag: PropertyFlag): unknown {
  if ((flag & octetFlags) !== 0) return buffer[at]
  if (flag === PropertyFlag.headers) return readTable(buffer, at, buffer.length)
  if (flag === PropertyFlag.timestamp) return readLong(buffer, at) * high + readLong(buffer, at + 4)
  return readShortString(buffer, at)
}

function writeProperty(writer: ByteWriter, name: PropertyName, properties: PropertyChanges): void {
  switch (name) {
    case 'headers':
      writeTable(writer, properties.headers ?? {})
      break
    case 'deliveryMode':
    case 'priority':
      writer.octet(properties[name] ?? 0)
      break
    case 'timestamp':
      writer.longlong(properties.timestamp ?? 0)
      break
    default:
      writer.shortString(properties[name] ?? '')
  }
}

/** The payload of the content header frame for a message. */
export function encodeHeader(bodySize: number, properties: MessageProperties): Buffer {
  const writer = new ByteWriter()
  writer.short(basicClassId)
  writer.short(0)
  writer.longlong(bodySize)
  let flags = 0
  for (const name of names) if (properties[name] !== undefined) flags |= PropertyFlag[name]
  writer.short(flags)
  for (const name of names) {
    if (properties[name] !== undefined) writeProperty(writer, name, properties)
  }
  return writer.view()
}

/** The header with some properties changed; the octets of all others stay as the publisher sent them. */
export function replaceProperties(
  header: Uint8Array,
  start: number,
  end: number,
  changes: PropertyChanges,
): Buffer {
  validateHeader(header, start, end)
  const writer = new ByteWriter(256)
  writer.raw(header.subarray(start, start + fixedBytes - 2))
  const flags = readPropertyFlags(header, start)
  let changed = flags
  for (const name of names) {
    if (!(name in changes)) continue
    if (changes[name] === undefined) changed &= ~PropertyFlag[name]
    else changed |= PropertyFlag[name]
  }
  writer.short(changed)
  let at = start + fixedBytes
  for (const name of names) {
    const flag = PropertyFlag[name]
    const next = (flags & flag) === 0 ? at : skipProperty(header, at, flag)
    if (changes[name] !== undefined) writeProperty(writer, name, changes)
    else if ((changed & flag) !== 0) writer.raw(header.subarray(at, next))
    at = next
  }
  return writer.view()
}
