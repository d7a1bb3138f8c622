// Reads the log from a place to its end, frame by frame, and decides what of it counts: a torn tail
// does not, a damaged record elsewhere is reported and left out, stale bytes are nothing.

import type { Logger } from '../base/logger.ts'
import type { DamageList } from './damage.ts'
import {
  decodeSegmentHeader,
  type FrameHeader,
  formatVersion,
  frameContinued,
  frameContinues,
  frameHeaderBytes,
  frameMagicBytes,
  frameVoid,
  readFrameHeader,
  segmentHeaderBytes,
  writeFrameHeader,
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

interface Range {
  readonly segment: number
  readonly from: number
  readonly to: number
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
  #loaded = 0
  #view: DataView = new DataView(new ArrayBuffer(0))
  #end: JournalStart
  /** Frames of a turn whose last frame has not come yet. */
  #open: { found: Found; view: DataView; places: number[] }[] = []
  #openStart: JournalStart | null = null
  /** What follows the last frame of a segment, until a frame of a later one is found. */
  #tails: Range[] = []
  /** Whether a torn frame lies behind the end. */
  #tornBehind = false
  /** Known once it was needed. */
  #synced: number | null = null

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
    if (this.#openStart !== null) this.#cutOpen(this.#openStart)
    return this.#goOn()
  }

  #scanSegment(segment: number, from: number, visit: Visit): void {
    if (!this.#load(segment)) return
    let accounted = from
    let offset = from
    while (offset + frameHeaderBytes <= this.#bytes.length) {
      const found = this.#frameAt(segment, offset) ?? this.#search(segment, offset)
      if (found === null) break
      offset = found.offset + frameHeaderBytes + found.header.length
      const records = this.#intactRecords(found)
      if (records.badStart < records.badEnd) {
        // Behind what was synced a damaged frame is one that never got to the disk: no one counts
        // on it. Before that, the intact records of the frame were promised.
        if (positionAt(segment, found.offset) >= this.#syncedKnown()) {
          this.#tornBehind = true
          continue
        }
        this.#lost(segment, records.badStart, records.badEnd, 'checksum mismatch')
      }
      // A chain that is unbroken tells that the segments before have come to their proper end.
      if (this.#tails.length > 0 && found.header.link !== this.#end.link) this.#closeTails(found)
      this.#tails = []
      if (found.offset > accounted) this.#gap(found, accounted, found.offset)
      this.#take(found, records.places, visit)
      this.#tornBehind = false
      accounted = offset
    }
    this.#tails.push({ segment, from: accounted, to: this.#bytes.length })
  }

  /** Reads a whole segment; false if there is nothing in it. Refuses one of a newer version. */
  #load(segment: number): boolean {
    this.#bytes = this.#readWhole(segment)
    this.#loaded = segment
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

  #take(found: Found, places: readonly number[], visit: Visit): void {
    const { header, segment, offset } = found
    const continued = (header.flags & frameContinued) !== 0
    if (!continued || header.link !== this.#end.link) this.#closeOpen(visit)
    if ((header.flags & frameVoid) !== 0) {
      this.#advance(found)
      return
    }
    const headless = continued && this.#openStart === null
    if (headless && positionAt(segment, offset) >= this.#syncedKnown()) {
      // The beginning of its turn never got to the disk: so the turn does not count.
      this.#advance({ ...found, header: { ...header, checksum: this.#cover(found) } })
      return
    }
    if ((header.flags & frameContinues) !== 0) this.#openStart ??= this.#end
    if (this.#openStart !== null) this.#keep(found, places)
    else for (const at of places) visit(this.#view, at, positionAt(segment, at))
    if ((header.flags & frameContinues) === 0) this.#visitOpen(visit)
    this.#advance(found)
  }

  #advance({ header, segment, offset }: Found): void {
    this.#end = {
      segment,
      offset: offset + frameHeaderBytes + header.length,
      epoch: header.epoch,
      frameNumber: header.number,
      link: header.checksum,
    }
  }

  /** The records of a frame whose checksums hold, and the range of those that do not. */
  #intactRecords({ header, offset }: Found): {
    places: number[]
    badStart: number
    badEnd: number
  } {
    const start = offset + frameHeaderBytes
    const end = (header.flags & frameVoid) === 0 ? start + header.length : start
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

  #keep(found: Found, places: readonly number[]): void {
    const start = found.offset + frameHeaderBytes
    const bytes = Buffer.from(this.#bytes.subarray(start, start + found.header.length))
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#open.push({ found, view, places: places.map((at) => at - start) })
  }

  #visitOpen(visit: Visit): void {
    for (const { found, view, places } of this.#open) {
      const position = positionAt(found.segment, found.offset + frameHeaderBytes)
      for (const at of places) visit(view, at, position + at)
    }
    this.#open = []
    this.#openStart = null
  }

  /** A turn whose end is lost: to damage, then what is left of it counts, or it never was whole. */
  #closeOpen(visit: Visit): void {
    if (this.#openStart === null) return
    const { segment, offset } = this.#openStart
    if (positionAt(segment, offset) < this.#syncedKnown()) {
      this.#visitOpen(visit)
      return
    }
    this.#logger.info('a turn that was never synced is incomplete and left out')
    for (const { found } of this.#open) this.#cover(found)
    this.#open = []
    this.#openStart = null
  }

  /** Frames are missing at the end of the segments before. */
  #closeTails(found: Found): void {
    for (const { segment, from, to } of this.#tails) this.#gap({ ...found, segment }, from, to)
  }

  /** Something lies between the last intact frame and the one that was found that is none. */
  #gap({ header, segment }: Found, from: number, to: number): void {
    if (to - from < frameHeaderBytes) return
    if (positionAt(segment, from) < this.#syncedKnown()) {
      this.#lost(segment, from, to, 'no intact frame')
      return
    }
    this.#logger.info('records that were never synced are missing', { segment, from, to })
    // Between two frame numbers there is always room for another.
    this.#void({ segment, from, to }, (this.#end.frameNumber + header.number) / 2)
  }

  /**
   * A turn whose end was lost is lost as a whole. Its frames are intact: they are covered, lest the
   * next start finds something behind them that completes them.
   */
  #cutOpen(start: JournalStart): void {
    this.#logger.info('the incomplete end of the message log is cut off')
    this.#end = start
    const to = this.#segments.fileBytes(start.segment)
    this.#void({ segment: start.segment, from: start.offset, to }, start.frameNumber + 1)
  }

  #lost(segment: number, from: number, to: number, reason: string): void {
    const damage = { file: this.#segments.nameOf(segment), offset: from, byteCount: to - from }
    const bytes = segment === this.#loaded ? this.#bytes : this.#readWhole(segment)
    this.#damage.report({ ...damage, reason }, bytes.subarray(from, to))
  }

  /**
   * Covers a gap with a frame that says so. What follows will be synced, and then the gap would look
   * like damage to the next start.
   */
  #void({ segment, from, to }: Range, number: number): void {
    const { epoch, link } = this.#end
    const length = to - from - frameHeaderBytes
    if (length < 0) return
    const header = {
      length,
      segment,
      offset: from,
      epoch,
      flags: frameVoid,
      number,
      synced: 0,
      link,
    }
    const checksum = this.#writeHeader(header)
    this.#end = { segment, offset: to, epoch, frameNumber: number, link: checksum }
  }

  /** Makes an intact frame that does not count one that says so. */
  #cover({ header }: Found): number {
    return this.#writeHeader({ ...header, flags: frameVoid })
  }

  #writeHeader(header: FrameHeader): number {
    const bytes = new Uint8Array(frameHeaderBytes)
    const checksum = writeFrameHeader(new DataView(bytes.buffer), 0, header)
    const range = { bytes, start: 0, end: bytes.length }
    this.#segments.writeNow(header.segment, range, header.offset)
    return checksum
  }

  /**
   * Where the log goes on. Files behind the end hold nothing that counts, but might be taken for
   * the log later: they are dropped and their numbers not used again. A segment that is larger than
   * usual holds one record and is complete.
   */
  #goOn(): JournalStart {
    const { segment, offset } = this.#end
    const goesOn = offset <= this.#segments.segmentBytes && !this.#tornBehind
    let next = goesOn ? segment : segmentAfter(segment, offset)
    for (const behind of this.#segments.numbers) {
      if (behind <= segment) continue
      next = Math.max(next, segmentAfter(behind, this.#segments.fileBytes(behind)))
      this.#segments.free(behind)
    }
    if (next > segment && this.#segments.has(segment)) {
      // What is torn there would look like damage once what is written now has been synced.
      const to = this.#segments.fileBytes(segment)
      this.#void({ segment, from: offset, to }, this.#end.frameNumber + 1)
    }
    const end = { ...this.#end, frameNumber: Math.ceil(this.#end.frameNumber) }
    return next === segment ? end : { ...end, segment: next, offset: segmentHeaderBytes }
  }
}
