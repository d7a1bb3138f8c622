// Copies forward what is left in a segment, so that one old message does not hold 64 MB. Works in
// small steps between other work. A copy has no meaning of its own for recovery: until the next
// checkpoint names the new places, the old ones count, and their segment stays.

import { Columns, movedBit } from './columns.ts'
import type { DiskBacklog } from './disk-backlog.ts'
import type { DiskLane } from './disk-lane.ts'
import type { DiskLog } from './disk-log.ts'
import { weightOf } from './ledger.ts'
import type { LogPart } from './log-part.ts'
import { decodePage, type PageReference, signedSegment } from './page.ts'
import { writeCopy } from './records.ts'

/** Records that are copied in one step. */
const batchMax = 64
const noHintBytes = 1 << 12

/** Something that points at records: a table, a page, or what the broker has retained. */
interface Pointer {
  /** The positions in the segment, as far as they are known now. */
  positions(): number[]
  /** Points at the new places; what has left meanwhile is left alone. */
  move(places: ReadonlyMap<number, number>): void
}

export class Compactor {
  readonly #log: DiskLog
  #running = false

  constructor(log: DiskLog) {
    this.#log = log
  }

  get running(): boolean {
    return this.#running
  }

  /** Moves what is left in a segment (negative: of the spill log); `done` when nothing more moves. */
  run(segment: number, done: () => void): void {
    this.#running = true
    const lanes = [...this.#log.lanes.values()]
    const places = new Map<number, number>()
    const nextLane = (): void => {
      const lane = lanes.shift()
      if (lane !== undefined) this.#moveLane(lane, segment, places, nextLane)
      else {
        this.#moveAll([this.#retained(segment)], segment, places, () => {
          this.#running = false
          done()
        })
      }
    }
    nextLane()
  }

  #moveLane(lane: DiskLane, segment: number, places: Map<number, number>, done: () => void): void {
    const { backlog } = lane
    const pointers = [this.#table(lane, segment)]
    const onDisk: PageReference[] = []
    for (const page of backlog.pages) {
      if (page instanceof Columns) pointers.push(this.#columns(backlog, page, segment))
      else if (pointsInto(page, segment)) onDisk.push(page)
    }
    this.#moveAll(pointers, segment, places, () => {
      const nextPage = (): void => {
        const page = onDisk.shift()
        if (page === undefined) done()
        else this.#movePage(lane, page, segment, places, nextPage)
      }
      nextPage()
    })
  }

  /** Reads a page, moves what it points at, and writes it anew. */
  // biome-ignore lint/complexity/useMaxParams: three of them are the run that this is a step of
  #movePage(
    lane: DiskLane,
    page: PageReference,
    segment: number,
    places: Map<number, number>,
    done: () => void,
  ): void {
    this.#log.readPage(page, (entries) => {
      const columns = entries === null ? null : decodePage(page, entries)
      if (columns === null) {
        done()
        return
      }
      const pointer: Pointer = {
        positions: () => positionsIn(columns, segment),
        move: (moved) => {
          // While a take is under way the first page is not to be touched; a later run moves it.
          if (lane.backlog.taking || !lane.backlog.pages.includes(page)) return
          for (let at = columns.head; at < columns.tail; at += 1)
            this.#moveEntry(columns, at, moved)
          lane.backlog.rewrite(page, columns)
        },
      }
      this.#moveAll([pointer], segment, places, done)
    })
  }

  #table(lane: DiskLane, segment: number): Pointer {
    const { table } = lane
    return {
      positions: () => positionsIn(table, segment),
      move: (moved) => {
        for (let at = table.head; at < table.tail; at += 1) {
          const before = table.positions[at]!
          if (!this.#moveEntry(table, at, moved)) continue
          this.#log.relocations.moved(before, table.positions[at]!)
          if (table.deliveries[at]! < movedBit)
            table.deliveries[at] = table.deliveries[at]! + movedBit
        }
      },
    }
  }

  #columns(backlog: DiskBacklog, columns: Columns, segment: number): Pointer {
    return {
      positions: () => positionsIn(columns, segment),
      move: (moved) => {
        if (backlog.taking || !backlog.pages.includes(columns)) return
        for (let at = columns.head; at < columns.tail; at += 1) this.#moveEntry(columns, at, moved)
      },
    }
  }

  #retained(segment: number): Pointer {
    const { retained, relocations } = this.#log
    const current = (): number[] => [...retained.keys()].map((known) => relocations.resolve(known))
    return {
      positions: () => current().filter((position) => signedSegment(position) === segment),
      move: (moved) => {
        for (const [known, count] of retained) {
          const before = relocations.resolve(known)
          const after = moved.get(before)
          if (after === undefined) continue
          for (let i = 0; i < count; i += 1) this.#count(before, after, weightOf(0))
          relocations.moved(before, after)
        }
      },
    }
  }

  #moveEntry(columns: Columns, at: number, places: ReadonlyMap<number, number>): boolean {
    const before = columns.positions[at]!
    const after = before === 0 ? undefined : places.get(before)
    if (after === undefined) return false
    this.#count(before, after, weightOf(columns.bodyBytes[at]!))
    columns.positions[at] = after
    return true
  }

  #count(before: number, after: number, weight: number): void {
    const part = this.#partOf(after)
    part.ledger.retain(Math.abs(after), weight)
    this.#log.releaseStored(before, weight)
  }

  #partOf(signed: number): LogPart {
    return signed < 0 ? this.#log.spilled : this.#log.durable
  }

  /** Copies what the pointers point at, in batches, and then has them point at the copies. */
  #moveAll(
    pointers: readonly Pointer[],
    segment: number,
    places: Map<number, number>,
    done: () => void,
  ): void {
    const wanted = new Set(pointers.flatMap((pointer) => pointer.positions()))
    for (const position of places.keys()) wanted.delete(position)
    const positions = [...wanted].sort((a, b) => Math.abs(a) - Math.abs(b))
    const nextBatch = (): void => {
      const batch = positions.splice(0, batchMax)
      if (batch.length > 0) {
        this.#copy(batch, segment, places, nextBatch)
        return
      }
      const { journal } = this.#partOf(segment)
      const idle = journal.gatheredBytes === 0
      for (const pointer of pointers) pointer.move(places)
      if (idle) journal.commit()
      this.#log.later(done)
    }
    nextBatch()
  }

  #copy(
    positions: readonly number[],
    segment: number,
    places: Map<number, number>,
    done: () => void,
  ): void {
    const part = this.#partOf(segment)
    const absolute = Float64Array.from(positions, Math.abs)
    part.reader.loadRecords({ positions: absolute, hintBytes: noHintBytes }, (records) => {
      const idle = part.journal.gatheredBytes === 0
      for (const [i, record] of records.entries()) {
        if (record === null) continue
        const position = part.journal.positionOf(writeCopy(part.journal, record))
        part.ledger.use(signedSegment(position)).totalWeight += weightOf(record.getUint32(20, true))
        places.set(positions[i]!, segment < 0 ? -position : position)
      }
      // If a turn of the broker is open the copies go with it: it must stay one frame.
      if (idle) part.journal.commit()
      done()
    })
  }
}

function positionsIn(columns: Columns, segment: number): number[] {
  const positions: number[] = []
  for (let at = columns.head; at < columns.tail; at += 1) {
    const position = columns.positions[at]!
    if (position !== 0 && signedSegment(position) === segment) positions.push(position)
  }
  return positions
}

function pointsInto(page: PageReference, segment: number): boolean {
  if (signedSegment(page.position) === segment) return true
  return page.spans.some((span) => span.segment === segment)
}
