// What the records of the log mean for a lane that is being recovered. Deliveries move entries from
// the backlog to those that come back; pages are read only if they hold some of both.

import { Columns, redeliveredBit } from './columns.ts'
import type { DiskLane } from './disk-lane.ts'
import { weightOf } from './ledger.ts'
import type { PageReference } from './page.ts'

/** Reads a page that is on disk; null if it is damaged, which has been reported. */
export type ReadPage = (page: PageReference) => Columns | null

export class LaneReplay {
  readonly lane: DiskLane
  readonly #readPage: ReadPage

  constructor(lane: DiskLane, readPage: ReadPage) {
    this.lane = lane
    this.#readPage = readPage
  }

  published(sequence: number, position: number, bodyBytes: number): boolean {
    if (sequence < this.lane.nextSequence) return false
    this.lane.backlog.append(sequence, position, bodyBytes, 0)
    this.lane.nextSequence = sequence + 1
    return true
  }

  removed(first: number, last: number): void {
    const { backlog } = this.lane
    this.#passed(last)
    this.#removeFromTable(first, last)
    while (backlog.firstSequence <= last) {
      const page = backlog.pages[0]!
      if (page.firstSequence >= first && page.lastSequence <= last) {
        backlog.dropFirst()
        continue
      }
      this.#pull()
      // Entries behind the range stay in the table until `settle` sorts them back.
      this.#removeFromTable(first, last)
    }
  }

  delivered(sequence: number): void {
    this.#passed(sequence)
    this.lane.cursor = Math.max(this.lane.cursor, sequence)
  }

  returned(sequence: number, deliveryCount: number): void {
    const { table, backlog } = this.lane
    // What came back had been delivered, whether or not that record is left.
    this.delivered(sequence)
    while (backlog.firstSequence <= sequence) this.#pull()
    const at = table.find(sequence)
    if (at >= 0) table.deliveries[at] = deliveryCount * 2 + redeliveredBit
  }

  /** When all has been replayed: what lies before the cursor comes back, the rest waits. */
  settle(): void {
    const { table, backlog, cursor } = this.lane
    while (backlog.firstSequence <= cursor) this.#pull()
    const at = table.lowerBound(cursor + 1)
    const waiting: Columns[] = []
    for (let from = at; from < table.tail; from += 1) {
      if (table.positions[from] === 0) continue
      let page = waiting.at(-1)
      if (page === undefined || page.count >= this.lane.pageEntries) {
        page = new Columns()
        waiting.push(page)
      }
      const sequence = table.sequences[from]!
      page.push(sequence, table.positions[from]!, table.bodyBytes[from]!, 0)
    }
    table.truncate(at)
    backlog.prepend(waiting)
    for (let from = table.head; from < table.tail; from += 1) {
      table.deliveries[from] = table.deliveries[from]! | redeliveredBit
    }
  }

  /** A sequence that is known to have been used is not used again, even if its message is lost. */
  #passed(sequence: number): void {
    this.lane.nextSequence = Math.max(this.lane.nextSequence, sequence + 1)
  }

  #removeFromTable(first: number, last: number): void {
    const { table } = this.lane
    let at = table.lowerBound(first)
    while (at < table.tail && table.sequences[at]! <= last) {
      const position = table.positions[at]!
      if (position !== 0) {
        this.lane.release(position, weightOf(table.bodyBytes[at]!))
        // Removal at the ends moves those, so the place is looked up anew.
        const sequence = table.sequences[at]!
        table.removeAt(at)
        at = table.lowerBound(sequence + 1)
      } else at += 1
    }
  }

  /** Moves the first page's entries to the table. */
  #pull(): void {
    const { table, backlog } = this.lane
    const columns = backlog.pull(this.#readPage)
    if (columns === null) return
    for (let at = columns.head; at < columns.tail; at += 1) {
      const position = columns.positions[at]!
      if (position === 0) continue
      const sequence = columns.sequences[at]!
      table.push(sequence, position, columns.bodyBytes[at]!, columns.deliveries[at]!)
    }
  }
}
