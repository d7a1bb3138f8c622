// The writer of a log: gathers records in one buffer, frames them, and writes them with one system
// call per turn. Positions are known as soon as a record is gathered. Knows nothing of lanes.

import {
  frameContinued,
  frameContinues,
  frameHeaderBytes,
  segmentHeaderBytes,
  writeFrameHeader,
} from './frame.ts'
import { offsetOf, positionAt, segmentAfter, segmentOf } from './positions.ts'
import type { RecordSink } from './records.ts'
import type { Segments } from './segments.ts'

const gatherBytesMin = 1 << 18
/** A turn that has gathered this much writes what it has, as a frame that goes on. */
const gatherBytesMax = 1 << 22
/** Small frames are written into blocks that are allocated in steps of this: syncs stay short. */
const fillBytes = 1 << 18
const smallFrameBytes = 1 << 16
const zeros = new Uint8Array(fillBytes)

/** Where a log goes on after recovery. */
export interface JournalStart {
  readonly segment: number
  readonly offset: number
  readonly epoch: number
  readonly frameNumber: number
  readonly link: number
}

interface Frame {
  readonly segment: number
  /** Where the frame begins in the segment's file, and in the buffer. */
  readonly offset: number
  readonly start: number
  end: number
  /** Whether the turn ends with it. */
  last: boolean
}

export interface JournalOptions {
  readonly segments: Segments
  readonly start: JournalStart
  /** Whether blocks are allocated ahead; no use where nothing is synced. */
  readonly fill: boolean
  /** Called when the log cannot write, and when it can again. */
  readonly onBlocked: (error: unknown | null) => void
}

export class Journal implements RecordSink {
  bytes: Uint8Array
  view: DataView
  readonly segments: Segments
  readonly epoch: number
  /** Everything before this is written: can be read, and survives the end of the process. */
  writtenPosition: number
  /** The end of the last turn that is written as a whole: what recovery would read up to. */
  committedPosition: number
  /** The same without marks: what there is to sync. */
  contentPosition: number
  /** Everything before this is known to be on the disk; kept by the syncer. */
  syncedPosition = 0
  /** Bytes written since the start. */
  writtenBytes = 0
  readonly #fill: boolean
  readonly #onBlocked: (error: unknown | null) => void
  #length = 0
  #frame: Frame | null = null
  /** Frames that are complete and wait to be written, oldest first. */
  #sealed: Frame[] = []
  #frameNumber: number
  #link: number
  /** Where the next frame goes, and how large its segment may become. */
  #segment: number
  #offset: number
  #segmentLimit: number
  #blocked = false
  /** Whether the last sealed frame is not the last one of its turn. */
  #midTurn = false
  #turnStart: JournalStart | null = null
  /** How far the log is synced by what its last frame says. */
  #markedPosition = 0

  constructor(options: JournalOptions) {
    const { start } = options
    this.segments = options.segments
    this.#fill = options.fill
    this.#onBlocked = options.onBlocked
    this.epoch = start.epoch
    this.writtenPosition = positionAt(start.segment, start.offset)
    this.committedPosition = this.writtenPosition
    this.contentPosition = this.writtenPosition
    this.#frameNumber = start.frameNumber
    this.#link = start.link
    this.#segment = start.segment
    this.#offset = start.offset
    this.#segmentLimit = this.segments.segmentBytes
    this.bytes = Buffer.allocUnsafeSlow(gatherBytesMin)
    this.view = new DataView(this.bytes.buffer)
  }

  /**
   * Where a reader that knows all so far has to begin to learn the rest: at the turn that is being
   * gathered, since the later frames of a turn count for nothing without the first.
   */
  get readStart(): JournalStart {
    return this.#turnStart ?? this.#placeOf(this.#segment, this.#offset)
  }

  /** The segment that is being written. */
  get segment(): number {
    return this.#segment
  }

  get blocked(): boolean {
    return this.#blocked
  }

  /** Bytes that are gathered and not yet written. */
  get gatheredBytes(): number {
    return this.#length
  }

