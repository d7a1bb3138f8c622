// The records that frames hold: their layout, encoders and readers. All numbers are little-endian.
//
//  every record    0 length u32 (whole)   4 checksum u32 (of bytes 8 to the end)   8 kind u8   ...
//
//  message, copy   9 flags u8 (1: persistent)         10 envelopeBytes u16   12 laneCount u32
//                 16 headerBytes u32   20 bodyBytes u32   24 publishedAtMs f64
//                 32 laneCount x (laneId f64, sequence f64) | envelope | header | body
//  removed        12 count u32   16 laneId f64   24 count x (first f64, last f64)
//  delivered      16 laneId f64   24 sequence f64
//  returned       12 count u32   16 laneId f64   24 count x (sequence f64, deliveryCount f64)
//  dropped        16 laneId f64
//  page           12 count u32   16 laneId f64   24 entries (see page.ts)
//
// A copy is a message that was moved forward; only a salvage without checkpoint looks at it, and so
// it is with pages. What either stands for is known to the checkpoint that follows.

import type { Message } from '../broker/message.ts'
import type { LaneReference } from '../broker/ports.ts'
import { checksumOf } from './checksum.ts'

export const RecordKind = {
  message: 1,
  copy: 2,
  removed: 3,
  delivered: 4,
  returned: 5,
  dropped: 6,
  page: 7,
} as const
export type RecordKind = (typeof RecordKind)[keyof typeof RecordKind]

export const recordPrefixBytes = 9
export const messageFixedBytes = 32
const laneBytes = 16
const listFixedBytes = 24
const persistentFlag = 1

/** Where records are gathered: a growing buffer and a view of the same bytes. */
export interface RecordSink {
  readonly bytes: Uint8Array
  readonly view: DataView
  /** Makes room for a record and returns its offset in `bytes`, which may have been replaced. */
  reserve(byteCount: number): number
}

export function messageRecordBytes(message: Message, laneCount: number): number {
  return (
    messageFixedBytes +
    laneCount * laneBytes +
    message.envelope.encoded.length +
    (message.headerEnd - message.headerStart) +
    (message.bodyEnd - message.bodyStart)
  )
}

/** Gathers a message record and returns its offset in the sink. */
export function writeMessage(
  sink: RecordSink,
  kind: RecordKind,
  message: Message,
  lanes: readonly LaneReference[],
): number {
  const size = messageRecordBytes(message, lanes.length)
  const at = sink.reserve(size)
  const { view, bytes } = sink
  const { encoded } = message.envelope
  const headerBytes = message.headerEnd - message.headerStart
  view.setUint32(at, size, true)
  view.setUint8(at + 8, kind)
  view.setUint8(at + 9, message.persistent ? persistentFlag : 0)
  view.setUint16(at + 10, encoded.length, true)
  view.setUint32(at + 12, lanes.length, true)
  view.setUint32(at + 16, headerBytes, true)
  view.setUint32(at + 20, message.bodyEnd - message.bodyStart, true)
  view.setFloat64(at + 24, message.publishedAtMs, true)
  let to = at + messageFixedBytes
  for (const { laneId, sequence } of lanes) {
    view.setFloat64(to, laneId, true)
    view.setFloat64(to + 8, sequence, true)
    to += laneBytes
  }
  copyBytes(encoded, 0, encoded.length, bytes, to)
  to += encoded.length
  copyBytes(message.header, message.headerStart, message.headerEnd, bytes, to)
  to += headerBytes
  copyBody(message, bytes, to)
  seal(sink, at, size)
  return at
}

function copyBody(message: Message, to: Uint8Array, at: number): void {
  if (message.long === null) {
    copyBytes(message.body, message.bodyStart, message.bodyEnd, to, at)
    return
  }
  let next = at
  for (const piece of message.long.pieces) {
    to.set(piece, next)
    next += piece.length
  }
}

/** Gathers a copy of a message record. */
export function writeCopy(sink: RecordSink, record: DataView): number {
  const size = record.byteLength
  const at = sink.reserve(size)
  sink.bytes.set(new Uint8Array(record.buffer, record.byteOffset, size), at)
  sink.view.setUint8(at + 8, RecordKind.copy)
  seal(sink, at, size)
  return at
}

/** Gathers `removed` or `returned`: pairs of numbers of one lane. */
export function writePairs(
  sink: RecordSink,
  kind: RecordKind,
  laneId: number,
  pairs: readonly number[],
): void {
  const size = listFixedBytes + pairs.length * 8
  const at = sink.reserve(size)
  const { view } = sink
  writeListHead(view, at, size, kind)
  view.setUint32(at + 12, pairs.length / 2, true)
  view.setFloat64(at + 16, laneId, true)
  let to = at + listFixedBytes
  for (const value of pairs) {
    view.setFloat64(to, value, true)
    to += 8
  }
  seal(sink, at, size)
}

