// Reads the log from a place to its end, frame by frame, and decides what of it counts: a torn tail
// does not, a damaged record elsewhere is reported and left out, stale bytes are nothing.

import type { Logger } from '../base/logger.ts'
import type { DamageList } from './damage.ts'
import {
  decodeSegmentHeader,
  type FrameHeader,
  formatVersion,
  frameContinues,
  frameHeaderBytes,
  frameMagicBytes,
  readFrameHeader,
  segmentHeaderBytes,
} from './frame.ts'
import type { JournalStart } from './journal.ts'
import { positionAt, segmentAfter } from './positions.ts'
import { isIntactRecord } from './records.ts'
import type { Segments } from './segments.ts'

type Visit = (view: DataView, at: number, position: number) => void

/** A frame that was found, with its bytes. */
interface Found {
  readonly header: FrameHeader & { readonly checksum: number }
  readonly segment: number
  readonly offset: number
}

export interface ScannerOptions {
  readonly segments: Segments
  readonly damage: DamageList
  readonly logger: Logger
}

export class Scanner {
  readonly #segments: Segments
  readonly #damage: DamageList
  readonly #logger: Logger
  #bytes: Buffer = Buffer.alloc(0)
  #view: DataView = new DataView(new ArrayBuffer(0))
  #end: JournalStart
  /** Frames of a turn whose last frame has not come yet. */
  #open: { view: DataView; position: number }[] = []
  #openStart: JournalStart | null = null
  /** Known once it was needed. */
  #synced: number | null = null
  /** A frame that was not whole; damage if anything follows it, else the torn tail. */
  #torn: { segment: number; offset: number; end: number } | null = null

  constructor(options: ScannerOptions, start: JournalStart) {
    this.#segments = options.segments
    this.#damage = options.damage
    this.#logger = options.logger
    this.#end = start
  }

