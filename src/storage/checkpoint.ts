// The checkpoint file: what recovery would have to read the whole log for. It is written anew each
// time and renamed into place, so there is either the old one or the new one.
//
//  file    | magic 8 | version u32 | chunk | chunk | ... | end chunk |
//  chunk   | length u32 | checksum u32 (of what follows) | kind u8 | numbers ... |
//
//  start      segment, offset, epoch, frameNumber, link      where the log is read from
//  lane       laneId, cut, nextSequence, cursor
//  table      table                                          more entries of the lane before
//  pages      pageCount, pages                               more pages of the lane before
//  segments   count, count x (segment, totalWeight)
//  end        laneCount
//
//  table      count, sequences, positions, body sizes, deliveries
//  page       0, table                                       a page that was in memory
//             1, position, recordBytes, entryCount, count, bodyBytes, first, last, spans
//
// Every number is a f64. The `cut` of a lane is the position from which the log has news of it.

import { checksum } from './checksum.ts'
import { Columns, movedBit } from './columns.ts'
import type { DiskLane } from './disk-lane.ts'
import type { JournalStart } from './journal.ts'
import { weightOf } from './ledger.ts'
import type { PageReference } from './page.ts'

export const checkpointVersion = 1
const magic = 'WARRENCP'
const fileHeaderBytes = 12
const chunkHeaderBytes = 9
const spilledSpan = (segment: number): boolean => segment < 0

export const ChunkKind = { start: 1, lane: 2, table: 3, pages: 4, segments: 5, end: 6 } as const
export type ChunkKind = (typeof ChunkKind)[keyof typeof ChunkKind]

/** Gathers chunks in a buffer that is taken from time to time. */
export class ChunkWriter {
  #bytes = Buffer.allocUnsafeSlow(1 << 16)
  #length = 0
  #chunkStart = 0

  constructor() {
    this.#bytes.write(magic, 0, 'latin1')
    this.#bytes.writeUInt32LE(checkpointVersion, 8)
    this.#length = fileHeaderBytes
  }

  get length(): number {
    return this.#length
  }

  begin(kind: ChunkKind): void {
    this.#chunkStart = this.#length
    this.#makeRoom(chunkHeaderBytes)
    this.#length += chunkHeaderBytes
    this.#bytes[this.#length - 1] = kind
  }

  number(value: number): void {
    this.#makeRoom(8)
    this.#length = this.#bytes.writeDoubleLE(value, this.#length)
  }

  end(): void {
    const start = this.#chunkStart
    this.#bytes.writeUInt32LE(this.#length - start, start)
    this.#bytes.writeUInt32LE(checksum(this.#bytes, start + 8, this.#length), start + 4)
  }

  /** What was gathered, to be written at the end of the file; the writer goes on with nothing. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length)
    this.#bytes = Buffer.allocUnsafeSlow(1 << 16)
    this.#length = 0
    return taken
  }

  #makeRoom(byteCount: number): void {
    if (this.#length + byteCount <= this.#bytes.length) return
    const grown = Buffer.allocUnsafeSlow(this.#bytes.length * 2)
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }
}

export function writeStart(writer: ChunkWriter, start: JournalStart): void {
  writer.begin(ChunkKind.start)
  for (const value of [start.segment, start.offset, start.epoch, start.frameNumber, start.link]) {
    writer.number(value)
  }
  writer.end()
}

/** Entries and pages that one chunk holds at most: what is encoded without a pause. */
const entriesMax = 4096
const pagesMax = 64

/**
 * Writes a lane as it is now, in chunks; other work may be done between them. What may change
 * meanwhile is copied first, unless it fits one chunk.
 */
export function* laneChunks(writer: ChunkWriter, lane: DiskLane, cut: number): Generator<void> {
  writer.begin(ChunkKind.lane)
  for (const value of [lane.laneId, cut, lane.nextSequence, lane.cursor]) writer.number(value)
  writer.end()
  const table = lane.table.count > entriesMax ? lane.table.clone() : lane.table
  const pages = lane.backlog.pages.map((page) => (page instanceof Columns ? page.clone() : page))
  for (let from = table.head; from < table.tail; from += entriesMax) {
    writer.begin(ChunkKind.table)
    writeTable(writer, table, { from, to: Math.min(from + entriesMax, table.tail) })
    writer.end()
    if (table !== lane.table) yield
  }
  for (let from = 0; from < pages.length; from += pagesMax) {
    const some = pages.slice(from, from + pagesMax)
    writer.begin(ChunkKind.pages)
    writer.number(some.length)
    for (const page of some) {
      writer.number(page instanceof Columns ? 0 : 1)
      if (page instanceof Columns) writeTable(writer, page, { from: page.head, to: page.tail })
      else writeReference(writer, page)
    }
    writer.end()
    yield
  }
}

export function writeSegments(writer: ChunkWriter, segments: readonly (readonly number[])[]): void {
  writer.begin(ChunkKind.segments)
  writer.number(segments.length)
  for (const values of segments) for (const value of values) writer.number(value)
  writer.end()
}

export function writeEnd(writer: ChunkWriter, laneCount: number): void {
  writer.begin(ChunkKind.end)
  writer.number(laneCount)
  writer.end()
}

/** Spilled entries are left out: a restart loses them. */
function writeTable(
  writer: ChunkWriter,
  table: Columns,
  range: { from: number; to: number },
): void {
  const places: number[] = []
  for (let at = range.from; at < range.to; at += 1) {
    if (table.positions[at]! > 0) places.push(at)
  }
  writer.number(places.length)
  for (const at of places) {
    writer.number(table.sequences[at]!)
    writer.number(table.positions[at]!)
    writer.number(table.bodyBytes[at]!)
    writer.number(table.deliveries[at]! % movedBit)
  }
}

function writeReference(writer: ChunkWriter, page: PageReference): void {
  for (const value of [page.position, page.recordBytes, page.entryCount, page.count]) {
    writer.number(value)
  }
  for (const value of [page.bodyBytes, page.firstSequence, page.lastSequence, page.spans.length]) {
    writer.number(value)
  }
  for (const { segment, references, weight } of page.spans) {
    for (const value of [segment, references, weight]) writer.number(value)
  }
}

export interface CheckpointLane {
  readonly laneId: number
  readonly cut: number
  readonly nextSequence: number
  readonly cursor: number
  readonly table: Columns
  readonly pages: (Columns | PageReference)[]
}

export interface Checkpoint {
  readonly start: JournalStart
  readonly lanes: CheckpointLane[]
  readonly segments: { readonly segment: number; readonly totalWeight: number }[]
}

/** Reads the numbers of one chunk. */
class Numbers {
  readonly #view: DataView
  #at: number

