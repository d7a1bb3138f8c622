// Rebuilds lanes from the last checkpoint and the log behind it. Without a checkpoint that can be
// read, everything in the log counts: then what was acknowledged may come back, but nothing is lost.

import { join } from 'node:path'
import type { Logger } from '../base/logger.ts'
import {
  type Checkpoint,
  checkpointFileVersion,
  checkpointVersion,
  decodeCheckpoint,
} from './checkpoint.ts'
import { checkpointName } from './checkpointer.ts'
import { Columns } from './columns.ts'
import type { DamageList } from './damage.ts'
import { DiskLane, type LaneHost } from './disk-lane.ts'
import type { FileSystem } from './files.ts'
import { segmentHeaderBytes } from './frame.ts'
import type { JournalStart } from './journal.ts'
import { LaneReplay } from './lane-replay.ts'
import { type Ledger, retainAll, weightOf } from './ledger.ts'
import { decodePage, type PageReference, spansOf } from './page.ts'
import { rescuePage } from './page-rescue.ts'
import { offsetOf, segmentOf } from './positions.ts'
import { isIntactRecord, messageLanes, RecordKind } from './records.ts'
import { Scanner } from './scanner.ts'
import type { Segments } from './segments.ts'

const pageHeadBytes = 24

export interface RecoveryOptions {
  readonly directory: string
  readonly files: FileSystem
  readonly segments: Segments
  readonly ledger: Ledger
  readonly damage: DamageList
  readonly logger: Logger
  readonly pageEntries: number
}

export interface Recovered {
  readonly lanes: Map<number, DiskLane>
  /** The first segment that had to be read: from there on nothing is known to be synced. */
  readonly readFrom: number
  /** Where the log goes on. */
  readonly start: JournalStart
}

export function recover(options: RecoveryOptions): Recovered {
  return new Recovery(options).run()
}

class Recovery {
  readonly #options: RecoveryOptions
  readonly #lanes = new Map<number, LaneReplay>()
  /** From where on the log has news of a lane, if that is later than the start. */
  readonly #cuts = new Map<number, number>()
  /** Without a checkpoint: entries by lane, to be sorted, since copies come late. */
  #salvaged: Map<number, [number, number, number][]> | null = null
  readonly #host: LaneHost

  constructor(options: RecoveryOptions) {
    this.#options = options
    this.#host = recoveryHost(options)
  }

  run(): Recovered {
    const { segments, damage, logger } = this.#options
    const checkpoint = this.#readCheckpoint()
    const start = checkpoint?.start ?? this.#startOfAll()
    if (checkpoint !== null) this.#restore(checkpoint)
    const scanner = new Scanner({ segments, damage, logger }, start)
    const end = scanner.scan((view, at, position) => this.#apply(view, at, position))
    if (this.#salvaged !== null) this.#applySalvaged(this.#salvaged)
    const lanes = new Map<number, DiskLane>()
    for (const [laneId, replay] of this.#lanes) {
      replay.settle()
      lanes.set(laneId, replay.lane)
    }
    // Whatever the log holds behind its end was written with a lower epoch from now on.
    return { lanes, readFrom: start.segment, start: { ...end, epoch: end.epoch + 1 } }
  }

  #readCheckpoint(): Checkpoint | null {
    const { files, directory, damage } = this.#options
    if (!files.list(directory).includes(checkpointName)) {
      // Nothing is ever freed before the first checkpoint.
      if ((this.#options.segments.numbers[0] ?? 1) > 1) this.#salvaged = new Map()
      return null
    }
    const handle = files.open(join(directory, checkpointName), 'read')
    const bytes = Buffer.allocUnsafeSlow(files.size(handle))
    const got = files.readNow(handle, bytes, 0)
    files.close(handle)
    const version = checkpointFileVersion(bytes.subarray(0, got))
    if (version !== null && version > checkpointVersion) {
      throw new Error(
        `the checkpoint in ${directory} was written by a newer Warren (version ${version}, this ` +
          `one knows ${checkpointVersion}): start that version, or give this one another directory`,
      )
    }
    const checkpoint = version === null ? null : decodeCheckpoint(bytes.subarray(0, got))
    if (checkpoint === null) {
      const reason = 'the checkpoint is damaged: the whole log is read, acknowledged may come back'
      damage.report({ file: checkpointName, offset: 0, byteCount: got, reason }, bytes)
      this.#salvaged = new Map()
    }
    return checkpoint
  }

  #startOfAll(): JournalStart {
    const segment = this.#options.segments.numbers[0] ?? 1
    return { segment, offset: segmentHeaderBytes, epoch: 0, frameNumber: 0, link: 0 }
  }

  #restore(checkpoint: Checkpoint): void {
    const { ledger } = this.#options
    for (const { laneId, cut, nextSequence, cursor, table, pages } of checkpoint.lanes) {
      const { lane } = this.#laneFor(laneId)
      this.#cuts.set(laneId, cut)
      lane.nextSequence = nextSequence
      lane.cursor = cursor
      for (let at = table.head; at < table.tail; at += 1) {
        const bodyBytes = table.bodyBytes[at]!
        lane.table.push(
          table.sequences[at]!,
          table.positions[at]!,
          bodyBytes,
          table.deliveries[at]!,
        )
      }
      lane.backlog.restore(pages)
      for (const columns of [table, ...pages]) this.#count(columns)
    }
    for (const { segment, totalWeight } of checkpoint.segments) {
      const use = ledger.use(segment)
      use.totalWeight = Math.max(totalWeight, use.weight)
    }
  }

  /** Counts what a page refers to, and the page itself if it is a record. */
  #count(page: Columns | PageReference): void {
    const { ledger } = this.#options
    const inMemory = page instanceof Columns
    for (const { segment, references, weight } of inMemory ? spansOf(page) : page.spans) {
      ledger.drop(segment, -references, -weight)
    }
    if (!inMemory) ledger.retain(page.position, page.recordBytes)
  }

