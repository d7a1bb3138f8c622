// Reads records back by position, many at a time: positions that lie close together come with one
// read, off the main thread unless what is delivered next comes quickly. Checks each record's
// checksum; serves nothing that fails it.

import type { Message } from '../broker/message.ts'
import type { DamageList } from './damage.ts'
import type { Journal } from './journal.ts'
import { MessageMaker } from './message-maker.ts'
import { offsetOf, segmentOf } from './positions.ts'
import { QuickReads } from './quick-reads.ts'
import { BlockGatherer, type RecordBlock } from './record-block.ts'
import { endInRun, isIntactRun } from './record-runs.ts'
import { hasSoundSizes, isIntactRecord, RecordKind } from './records.ts'

/** One read takes at most this much, unless a single record is larger. */
const blockBytes = 1 << 18
/** A record is assumed to need no more than this beside its body; if it does, it is read again. */
const overheadBytes = 1 << 10
/** Reads under way at once, of all that ask; further ones wait. */
const jobsMax = 4

/** What a reader makes of an intact record; `stays`: the view's memory is not written again. */
type Make<T> = (view: DataView, at: number, stays: boolean) => T | null

interface Job {
  readonly positions: Float64Array
  readonly hintBytes: number
  /** Whether messages may lie in the block that is read, all of it theirs. */
  readonly inPlace: boolean
  next: number
  /** The length of the next record, once it is known that a block does not hold it. */
  exactBytes: number
  readonly accept: (index: number, view: DataView | null, at: number, stays: boolean) => void
  readonly done: () => void
}

export interface LoadRequest {
  /** Absolute positions, whatever sign the log has for others. */
  readonly positions: Float64Array
  /** About how large the largest body is, or 0 if unknown. */
  readonly hintBytes: number
}

/** Gets either messages, or all of them as records in their block. */
export type Loaded = (messages: (Message | null)[], block: RecordBlock | null) => void

export class MessageReader {
  readonly #journal: Journal
  readonly #damage: DamageList
  readonly #later: (task: () => void) => void
  readonly #maker = new MessageMaker()
  readonly #quick = new QuickReads()
  readonly #waiting: Job[] = []
  #running = 0
  #idleBlocks: Buffer<ArrayBuffer>[] = []

  constructor(journal: Journal, damage: DamageList, later: (task: () => void) => void) {
    this.#journal = journal
    this.#damage = damage
    this.#later = later
  }

  load(request: LoadRequest, done: (messages: (Message | null)[]) => void): void {
    this.#read(request, (view, at, stays) => this.#maker.make(view, at, stays), done)
  }