  constructor(view: DataView) {
    this.#view = view
    this.#at = chunkHeaderBytes
  }

  next(): number {
    const value = this.#view.getFloat64(this.#at, true)
    this.#at += 8
    return value
  }
}

/** The version of a checkpoint file, or null if it is none. */
export function checkpointFileVersion(bytes: Buffer): number | null {
  if (bytes.length < fileHeaderBytes || bytes.toString('latin1', 0, 8) !== magic) return null
  return bytes.readUInt32LE(8)
}

/** Null if anything in the file is damaged or missing. */
export function decodeCheckpoint(bytes: Buffer): Checkpoint | null {
  let start: JournalStart | null = null
  const lanes: CheckpointLane[] = []
  const segments: { segment: number; totalWeight: number }[] = []
  for (let at = fileHeaderBytes; at + chunkHeaderBytes <= bytes.length; ) {
    const length = bytes.readUInt32LE(at)
    if (length < chunkHeaderBytes || at + length > bytes.length) return null
    if (bytes.readUInt32LE(at + 4) !== checksum(bytes, at + 8, at + length)) return null
    const numbers = new Numbers(new DataView(bytes.buffer, bytes.byteOffset + at, length))
    const kind = bytes[at + 8]
    if (kind === ChunkKind.start) start = readStart(numbers)
    else if (kind === ChunkKind.lane) lanes.push(readLane(numbers))
    else if (kind === ChunkKind.table) readTable(numbers, lanes.at(-1)!.table)
    else if (kind === ChunkKind.pages) readPages(numbers, lanes.at(-1)!.pages)
    else if (kind === ChunkKind.segments) {
      for (let left = numbers.next(); left > 0; left -= 1) {
        segments.push({ segment: numbers.next(), totalWeight: numbers.next() })
      }
    } else if (kind === ChunkKind.end) {
      return start !== null && numbers.next() === lanes.length ? { start, lanes, segments } : null
    }
    at += length
  }
  return null
}

function readStart(numbers: Numbers): JournalStart {
  return {
    segment: numbers.next(),
    offset: numbers.next(),
    epoch: numbers.next(),
    frameNumber: numbers.next(),
    link: numbers.next(),
  }
}

function readLane(numbers: Numbers): CheckpointLane {
  const laneId = numbers.next()
  const cut = numbers.next()
  const nextSequence = numbers.next()
  const cursor = numbers.next()
  return { laneId, cut, nextSequence, cursor, table: new Columns(), pages: [] }
}

function readPages(numbers: Numbers, pages: (Columns | PageReference)[]): void {
  for (let left = numbers.next(); left > 0; left -= 1) {
    const inMemory = numbers.next() === 0
    const page = inMemory ? readTable(numbers, new Columns()) : readReference(numbers)
    if (page.count > 0) pages.push(page)
  }
}

function readTable(numbers: Numbers, table: Columns): Columns {
  for (let left = numbers.next(); left > 0; left -= 1) {
    table.push(numbers.next(), numbers.next(), numbers.next(), numbers.next())
  }
  return table
}

/** What was spilled is gone, so a page's count and size shrink by it. */
function readReference(numbers: Numbers): PageReference {
  const position = numbers.next()
  const recordBytes = numbers.next()
  const entryCount = numbers.next()
  let count = numbers.next()
  let bodyBytes = numbers.next()
  const firstSequence = numbers.next()
  const lastSequence = numbers.next()
  const spans: { segment: number; references: number; weight: number }[] = []
  for (let left = numbers.next(); left > 0; left -= 1) {
    const span = { segment: numbers.next(), references: numbers.next(), weight: numbers.next() }
    if (spilledSpan(span.segment)) {
      count -= span.references
      bodyBytes -= span.weight - span.references * weightOf(0)
    } else spans.push(span)
  }
  const sizes = { position, recordBytes, entryCount, count, bodyBytes }
  return { ...sizes, firstSequence, lastSequence, spans }
}
