// The message log on disk: one journal that all durable lanes share, a second one for spilled
// messages, and the lanes. Holds them together; each does its own part.

import type { Message } from '../broker/message.ts'
import type { Clock, LaneReference, MessageLog, OpenedLane, Timer } from '../broker/ports.ts'
import { QueueEntry } from '../broker/queues/entry.ts'
import { Columns, deliveryCountOf, redeliveredBit } from './columns.ts'
import { DiskLane, type LaneHost } from './disk-lane.ts'
import { errorCode } from './files.ts'
import { retainAll, weightOf } from './ledger.ts'
import type { LogPart } from './log-part.ts'
import type { Loaded, LoadRequest } from './message-reader.ts'
import type { PageReference } from './page.ts'
import { rescuePage } from './page-rescue.ts'
import { segmentOf } from './positions.ts'
import { RecordKind, writeDropped, writeMessage, writePage } from './records.ts'
import { Relocations } from './relocations.ts'
import { type Durability, Syncer } from './syncer.ts'

/** A write that failed is tried again after this long. */
const retryMs = 1000
/** What a blocked log gathers at most before it refuses further messages. */
const blockedBytesMax = 1 << 28
const pageHeadBytes = 24
const noHintBytes = 1 << 12

export interface DiskLogOptions {
  readonly durable: LogPart
  readonly spilled: LogPart
  readonly lanes: Map<number, DiskLane>
  readonly durability: Durability
  readonly clock: Clock
  readonly later: (task: () => void) => void
  readonly pageEntries: number
}

export class DiskLog implements MessageLog, LaneHost {
  onDurable: (() => void) | null = null
  onBlocked: ((reason: string | null) => void) | null = null
  /** Called after each turn, for what is done in the background. */
  onTurn: (() => void) | null = null
  readonly durable: LogPart
  readonly spilled: LogPart
  readonly lanes: Map<number, DiskLane>
  readonly syncer: Syncer
  readonly relocations: Relocations = new Relocations()
  /** Positions that the broker holds beside its lanes, and how often. */
  readonly retained: Map<number, number> = new Map()
  readonly #options: DiskLogOptions
  #dirtyLanes: DiskLane[] = []
  #syncNeeded = false
  #spillSegment: number
  #retryTimer: Timer | null = null
  #blockedReason: string | null = null
  #closed = false

  constructor(options: DiskLogOptions) {
    this.#options = options
    this.durable = options.durable
    this.spilled = options.spilled
    this.lanes = options.lanes
    this.#spillSegment = options.spilled.journal.segment
    this.syncer = new Syncer({
      journal: options.durable.journal,
      durability: options.durability,
      clock: options.clock,
      later: options.later,
      onDurable: () => this.onDurable?.(),
      onFailed: (error) => this.#failed(error),
    })
  }

  get durablePosition(): number {
    return this.syncer.durablePosition
  }

  /**
   * Who asks is about to wait for it: what lanes have gathered gets its place now, and the turn is
   * synced without delay.
   */
  get appendedPosition(): number {
    this.#writeLanes()
    this.#syncNeeded = true
    return this.durable.journal.appendPosition
  }

  publish(message: Message, lanes: readonly LaneReference[], sync: boolean): number {
    const { journal, ledger } = this.durable
    if (journal.blocked && journal.gatheredBytes > blockedBytesMax) {
      throw new Error(`the message log takes no more: ${this.#blockedReason}`)
    }
    const position = journal.positionOf(writeMessage(journal, RecordKind.message, message, lanes))
    const bodyBytes = message.bodyEnd - message.bodyStart
    ledger.add(position, lanes.length, lanes.length * weightOf(bodyBytes))
    for (const { laneId, sequence } of lanes) {
      this.#laneFor(laneId).published(sequence, position, bodyBytes)
    }
    if (sync) this.#syncNeeded = true
    return position
  }

  spill(message: Message): number {
    const { journal, ledger } = this.spilled
    const at = writeMessage(journal, RecordKind.message, message, [])
    const position = journal.positionOf(at)
    ledger.add(position, 0, 0)
    ledger.use(segmentOf(position)).totalWeight += weightOf(message.bodyBytes)
    return -position
  }

  retain(position: number): void {
    this.retained.set(position, (this.retained.get(position) ?? 0) + 1)
    const current = this.relocations.resolve(position)
    this.#part(current).ledger.retain(Math.abs(current), weightOf(0))
  }