  #apply(view: DataView, at: number, position: number): void {
    const kind = view.getUint8(at + 8)
    if (kind === RecordKind.message) this.#published(view, at, position)
    else if (kind === RecordKind.copy) {
      if (this.#salvaged !== null) this.#published(view, at, position)
    } else if (kind !== RecordKind.page) this.#changed(kind, view, at, position)
  }

  #published(view: DataView, at: number, position: number): void {
    const { ledger } = this.#options
    const bodyBytes = view.getUint32(at + 20, true)
    for (const { laneId, sequence } of messageLanes(view, at)) {
      if (position < (this.#cuts.get(laneId) ?? 0)) continue
      if (this.#salvaged !== null) {
        const entries = this.#salvaged.get(laneId) ?? []
        entries.push([sequence, position, bodyBytes])
        this.#salvaged.set(laneId, entries)
      } else if (this.#laneFor(laneId).published(sequence, position, bodyBytes)) {
        ledger.add(position, 1, weightOf(bodyBytes))
      }
    }
  }

  #changed(kind: number, view: DataView, at: number, position: number): void {
    const laneId = view.getFloat64(at + 16, true)
    if (position < (this.#cuts.get(laneId) ?? 0)) return
    if (kind === RecordKind.dropped) {
      this.#lanes.get(laneId)?.lane.drop()
      this.#lanes.delete(laneId)
      this.#salvaged?.delete(laneId)
      return
    }
    const replay = this.#laneFor(laneId)
    if (kind === RecordKind.delivered) replay.delivered(view.getFloat64(at + 24, true))
    const pairs = kind === RecordKind.delivered ? 0 : view.getUint32(at + 12, true)
    for (let i = 0; i < pairs; i += 1) {
      const first = view.getFloat64(at + 24 + i * 16, true)
      const second = view.getFloat64(at + 32 + i * 16, true)
      if (kind === RecordKind.returned) replay.returned(first, second)
      else if (this.#salvaged === null) replay.removed(first, second)
      else this.#removeSalvaged(laneId, first, second)
    }
  }

  #removeSalvaged(laneId: number, first: number, last: number): void {
    const entries = this.#salvaged?.get(laneId)
    if (entries === undefined) return
    this.#salvaged?.set(
      laneId,
      entries.filter(([sequence]) => sequence < first || sequence > last),
    )
  }

  /** Sorts what a salvage has found; of a message and its copy the later one counts. */
  #applySalvaged(salvaged: Map<number, [number, number, number][]>): void {
    for (const [laneId, entries] of salvaged) {
      const replay = this.#laneFor(laneId)
      entries.sort((a, b) => a[0] - b[0] || b[1] - a[1])
      // Later records have told of sequences before these were put in.
      const { nextSequence } = replay.lane
      replay.lane.nextSequence = 1
      for (const [sequence, position, bodyBytes] of entries) {
        if (replay.published(sequence, position, bodyBytes)) {
          this.#options.ledger.add(position, 1, weightOf(bodyBytes))
        }
      }
      replay.lane.nextSequence = Math.max(nextSequence, replay.lane.nextSequence)
    }
  }

  #laneFor(laneId: number): LaneReplay {
    let replay = this.#lanes.get(laneId)
    if (replay === undefined) {
      const lane = new DiskLane(laneId, true, this.#host)
      replay = new LaneReplay(lane, (page) => this.#readPage(page))
      this.#lanes.set(laneId, replay)
    }
    return replay
  }

  #readPage(page: PageReference): Columns | null {
    const { segments, damage } = this.#options
    const segment = segmentOf(page.position)
    const offset = offsetOf(page.position)
    const bytes = Buffer.allocUnsafeSlow(page.recordBytes)
    const got = segments.has(segment) ? segments.readNow(segment, bytes, offset) : 0
    if (isIntactRecord(new DataView(bytes.buffer, 0, got), 0, got)) {
      const columns = decodePage(page, bytes.subarray(pageHeadBytes))
      if (columns !== null) return columns
    }
    const file = segments.nameOf(segment)
    const reason = `an index page of ${page.count} messages is damaged`
    damage.report({ file, offset, byteCount: page.recordBytes, reason }, bytes.subarray(0, got))
    return null
  }
}

/** All that a lane may ask of the log while it is being recovered is to count references. */
function recoveryHost({ ledger, segments, pageEntries }: RecoveryOptions): LaneHost {
  const never = (): never => {
    throw new Error('a lane is not in use before it is recovered')
  }
  return {
    pageEntries,
    markDirty: () => {},
    dropped: () => {},
    unknow: () => {},
    releaseStored: (position, weight) => ledger.release(position, weight),
    releaseMany: (segment, references, weight) => ledger.drop(segment, references, weight),
    hold: never,
    loadInPlace: never,
    writePage: never,
    readPage: never,
    rescue: (lane, page) => {
      const columns = rescuePage(segments, lane.laneId, page)
      retainAll(ledger, columns)
      return columns
    },
    later: never,
  }
}