  /** No record gathered from now on has a lower position. */
  get appendPosition(): number {
    const frame = this.#frame
    if (frame === null) return positionAt(this.#segment, this.#offset)
    return positionAt(frame.segment, frame.offset + this.#length - frame.start)
  }

  /** The position of a record that was just gathered at `at`. */
  positionOf(at: number): number {
    const frame = this.#frame!
    return positionAt(frame.segment, frame.offset + at - frame.start)
  }

  reserve(byteCount: number): number {
    const frame = this.#frame
    if (frame === null) this.#openFrame(byteCount)
    else if (frame.offset + this.#length - frame.start + byteCount > this.#segmentLimit) {
      this.#seal(frameContinues)
      this.#openFrame(byteCount)
    } else if (this.#length > gatherBytesMax && !this.#blocked) {
      this.#seal(frameContinues)
      this.#writeSealed()
      this.#openFrame(byteCount)
    }
    const at = this.#length
    this.#makeRoom(at + byteCount)
    this.#length += byteCount
    return at
  }

  /** Ends the turn: what was gathered becomes one frame and is written. */
  commit(): void {
    if (this.#frame !== null) this.#seal(0)
    if (this.#sealed.length > 0 && !this.#blocked) this.#writeSealed()
  }

  /**
   * Writes an empty frame that says how far the log is synced, if no frame says so yet: only so does
   * recovery know damage from what never got to the disk. Needs no sync itself.
   */
  mark(): void {
    if (this.#frame !== null || this.#sealed.length > 0 || this.#blocked) return
    if (this.syncedPosition <= this.#markedPosition) return
    const { contentPosition } = this
    this.#openFrame(0)
    this.commit()
    this.contentPosition = contentPosition
  }

  /** Tries again to write what could not be written. */
  retry(): void {
    this.#writeSealed()
  }

  /** The bytes of a record that is gathered but not yet written, or null. */
  gathered(position: number): { readonly view: DataView; readonly at: number } | null {
    const segment = segmentOf(position)
    const offset = offsetOf(position)
    const frames = this.#frame === null ? this.#sealed : [...this.#sealed, this.#frame]
    for (const frame of frames) {
      const end = frame === this.#frame ? this.#length : frame.end
      const at = frame.start + offset - frame.offset
      if (frame.segment === segment && at >= frame.start && at < end) return { view: this.view, at }
    }
    return null
  }

  #placeOf(segment: number, offset: number): JournalStart {
    const { epoch } = this
    return { segment, offset, epoch, frameNumber: this.#frameNumber, link: this.#link }
  }

  #openFrame(recordBytes: number): void {
    const bytes = frameHeaderBytes + recordBytes
    if (this.#offset + bytes > this.#segmentLimit) {
      this.#segment = segmentAfter(this.#segment, this.#segmentLimit)
      this.#offset = segmentHeaderBytes
      this.#segmentLimit = Math.max(this.segments.segmentBytes, segmentHeaderBytes + bytes)
    }
    this.#turnStart ??= this.#placeOf(this.#segment, this.#offset)
    this.#frame = {
      segment: this.#segment,
      offset: this.#offset,
      start: this.#length,
      end: 0,
      last: false,
    }
    this.#makeRoom(this.#length + frameHeaderBytes)
    this.#length += frameHeaderBytes
  }

  #seal(flags: number): void {
    const frame = this.#frame!
    this.#frame = null
    frame.end = this.#length
    frame.last = flags === 0
    this.#offset = frame.offset + frame.end - frame.start
    this.#frameNumber += 1
    this.#markedPosition = this.syncedPosition
    this.#link = writeFrameHeader(this.view, frame.start, {
      length: frame.end - frame.start - frameHeaderBytes,
      segment: frame.segment,
      offset: frame.offset,
      epoch: this.epoch,
      flags: this.#midTurn ? flags | frameContinued : flags,
      number: this.#frameNumber,
      synced: this.syncedPosition,
      link: this.#link,
    })
    this.#midTurn = !frame.last
    if (frame.last) this.#turnStart = null
    this.#sealed.push(frame)
  }

  #writeSealed(): void {
    try {
      for (let frame = this.#sealed[0]; frame !== undefined; frame = this.#sealed[0]) {
        this.#write(frame)
        this.#sealed.shift()
      }
    } catch (error) {
      if (!this.#blocked) {
        this.#blocked = true
        this.#onBlocked(error)
      }
      return
    }
    if (this.#frame === null) this.#resetBuffer()
    if (!this.#blocked) return
    this.#blocked = false
    this.#onBlocked(null)
  }

  #write(frame: Frame): void {
    const { segments } = this
    if (!segments.has(frame.segment)) segments.create(frame.segment, this.epoch)
    const fileBytes = segments.fileBytes(frame.segment)
    segments.writeNow(
      frame.segment,
      { bytes: this.bytes, start: frame.start, end: frame.end },
      frame.offset,
    )
    const bytes = frame.end - frame.start
    const end = frame.offset + bytes
    this.writtenBytes += bytes
    this.writtenPosition = positionAt(frame.segment, end)
    if (frame.last) {
      this.committedPosition = this.writtenPosition
      this.contentPosition = this.writtenPosition
    }
    if (this.#fill && end > fileBytes && bytes < smallFrameBytes) this.#fillAhead(frame, end)
  }

  /** Allocates the blocks ahead, so that the syncs of the next small frames need not do it. */
  #fillAhead(frame: Frame, end: number): void {
    const bytes = Math.min(fillBytes, this.segments.segmentBytes - end)
    if (bytes <= 0) return
    try {
      this.segments.writeNow(frame.segment, { bytes: zeros, start: 0, end: bytes }, end)
    } catch {
      // A full disk is found by the write that needs the space.
    }
  }

  #resetBuffer(): void {
    this.#length = 0
    // Busy turns keep the buffer they need; one huge message must not leave its own behind.
    if (this.bytes.length > gatherBytesMax * 2) this.#replaceBuffer(gatherBytesMin)
  }

  #makeRoom(length: number): void {
    if (length <= this.bytes.length) return
    const before = this.bytes
    this.#replaceBuffer(Math.max(length, before.length * 2))
    this.bytes.set(before.subarray(0, this.#length))
  }

  #replaceBuffer(length: number): void {
    this.bytes = Buffer.allocUnsafeSlow(length)
    this.view = new DataView(this.bytes.buffer)
  }
}
