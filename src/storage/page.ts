// Index pages: runs of 4096 entries of a backlog. A full one is written to the log as a record,
// and of it only a reference stays in memory: about 100 bytes for 4096 messages.
//
//  page entries, each   varint: sequence difference x 4 + spilled x 2 + redelivered
//                       varint: zigzag difference of the position from the one before of its kind
//                       varint: body size

import { Columns } from './columns.ts'
import { weightOf } from './ledger.ts'
import { segmentOf } from './positions.ts'

/** Entries of a full page, if nothing else is asked for. */
export const pageEntriesDefault = 4096

/** What is held of one segment: the segment (negative: of the spill log), references, weight. */
export interface Span {
  readonly segment: number
  references: number
  weight: number
}

/** A page that is on disk. */
export interface PageReference {
  /** Of the page's own record; negative if it lies in the spill log. */
  readonly position: number
  readonly recordBytes: number
  /** Entries in the record, and those of them that are still there: a restart loses the spilled. */
  readonly entryCount: number
  readonly count: number
  readonly bodyBytes: number
  readonly firstSequence: number
  readonly lastSequence: number
  readonly spans: readonly Span[]
}

/** Signed segment number of a position: that of a spilled one is negative. */
export const signedSegment = (position: number): number =>
  position < 0 ? -segmentOf(-position) : segmentOf(position)

/** What a run of entries holds, by segment. */
export function spansOf(columns: Columns): Span[] {
  const spans: Span[] = []
  let last: Span | undefined
  for (let at = columns.head; at < columns.tail; at += 1) {
    const position = columns.positions[at]!
    if (position === 0) continue
    const segment = signedSegment(position)
    if (last?.segment !== segment) {
      last = spans.find((span) => span.segment === segment)
      if (last === undefined) {
        last = { segment, references: 0, weight: 0 }
        spans.push(last)
      }
    }
    last.references += 1
    last.weight += weightOf(columns.bodyBytes[at]!)
  }
  return spans
}

export function sumBodyBytes(columns: Columns): number {
  let bytes = 0
  for (let at = columns.head; at < columns.tail; at += 1) {
    if (columns.positions[at] !== 0) bytes += columns.bodyBytes[at]!
  }
  return bytes
}

// An entry needs at most three varints of eight bytes.
const entryBytesMax = 24

export function encodeEntries(columns: Columns): Uint8Array {
  const bytes = new Uint8Array(columns.count * entryBytesMax)
  let to = 0
  const write = (value: number): void => {
    let rest = value
    while (rest > 127) {
      bytes[to] = 128 + (rest % 128)
      to += 1
      rest = Math.floor(rest / 128)
    }
    bytes[to] = rest
    to += 1
  }
  let sequence = 0
  const before = [0, 0]
  for (let at = columns.head; at < columns.tail; at += 1) {
    const position = columns.positions[at]!
    if (position === 0) continue
    const spilled = position < 0 ? 1 : 0
    const difference = Math.abs(position) - before[spilled]!
    before[spilled] = Math.abs(position)
    write((columns.sequences[at]! - sequence) * 4 + spilled * 2 + (columns.deliveries[at]! & 1))
    sequence = columns.sequences[at]!
    write(difference < 0 ? -difference * 2 - 1 : difference * 2)
    write(columns.bodyBytes[at]!)
  }
  return bytes.subarray(0, to)
}

/** The entries of a page, or null if they are not what its reference says. */
export function decodePage(page: PageReference, bytes: Uint8Array): Columns | null {
  const columns = decodeEntries(bytes, page.entryCount, page.entryCount !== page.count)
  return columns.count === page.count ? columns : null
}

/** With `durableOnly`, entries that were spilled before a restart are left out. */
export function decodeEntries(bytes: Uint8Array, count: number, durableOnly: boolean): Columns {
  const columns = new Columns(count)
  let from = 0
  const read = (): number => {
    let value = 0
    let factor = 1
    for (;;) {
      const byte = bytes[from] ?? 0
      from += 1
      value += (byte & 127) * factor
      if (byte < 128) return value
      factor *= 128
    }
  }
  let sequence = 0
  const before = [0, 0]
  let head = 0
  let difference = 0
  let bodyBytes = 0
  let encodedBytes = 0
  for (let i = 0; i < count; i += 1) {
    // Messages alike that came one after the other have entries alike.
    if (isRepeated(bytes, from, encodedBytes)) from += encodedBytes
    else {
      const start = from
      head = read()
      const zigzag = read()
      difference = zigzag % 2 === 1 ? -(zigzag + 1) / 2 : zigzag / 2
      bodyBytes = read()
      encodedBytes = from - start
    }
    const spilled = (head >> 1) & 1
    sequence += Math.floor(head / 4)
    const position = before[spilled]! + difference
    before[spilled] = position
    if (spilled === 1 && durableOnly) continue
    columns.push(sequence, spilled === 1 ? -position : position, bodyBytes, head & 1)
  }
  return columns
}

/** Whether the `count` bytes before a place come once more from there on. */
function isRepeated(bytes: Uint8Array, place: number, count: number): boolean {
  if (count === 0 || place + count > bytes.length) return false
  for (let i = place; i < place + count; i += 1) if (bytes[i] !== bytes[i - count]) return false
  return true
}