  /**
   * As `load`, for messages that are soon delivered: they lie in the blocks that they are read into.
   * `asBlock`: whether to give the block, if it can be.
   */
  loadInPlace({ positions, hintBytes }: LoadRequest, asBlock: boolean, done: Loaded): void {
    const gathered = new BlockGatherer(positions.length, this.#maker)
    this.#begin({
      positions,
      hintBytes,
      inPlace: true,
      next: 0,
      exactBytes: 0,
      accept: (index, view, at, stays) => gathered.accept(index, view, at, stays),
      done: () => {
        const block = asBlock ? gathered.block : null
        done(block === null ? gathered.messages : [], block)
        this.#maker.rest()
      },
    })
  }

  /** Reads one index page and gives a copy of its record. */
  loadPage(position: number, byteCount: number, done: (page: DataView | null) => void): void {
    const copy = (view: DataView, at: number): DataView | null =>
      view.getUint8(at + 8) === RecordKind.page ? copyRecord(view, at) : null
    const request = { positions: Float64Array.of(position), hintBytes: byteCount }
    this.#read(request, copy, ([page]) => done(page ?? null))
  }

  /** Copies of whole message records, to be written elsewhere. */
  loadRecords(request: LoadRequest, done: (records: (DataView | null)[]) => void): void {
    this.#read(request, copyRecord, done)
  }

  #read<T>(request: LoadRequest, make: Make<T>, done: (made: (T | null)[]) => void): void {
    const { positions, hintBytes } = request
    const made: (T | null)[] = new Array(positions.length).fill(null)
    this.#begin({
      positions,
      hintBytes,
      inPlace: false,
      next: 0,
      exactBytes: 0,
      accept: (index, view, at, stays) => {
        made[index] = view === null ? null : make(view, at, stays)
      },
      done: () => done(made),
    })
  }

  #begin(job: Job): void {
    this.#waiting.push(job)
    this.#start()
  }

  #start(): void {
    while (this.#running < jobsMax) {
      const job = this.#waiting.shift()
      if (job === undefined) return
      this.#running += 1
      // What is asked for in a turn may be written only at its end.
      this.#later(() => this.#step(job))
    }
  }

  #step(job: Job): void {
    while (job.next < job.positions.length && this.#acceptUnread(job)) job.next += 1
    if (job.next === job.positions.length) {
      this.#running -= 1
      this.#maker.rest()
      job.done()
      this.#start()
      return
    }
    const first = job.positions[job.next]!
    const count = job.exactBytes > 0 ? 1 : this.#adjacent(job)
    const last = job.positions[job.next + count - 1]!
    const bytes = Math.max(job.exactBytes, last - first + overheadBytes + job.hintBytes)
    const block = job.inPlace ? Buffer.allocUnsafeSlow(bytes) : this.#takeBlock(bytes)
    const into = block.subarray(0, bytes)
    const { segments } = this.#journal
    if (job.inPlace && this.#quick.next()) {
      this.#readNow(job, into, count)
      return
    }
    segments.read(segmentOf(first), into, offsetOf(first), (error, got) => {
      this.#take(job, into.subarray(0, got), count, error)
      if (block.length === blockBytes && !job.inPlace) this.#idleBlocks.push(block)
      this.#step(job)
    })
  }

  #readNow(job: Job, into: Buffer<ArrayBuffer>, count: number): void {
    const first = job.positions[job.next]!
    const { segments } = this.#journal
    let got = 0
    let failure: Error | null = null
    try {
      got = this.#quick.run(() => segments.readNow(segmentOf(first), into, offsetOf(first)))
    } catch (error) {
      failure = error as Error
    }
    this.#take(job, into.subarray(0, got), count, failure)
    // One read is mostly enough; of more the turns of others are not to suffer.
    if (job.next === job.positions.length) this.#step(job)
    else this.#later(() => this.#step(job))
  }

  #take(job: Job, bytes: Buffer<ArrayBuffer>, count: number, error: Error | null): void {
    if (error !== null) this.#lose(job, `cannot be read: ${error.message}`)
    else this.#parse(job, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), count)
  }

  /** Deals with a position that needs no read: its segment is gone, or it is still in memory. */
  #acceptUnread(job: Job): boolean {
    const position = job.positions[job.next]!
    if (position >= this.#journal.writtenPosition) {
      const gathered = this.#journal.gathered(position)
      job.accept(job.next, gathered?.view ?? null, gathered?.at ?? 0, false)
      return true
    }
    if (this.#journal.segments.has(segmentOf(position))) return false
    this.#report(position, 0, null)
    job.accept(job.next, null, 0, false)
    return true
  }

  /** How many of the next positions one block can hold. */
  #adjacent(job: Job): number {
    const first = job.positions[job.next]!
    const segment = segmentOf(first)
    let count = 1
    for (let i = job.next + 1; i < job.positions.length; i += 1) {
      const position = job.positions[i]!
      if (position <= job.positions[i - 1]! || segmentOf(position) !== segment) break
      if (position - first + overheadBytes + job.hintBytes > blockBytes) break
      if (position >= this.#journal.writtenPosition) break
      count += 1
    }
    return count
  }

  #parse(job: Job, view: DataView, count: number): void {
    const first = job.positions[job.next]!
    const exactBytes = job.exactBytes
    job.exactBytes = 0
    // Records before the first have been checked together, those before the second in vain.
    let checked = 0
    let tried = 0
    for (let i = 0; i < count; i += 1) {
      const position = job.positions[job.next]!
      const at = position - first
      const length = at + 4 <= view.byteLength ? view.getUint32(at, true) : 0
      if (i >= tried) {
        const run = this.#runLength(job, view, first, count - i)
        tried = i + Math.max(run, 1)
        checked = isIntactRun(view, at, run) ? tried : i
      }
      if (
        i < checked ? hasSoundSizes(view, at, length) : isIntactRecord(view, at, view.byteLength)
      ) {
        job.accept(job.next, view, at, job.inPlace)
      } else if (
        at + length > view.byteLength &&
        exactBytes === 0 &&
        this.#isInside(first, length)
      ) {
        job.exactBytes = length
        return
      } else {
        const end = Math.min(at + Math.max(length, 1), view.byteLength)
        const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
        this.#report(position, end - at, bytes.subarray(at, end))
        job.accept(job.next, null, 0, false)
      }
      job.next += 1
    }
  }

  /** How many of the next `count` records lie one after the other; `first`: where the view begins. */
  #runLength({ positions, next }: Job, view: DataView, first: number, count: number): number {
    let end = positions[next]! - first
    for (let i = 0; i < count; i += 1) {
      if (positions[next + i]! - first !== end) return i
      end = endInRun(view, end)
      if (end < 0) return i
    }
    return count
  }

  /** Whether a record of this length can lie here at all: a damaged length must not be believed. */
  #isInside(position: number, length: number): boolean {
    const fileBytes = this.#journal.segments.fileBytes(segmentOf(position))
    return offsetOf(position) + length <= fileBytes
  }

  #lose(job: Job, reason: string): void {
    this.#report(job.positions[job.next]!, 0, null, reason)
    job.accept(job.next, null, 0, false)
    job.next += 1
    job.exactBytes = 0
  }

  #report(position: number, byteCount: number, bytes: Uint8Array | null, reason?: string): void {
    const segment = segmentOf(position)
    const why =
      reason ??
      (this.#journal.segments.has(segment) ? 'checksum mismatch' : 'the segment is missing')
    const file = this.#journal.segments.nameOf(segment)
    this.#damage.report({ file, offset: offsetOf(position), byteCount, reason: why }, bytes)
  }

  #takeBlock(bytes: number): Buffer<ArrayBuffer> {
    if (bytes > blockBytes) return Buffer.allocUnsafeSlow(bytes)
    return this.#idleBlocks.pop() ?? Buffer.allocUnsafeSlow(blockBytes)
  }
}

function copyRecord(view: DataView, at: number): DataView {
  const length = view.getUint32(at, true)
  const start = view.byteOffset + at
  return new DataView(view.buffer.slice(start, start + length))
}