  release(position: number): void {
    const held = this.retained.get(position)
    if (held === undefined) return
    if (held === 1) this.retained.delete(position)
    else this.retained.set(position, held - 1)
    this.releaseStored(this.relocations.resolve(position), weightOf(0))
  }

  load(positions: readonly number[], done: (messages: (Message | null)[]) => void): void {
    const current = Float64Array.from(positions, (position) => this.relocations.resolve(position))
    const request = { positions: current, hintBytes: noHintBytes }
    const part = this.#onePart(request)
    if (part !== null) part.reader.load(absolute(request), done)
    else this.#loadMixed(request, done)
  }

  releaseStored(position: number, weight: number): void {
    this.#part(position).ledger.release(Math.abs(position), weight)
    if (position < 0) this.#freeSpill(segmentOf(-position))
  }

  loadInPlace(request: LoadRequest, asBlock: boolean, done: Loaded): void {
    const part = this.#onePart(request)
    if (part !== null) part.reader.loadInPlace(absolute(request), asBlock, done)
    else this.#loadMixed(request, (messages) => done(messages, null))
  }

  openLane(laneId: number, durable: boolean): OpenedLane {
    const known = this.lanes.get(laneId)
    const lane = known ?? new DiskLane(laneId, durable, this)
    this.lanes.set(laneId, lane)
    lane.opened = true
    return { lane, nextSequence: lane.nextSequence, returned: entriesOf(lane) }
  }

  commitTurn(): void {
    const { journal } = this.durable
    this.#writeLanes()
    journal.commit()
    if (this.spilled.journal.gatheredBytes > 0) this.#commitSpill()
    const needed = this.#syncNeeded
    this.#syncNeeded = false
    this.syncer.written(needed)
    this.onTurn?.()
  }

  /** Ends what is under way in the background; the files stay open. */
  stop(): void {
    this.#closed = true
    this.syncer.stop()
    this.#retryTimer?.cancel()
    this.#retryTimer = null
  }

  /** For the journals: they could not write, or can again. */
  writeBlocked(error: unknown | null): void {
    if (error === null) {
      if (this.durable.journal.blocked || this.spilled.journal.blocked) return
      this.#setBlocked(null)
      return
    }
    this.#setBlocked(reasonOf(error))
    // What is kept for reuse is worth more as free space now.
    this.durable.segments.dropSpares()
    this.spilled.segments.dropSpares()
    this.#armRetry()
  }

  get pageEntries(): number {
    return this.#options.pageEntries
  }

  markDirty(lane: DiskLane): void {
    lane.dirty = true
    this.#dirtyLanes.push(lane)
  }

  dropped(lane: DiskLane): void {
    if (this.lanes.get(lane.laneId) === lane) this.lanes.delete(lane.laneId)
    if (lane.durable) writeDropped(this.durable.journal, lane.laneId)
  }

  hold(message: Message): number {
    let position = message.position
    if (position !== 0) {
      position = this.relocations.resolve(position)
      if (!this.#isThere(position)) position = 0
    }
    if (position === 0) position = this.spill(message)
    message.position = position
    this.#part(position).ledger.retain(Math.abs(position), weightOf(message.bodyBytes))
    return position
  }

  unknow(position: number): void {
    this.relocations.released(position)
  }

  releaseMany(segment: number, references: number, weight: number): void {
    const part = segment < 0 ? this.spilled : this.durable
    part.ledger.drop(Math.abs(segment), references, weight)
    if (segment < 0) this.#freeSpill(-segment)
  }

  writePage(lane: DiskLane, count: number, entries: Uint8Array): number {
    const part = lane.durable ? this.durable : this.spilled
    const at = writePage(part.journal, lane.laneId, count, entries)
    const position = part.journal.positionOf(at)
    part.ledger.add(position, 1, entries.length + pageHeadBytes)
    return lane.durable ? position : -position
  }

  readPage(page: PageReference, done: (entries: Uint8Array | null) => void): void {
    const { reader } = this.#part(page.position)
    reader.loadPage(Math.abs(page.position), page.recordBytes, (view) => {
      done(view === null ? null : new Uint8Array(view.buffer, view.byteOffset + pageHeadBytes))
    })
  }

  rescue(lane: DiskLane, page: PageReference): Columns {
    // Pages of transient lanes point into the spill log, which is not worth the search.
    if (!lane.durable) return new Columns()
    const columns = rescuePage(this.durable.segments, lane.laneId, page)
    retainAll(this.durable.ledger, columns)
    return columns
  }

  later(task: () => void): void {
    this.#options.later(task)
  }

  /** The part that all the positions lie in, if it is one. */
  #onePart({ positions }: LoadRequest): LogPart | null {
    let spilled = 0
    for (let i = 0; i < positions.length; i += 1) if (positions[i]! < 0) spilled += 1
    if (spilled === 0) return this.durable
    return spilled === positions.length ? this.spilled : null
  }

