// The log of one lane: which of its stored entries are in memory and where their messages lie, how
// far deliveries got, and what of that has changed in this turn.

import type { Message } from '../broker/message.ts'
import type { LaneLog } from '../broker/ports.ts'
import { QueueEntry } from '../broker/queues/entry.ts'
import { Columns, movedBit, redeliveredBit } from './columns.ts'
import { type BacklogHost, DiskBacklog } from './disk-backlog.ts'
import { weightOf } from './ledger.ts'
import type { Loaded, LoadRequest } from './message-reader.ts'
import type { PageReference } from './page.ts'
import { RecordKind, type RecordSink, writeDelivered, writePairs } from './records.ts'

/** What a lane needs of the log. */
export interface LaneHost {
  /** Entries of a full index page. */
  readonly pageEntries: number
  markDirty(lane: DiskLane): void
  dropped(lane: DiskLane): void
  /** Makes sure that a message is stored, counts one holder, and returns its position. */
  hold(message: Message): number
  releaseStored(position: number, weight: number): void
  /** An entry is gone that the broker knew by an older position than this. */
  unknow(position: number): void
  releaseMany(segment: number, references: number, weight: number): void
  loadInPlace(request: LoadRequest, asBlock: boolean, done: Loaded): void
  writePage(lane: DiskLane, count: number, entries: Uint8Array): number
  readPage(page: PageReference, done: (entries: Uint8Array | null) => void): void
  rescue(lane: DiskLane, page: PageReference): Columns
  later(task: () => void): void
}

export class DiskLane implements LaneLog, BacklogHost {
  readonly laneId: number
  readonly durable: boolean
  readonly backlog: DiskBacklog
  /** Stored entries that are in memory: waiting in the window, returned, or unacknowledged. */
  readonly table: Columns = new Columns()
  nextSequence = 1
  /** Entries up to this one may have been seen by a consumer. */
  cursor = 0
  dirty = false
  /** Whether the broker has asked for the lane since the start. */
  opened = false
  #host: LaneHost
  #removed: number[] = []
  #returned: number[] = []
  #cursorWritten = 0

  constructor(laneId: number, durable: boolean, host: LaneHost) {
    this.laneId = laneId
    this.durable = durable
    this.#host = host
    this.backlog = new DiskBacklog(this)
  }

  get pageEntries(): number {
    return this.#host.pageEntries
  }

  /** Hands a lane that recovery has built to the log that goes on with it. */
  attach(host: LaneHost): void {
    this.#host = host
    this.#cursorWritten = this.cursor
  }

  published(sequence: number, position: number, bodyBytes: number): void {
    this.table.push(sequence, position, bodyBytes, 0)
    this.nextSequence = sequence + 1
  }

  removed(entry: QueueEntry): void {
    const at = this.table.find(entry.sequence)
    if (at < 0) return
    const position = this.table.positions[at]!
    this.#releaseAt(at)
    this.table.removeAt(at)
    if (position > 0) this.forget(entry.sequence, entry.sequence)
  }

  removedMany(firstSequence: number, count: number): number {
    const { table } = this
    let bodyBytes = 0
    for (let sequence = firstSequence; sequence < firstSequence + count; sequence += 1) {
      const at = table.find(sequence)
      if (at < 0) continue
      bodyBytes += table.bodyBytes[at]!
      const stored = table.positions[at]! > 0
      this.#releaseAt(at)
      table.removeAt(at)
      if (stored) this.forget(sequence, sequence)
    }
    return bodyBytes
  }

  entriesOf(firstSequence: number, count: number): QueueEntry[] {
    const { table } = this
    const entries: QueueEntry[] = []
    for (let sequence = firstSequence; sequence < firstSequence + count; sequence += 1) {
      const at = table.find(sequence)
      entries.push(new QueueEntry(sequence, null, table.positions[at]!, table.bodyBytes[at]!))
    }
    return entries
  }

  delivered(sequence: number): void {
    if (sequence <= this.cursor || !this.durable) return
    this.cursor = sequence
    if (!this.dirty) this.#host.markDirty(this)
  }

  returned(entry: QueueEntry): void {
    const at = this.table.find(entry.sequence)
    if (at < 0) return
    const moved = this.table.deliveries[at]! >= movedBit ? movedBit : 0
    this.table.deliveries[at] = moved + entry.deliveryCount * 2 + redeliveredBit
    if (!this.durable || this.table.positions[at]! < 0) return
    this.#returned.push(entry.sequence, entry.deliveryCount)
    if (!this.dirty) this.#host.markDirty(this)
  }

  drop(): void {
    this.backlog.abandon()
    const { table } = this
    for (let at = table.head; at < table.tail; at += 1) {
      if (table.positions[at] !== 0) this.#releaseAt(at)
    }
    table.clear()
    this.#removed = []
    this.#returned = []
    this.#host.dropped(this)
  }

  /** Gathers the records of what has changed in this turn. */
  write(sink: RecordSink): void {
    this.dirty = false
    if (this.#removed.length > 0) {
      writePairs(sink, RecordKind.removed, this.laneId, this.#removed)
      this.#removed = []
    }
    if (this.#returned.length > 0) {
      writePairs(sink, RecordKind.returned, this.laneId, this.#returned)
      this.#returned = []
    }
    if (this.cursor > this.#cursorWritten) {
      this.#cursorWritten = this.cursor
      writeDelivered(sink, this.laneId, this.cursor)
    }
  }

  pageOut(entry: QueueEntry): number {
    const at = this.table.find(entry.sequence)
    if (at >= 0) {
      const position = this.table.positions[at]!
      this.table.removeAt(at)
      return position
    }
    if (entry.message === null) throw new Error('an entry without message cannot be paged out')
    entry.position = this.#host.hold(entry.message)
    return entry.position
  }

  pageIn(columns: Columns, at: number, count: number): void {
    this.table.append(columns, at, count)
  }

  forget(first: number, last: number): void {
    if (!this.durable) return
    const removed = this.#removed
    if (removed.length > 0 && removed[removed.length - 1] === first - 1) {
      removed[removed.length - 1] = last
    } else {
      removed.push(first, last)
    }
    if (!this.dirty) this.#host.markDirty(this)
  }

  release(position: number, weight: number): void {
    this.#host.releaseStored(position, weight)
  }

  releaseMany(segment: number, references: number, weight: number): void {
    this.#host.releaseMany(segment, references, weight)
  }

  load(request: LoadRequest, asBlock: boolean, done: Loaded): void {
    this.#host.loadInPlace(request, asBlock, done)
  }

  writePage(count: number, entries: Uint8Array): number {
    return this.#host.writePage(this, count, entries)
  }

  readPage(page: PageReference, done: (entries: Uint8Array | null) => void): void {
    this.#host.readPage(page, done)
  }

  rescue(page: PageReference): Columns {
    return this.#host.rescue(this, page)
  }

  later(task: () => void): void {
    this.#host.later(task)
  }

  #releaseAt(at: number): void {
    const position = this.table.positions[at]!
    if (this.table.deliveries[at]! >= movedBit) this.#host.unknow(position)
    this.#host.releaseStored(position, weightOf(this.table.bodyBytes[at]!))
  }
}