  /** Visits all records that count, in order, and returns where the log goes on. */
  scan(visit: Visit): JournalStart {
    const first = this.#end.segment
    for (const segment of this.#segments.numbers) {
      if (segment < first) continue
      const from = segment === first ? this.#end.offset : segmentHeaderBytes
      this.#scanSegment(segment, from, visit)
    }
    this.#bytes = Buffer.alloc(0)
    if (this.#torn !== null)
      this.#logger.info('the torn end of the message log is cut off', this.#torn)
    // A turn whose end was lost is lost as a whole.
    if (this.#openStart !== null) this.#end = this.#openStart
    this.#dropBehind()
    return this.#goOn()
  }

  #scanSegment(segment: number, from: number, visit: Visit): void {
    if (!this.#load(segment)) return
    let offset = from
    while (offset + frameHeaderBytes <= this.#bytes.length) {
      const found = this.#frameAt(segment, offset) ?? this.#search(segment, offset)
      if (found === null) return
      if (this.#torn !== null) this.#lostTorn()
      if (found.offset > offset) this.#lost(segment, offset, found.offset, 'no intact frame')
      this.#take(found, visit)
      offset = found.offset + frameHeaderBytes + found.header.length
    }
  }

  /** Reads a whole segment; false if there is nothing in it. Refuses one of a newer version. */
  #load(segment: number): boolean {
    this.#bytes = this.#readWhole(segment)
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length)
    const header = decodeSegmentHeader(this.#bytes)
    if (header !== null && header.version > formatVersion) {
      throw new Error(
        `${this.#segments.nameOf(segment)} was written by a newer Warren (log version ` +
          `${header.version}, this one knows ${formatVersion}): start that version, or give this ` +
          'one another data directory',
      )
    }
    return this.#bytes.length > 0
  }

  /** The frame that begins here, if there is one that belongs to the log. */
  #frameAt(segment: number, offset: number): Found | null {
    const header = readFrameHeader(this.#view, offset)
    if (header === null || header.segment !== segment || header.offset !== offset) return null
    if (header.epoch < this.#end.epoch || header.number <= this.#end.frameNumber) return null
    if (offset + frameHeaderBytes + header.length > this.#bytes.length) return null
    return { header, segment, offset }
  }

  /** The next frame behind a place where there is none. */
  #search(segment: number, offset: number): Found | null {
    let at = this.#bytes.indexOf(frameMagicBytes, offset + 1)
    while (at >= 0) {
      const found = this.#frameAt(segment, at)
      if (found !== null) return found
      at = this.#bytes.indexOf(frameMagicBytes, at + 1)
    }
    return null
  }

  #take(found: Found, visit: Visit): void {
    const { header, segment, offset } = found
    if (header.link !== this.#end.link) this.#abandonOpen('the frame before it is missing')
    const start = offset + frameHeaderBytes
    const end = start + header.length
    const { places, badStart, badEnd } = this.#intactRecords(start, end)
    if (badStart < badEnd) {
      // Behind what was synced a damaged frame is one that never got to the disk: no one counts
      // on it. Before that, the intact records of the frame were promised.
      if (positionAt(segment, offset) >= this.#syncedKnown()) {
        this.#abandonOpen('a frame of the turn is torn')
        this.#torn = { segment, offset, end }
        return
      }
      this.#lost(segment, badStart, badEnd, 'checksum mismatch')
    }
    if ((header.flags & frameContinues) !== 0) this.#openStart ??= this.#end
    if (this.#openStart !== null) this.#keep(segment, start, end)
    else for (const at of places) visit(this.#view, at, positionAt(segment, at))
    if ((header.flags & frameContinues) === 0) this.#visitOpen(visit)
    this.#end = {
      segment,
      offset: end,
      epoch: header.epoch,
      frameNumber: header.number,
      link: header.checksum,
    }
  }

  /** The records of a frame whose checksums hold, and the range of those that do not. */
  #intactRecords(
    start: number,
    end: number,
  ): { places: number[]; badStart: number; badEnd: number } {
    const places: number[] = []
    let badStart = end
    let badEnd = start
    for (let at = start; at < end; ) {
      const length = at + 4 <= end ? this.#view.getUint32(at, true) : 0
      if (isIntactRecord(this.#view, at, end)) {
        places.push(at)
        at += length
        continue
      }
      // If the length is right the next record is intact; if not, the frame's rest is lost.
      const next = at + length
      const skippable = length > 0 && (next === end || isIntactRecord(this.#view, next, end))
      badStart = Math.min(badStart, at)
      at = skippable ? next : end
      badEnd = at
    }
    return { places, badStart, badEnd }
  }

  /** How far the log was synced, as far as any frame tells. */
  #syncedKnown(): number {
    if (this.#synced !== null) return this.#synced
    let synced = 0
    for (const segment of this.#segments.numbers) {
      if (segment < this.#end.segment) continue
      const bytes = this.#readWhole(segment)
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
      for (let at = bytes.indexOf(frameMagicBytes); at >= 0; ) {
        const header = readFrameHeader(view, at)
        if (header?.segment === segment && header.offset === at) {
          synced = Math.max(synced, header.synced)
        }
        at = bytes.indexOf(frameMagicBytes, at + 1)
      }
    }
    this.#synced = synced
    return synced
  }

  #readWhole(segment: number): Buffer {
    const bytes = Buffer.allocUnsafeSlow(this.#segments.fileBytes(segment))
    return bytes.subarray(0, this.#segments.readNow(segment, bytes, 0))
  }

  #keep(segment: number, start: number, end: number): void {
    const bytes = Buffer.from(this.#bytes.subarray(start, end))
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#open.push({ view, position: positionAt(segment, start) })
  }

  #visitOpen(visit: Visit): void {
    for (const { view, position } of this.#open) {
      for (let at = 0; at < view.byteLength; at += Math.max(1, view.getUint32(at, true))) {
        if (isIntactRecord(view, at, view.byteLength)) visit(view, at, position + at)
      }
    }
    this.#open = []
    this.#openStart = null
  }

  #abandonOpen(reason: string): void {
    if (this.#openStart === null) return
    this.#logger.warn('a turn of the message log is incomplete and left out', { reason })
    this.#open = []
    this.#openStart = null
  }

  #lost(segment: number, from: number, to: number, reason: string): void {
    const damage = { file: this.#segments.nameOf(segment), offset: from, byteCount: to - from }
    this.#damage.report({ ...damage, reason }, this.#bytes.subarray(from, to))
  }

  #lostTorn(): void {
    const { segment, offset, end } = this.#torn!
    this.#torn = null
    this.#damage.report(
      {
        file: this.#segments.nameOf(segment),
        offset,
        byteCount: end - offset,
        reason: 'torn frame',
      },
      segment === this.#end.segment ? this.#bytes.subarray(offset, end) : null,
    )
  }

  /** Files behind the end hold nothing that counts; they must not be taken for the log later. */
  #dropBehind(): void {
    for (const segment of this.#segments.numbers) {
      if (segment > this.#end.segment) this.#segments.free(segment)
    }
  }

  /** A segment that is larger than usual holds one record and is complete. */
  #goOn(): JournalStart {
    const { segment, offset } = this.#end
    if (offset <= this.#segments.segmentBytes) return this.#end
    return { ...this.#end, segment: segmentAfter(segment, offset), offset: segmentHeaderBytes }
  }
}