  #part(position: number): LogPart {
    return position < 0 ? this.spilled : this.durable
  }

  #laneFor(laneId: number): DiskLane {
    const lane = this.lanes.get(laneId)
    if (lane === undefined) throw new Error(`lane ${laneId} is not open`)
    return lane
  }

  #writeLanes(): void {
    if (this.#dirtyLanes.length === 0) return
    const lanes = this.#dirtyLanes
    this.#dirtyLanes = []
    for (const lane of lanes) lane.write(this.durable.journal)
  }

  #loadMixed(request: LoadRequest, done: (messages: (Message | null)[]) => void): void {
    const { positions } = request
    const made: (Message | null)[] = new Array(positions.length).fill(null)
    let open = 2
    for (const sign of [1, -1]) {
      const indexes = [...positions.keys()].filter((i) => positions[i]! * sign > 0)
      const own = Float64Array.from(indexes, (i) => positions[i]! * sign)
      this.#part(sign).reader.load({ ...request, positions: own }, (messages) => {
        for (const [i, index] of indexes.entries()) made[index] = messages[i] ?? null
        open -= 1
        if (open === 0) done(made)
      })
    }
  }

  /** Whether a record can still be read: its segment has not been freed. */
  #isThere(position: number): boolean {
    const part = this.#part(position)
    const absolute = Math.abs(position)
    if (absolute >= part.journal.writtenPosition) return absolute < part.journal.appendPosition
    return part.segments.has(segmentOf(absolute))
  }

  #commitSpill(): void {
    const { journal } = this.spilled
    journal.commit()
    if (journal.segment === this.#spillSegment) return
    // The segment that was written until now may have been emptied long ago.
    this.#spillSegment = journal.segment
    for (const segment of this.spilled.emptySegments(journal.segment)) this.spilled.free(segment)
  }

  /** A spilled message needs no checkpoint: its segment goes with the last holder. */
  #freeSpill(segment: number): void {
    const { ledger, segments, journal } = this.spilled
    if (ledger.use(segment).references > 0 || segment >= segmentOf(journal.writtenPosition)) return
    if (segments.has(segment)) this.spilled.free(segment)
  }

  #armRetry(): void {
    if (this.#retryTimer !== null || this.#closed) return
    this.#retryTimer = this.#options.clock.after(retryMs, () => {
      this.#retryTimer = null
      for (const { journal } of [this.durable, this.spilled]) if (journal.blocked) journal.retry()
      this.syncer.written(true)
      if (this.durable.journal.blocked || this.spilled.journal.blocked) this.#armRetry()
    })
  }

  #failed(error: Error): void {
    this.#setBlocked(`the disk could not sync the message log: ${error.message}`)
  }

  #setBlocked(reason: string | null): void {
    // After a failed sync there is no way back: what the disk holds is known only after a restart.
    if (reason === null && this.syncer.failed) return
    if (this.#blockedReason === reason) return
    this.#blockedReason = reason
    this.#options.later(() => {
      if (this.#blockedReason === reason) this.onBlocked?.(reason)
    })
  }
}

/** A request by positions without sign, in an array of its own. */
function absolute({ positions, hintBytes }: LoadRequest): LoadRequest {
  const own = new Float64Array(positions.length)
  for (let i = 0; i < own.length; i += 1) own[i] = Math.abs(positions[i]!)
  return { positions: own, hintBytes }
}

/** The entries of a recovered lane that were in memory or with consumers. */
function entriesOf(lane: DiskLane): QueueEntry[] {
  const { table } = lane
  const entries: QueueEntry[] = []
  for (let at = table.head; at < table.tail; at += 1) {
    const position = table.positions[at]!
    if (position === 0) continue
    const entry = new QueueEntry(table.sequences[at]!, null, position, table.bodyBytes[at]!)
    entry.redelivered = (table.deliveries[at]! & redeliveredBit) === redeliveredBit
    entry.deliveryCount = deliveryCountOf(table.deliveries[at]!)
    entries.push(entry)
  }
  return entries
}

function reasonOf(error: unknown): string {
  const code = errorCode(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') return `the disk is full (${code})`
  return `the message log cannot be written: ${error instanceof Error ? error.message : error}`
}