export function writeDelivered(sink: RecordSink, laneId: number, sequence: number): void {
  const size = listFixedBytes + 8
  const at = sink.reserve(size)
  writeListHead(sink.view, at, size, RecordKind.delivered)
  sink.view.setFloat64(at + 16, laneId, true)
  sink.view.setFloat64(at + 24, sequence, true)
  seal(sink, at, size)
}

export function writeDropped(sink: RecordSink, laneId: number): void {
  const at = sink.reserve(listFixedBytes)
  writeListHead(sink.view, at, listFixedBytes, RecordKind.dropped)
  sink.view.setFloat64(at + 16, laneId, true)
  seal(sink, at, listFixedBytes)
}

/** Gathers a page whose entries are encoded already, and returns its offset in the sink. */
export function writePage(
  sink: RecordSink,
  laneId: number,
  count: number,
  entries: Uint8Array,
): number {
  const size = listFixedBytes + entries.length
  const at = sink.reserve(size)
  writeListHead(sink.view, at, size, RecordKind.page)
  sink.view.setUint32(at + 12, count, true)
  sink.view.setFloat64(at + 16, laneId, true)
  sink.bytes.set(entries, at + listFixedBytes)
  seal(sink, at, size)
  return at
}

/** Whether an intact record lies at this place; its length is then at the first four bytes. */
export function isIntactRecord(view: DataView, at: number, end: number): boolean {
  if (at + recordPrefixBytes > end) return false
  const length = view.getUint32(at, true)
  if (length < recordPrefixBytes || at + length > end) return false
  if (view.getUint32(at + 4, true) !== checksumOf(view, at + 8, at + length)) return false
  return hasSoundSizes(view, at, length)
}

/** The sizes inside a record add up: true of all that this version has written. */
export function hasSoundSizes(view: DataView, at: number, length: number): boolean {
  const kind = view.getUint8(at + 8)
  if (isMessageRecord(view, at)) {
    if (length < messageFixedBytes) return false
    return messageEnd(view, at) === at + length
  }
  if (length < listFixedBytes) return false
  if (kind === RecordKind.removed || kind === RecordKind.returned) {
    return length === listFixedBytes + view.getUint32(at + 12, true) * 16
  }
  return kind !== RecordKind.delivered || length === listFixedBytes + 8
}

// Where the parts of a message record lie. Numbers, since an object for each record that is read
// would be garbage.

export const envelopeStart = (view: DataView, at: number): number =>
  at + messageFixedBytes + view.getUint32(at + 12, true) * laneBytes

export const headerStart = (view: DataView, at: number): number =>
  envelopeStart(view, at) + view.getUint16(at + 10, true)

export const bodyStart = (view: DataView, at: number): number =>
  headerStart(view, at) + view.getUint32(at + 16, true)

const messageEnd = (view: DataView, at: number): number =>
  bodyStart(view, at) + view.getUint32(at + 20, true)

export function isMessageRecord(view: DataView, at: number): boolean {
  const kind = view.getUint8(at + 8)
  return kind === RecordKind.message || kind === RecordKind.copy
}

export const isPersistent = (view: DataView, at: number): boolean =>
  (view.getUint8(at + 9) & persistentFlag) !== 0

/** The lanes that a message record names. */
export function messageLanes(view: DataView, at: number): LaneReference[] {
  const lanes: LaneReference[] = []
  for (let i = 0; i < view.getUint32(at + 12, true); i += 1) {
    const from = at + messageFixedBytes + i * laneBytes
    lanes.push({ laneId: view.getFloat64(from, true), sequence: view.getFloat64(from + 8, true) })
  }
  return lanes
}

function writeListHead(view: DataView, at: number, size: number, kind: RecordKind): void {
  view.setUint32(at, size, true)
  view.setUint8(at + 8, kind)
  view.setUint8(at + 9, 0)
  view.setUint16(at + 10, 0, true)
  view.setUint32(at + 12, 0, true)
}

function seal(sink: RecordSink, at: number, size: number): void {
  sink.view.setUint32(at + 4, checksumOf(sink.view, at + 8, at + size), true)
}

// A loop beats the call into native code for short ranges.
const loopBytesMax = 40

// biome-ignore lint/complexity/useMaxParams: an object per copied range would cost more than it
export function copyBytes(
  from: Uint8Array,
  start: number,
  end: number,
  to: Uint8Array,
  at: number,
): void {
  if (end - start > loopBytesMax) {
    to.set(from.subarray(start, end), at)
    return
  }
  for (let i = start, j = at; i < end; i += 1, j += 1) to[j] = from[i]!
}
