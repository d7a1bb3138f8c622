// The paged-out tail of a lane: index pages, of which the first and the last ones are in memory and
// those between are on disk, with a short reference each.
//
//   take <- | columns | page ref | page ref | ... | page ref | columns | <- push

import type { Message } from '../broker/message.ts'
import type { Backlog, StoredRun, Taken } from '../broker/ports.ts'
import { QueueEntry } from '../broker/queues/entry.ts'
import { Columns, deliveryCountOf, redeliveredBit } from './columns.ts'
import { DiskRun } from './disk-run.ts'
import { weightOf } from './ledger.ts'
import type { Loaded, LoadRequest } from './message-reader.ts'
import { decodePage, encodeEntries, type PageReference, spansOf, sumBodyBytes } from './page.ts'
import type { RecordBlock } from './record-block.ts'

/** Full pages in memory beyond which further ones go to disk. */
const fullPagesMax = 2
const pageHeadBytes = 24

/** What a backlog needs of its lane and the log. */
export interface BacklogHost {
  /** Whether what is stored here survives a restart. */
  readonly durable: boolean
  /** Entries of a full page. */
  readonly pageEntries: number
  /** Moves an entry out of the lane's memory; returns the position of its stored message. */
  pageOut(entry: QueueEntry): number
  /** Where entries that are in memory again are kept. */
  readonly table: Columns
  /** `count` entries from the place `at` on are in memory again. */
  pageIn(columns: Columns, at: number, count: number): void
  /** Sequences from first to last have left the lane for good. */
  forget(first: number, last: number): void
  release(position: number, weight: number): void
  releaseMany(segment: number, references: number, weight: number): void
  load(request: LoadRequest, asBlock: boolean, done: Loaded): void
  writePage(count: number, entries: Uint8Array): number
  readPage(page: PageReference, done: (entries: Uint8Array | null) => void): void
  /** Looks for the entries of a damaged page in the log, and counts one reference to each. */
  rescue(page: PageReference): Columns
  later(task: () => void): void
}

interface Take {
  readonly countMax: number
  readonly bytesMax: number
  readonly done: Taken
}

export class DiskBacklog implements Backlog {
  count = 0
  bodyBytes = 0
  /** From head to tail; the last one, if it is in memory and not full, takes what is pushed. */
  pages: (Columns | PageReference)[] = []
  readonly #host: BacklogHost
  #take: Take | null = null
  #fullInMemory = 0

  constructor(host: BacklogHost) {
    this.#host = host
  }

  /** While a take is under way nothing in here may be moved. */
  get taking(): boolean {
    return this.#take !== null
  }

  get firstSequence(): number {
    return this.pages[0]?.firstSequence ?? Number.POSITIVE_INFINITY
  }

  get lastSequence(): number {
    return this.pages.at(-1)?.lastSequence ?? 0
  }

  push(entry: QueueEntry): void {
    const position = this.#host.pageOut(entry)
    this.append(entry.sequence, position, entry.bodyBytes, entry.redelivered ? 1 : 0)
    this.pageOutFull()
  }

  /** Adds an entry without writing anything: recovery pages out when it is done. */
  append(sequence: number, position: number, bodyBytes: number, deliveries: number): void {
    let tail = this.pages.at(-1)
    if (!(tail instanceof Columns) || tail.count >= this.#host.pageEntries) {
      tail = new Columns()
      this.pages.push(tail)
    }
    tail.push(sequence, position, bodyBytes, deliveries)
    if (tail.count >= this.#host.pageEntries) this.#fullInMemory += 1
    this.count += 1
    this.bodyBytes += bodyBytes
  }

  /** Writes full pages to disk, all but the first ones. */
  pageOutFull(): void {
    for (let i = this.pages.length - 1; i > 0 && this.#fullInMemory > fullPagesMax; i -= 1) {
      const page = this.pages[i]
      if (page instanceof Columns && page.count >= this.#host.pageEntries) {
        this.pages[i] = this.#write(page)
        this.#fullInMemory -= 1
      }
    }
  }

  take(countMax: number, bytesMax: number, done: Taken): void {
    if (this.#take !== null) throw new Error('a take is under way')
    const take = { countMax, bytesMax, done }
    this.#take = take
    this.#fetch(take)
  }

  clear(): number {
    const cleared = this.count
    if (cleared > 0) this.#host.forget(this.firstSequence, this.lastSequence)
    this.abandon()
    return cleared
  }

  /** Gives back all that is held, and says nothing to the log. */
  abandon(): void {
    for (const page of this.pages) this.#releasePage(page)
    this.pages = []
    this.count = 0
    this.bodyBytes = 0
    this.#fullInMemory = 0
    this.#take = null
  }

  /** For recovery: gives back the first page and all it holds. */
  dropFirst(): void {
    const page = this.#shift()
    if (page !== undefined) this.#releasePage(page)
  }

  /** For recovery: takes off the first page with its entries; null if they are lost. */
  pull(read: (page: PageReference) => Columns | null): Columns | null {
    const page = this.#shift()
    if (page === undefined || page instanceof Columns) return page ?? null
    const columns = read(page)
    if (columns === null) return this.#rescue(page)
    this.#releaseRecord(page)
    return columns
  }

  /** For recovery: puts pages in front. */
  prepend(pages: readonly Columns[]): void {
    for (const page of pages) this.#counted(page, 1)
    this.pages.unshift(...pages)
  }

  /** For recovery: takes over the pages of a checkpoint. */
  restore(pages: readonly (Columns | PageReference)[]): void {
    for (const page of pages) this.#counted(page, 1)
    this.pages = [...pages]
  }

  /** Replaces a page by one with the same entries at other places. */
  rewrite(page: PageReference, columns: Columns): void {
    const at = this.pages.indexOf(page)
    if (at < 0) throw new Error('the page has left the backlog')
    this.#releaseRecord(page)
    this.pages[at] = this.#write(columns)
  }

  #shift(): Columns | PageReference | undefined {
    const page = this.pages.shift()
    if (page !== undefined) this.#counted(page, -1)
    return page
  }

  #counted(page: Columns | PageReference, sign: number): void {
    const inMemory = page instanceof Columns
    this.count += sign * page.count
    this.bodyBytes += sign * (inMemory ? sumBodyBytes(page) : page.bodyBytes)
    if (inMemory && page.count >= this.#host.pageEntries) this.#fullInMemory += sign
  }

  #write(columns: Columns): PageReference {
    const entries = encodeEntries(columns)
    return {
      position: this.#host.writePage(columns.count, entries),
      recordBytes: pageHeadBytes + entries.length,
      entryCount: columns.count,
      count: columns.count,
      bodyBytes: sumBodyBytes(columns),
      firstSequence: columns.firstSequence,
      lastSequence: columns.lastSequence,
      spans: spansOf(columns),
    }
  }

  #fetch(take: Take): void {
    const head = this.pages[0]
    if (head === undefined) {
      this.#host.later(() => this.#finish(take, [], null))
    } else if (head instanceof Columns) {
      this.#loadHead(take, head)
    } else {
      this.#host.readPage(head, (entries) => {
        if (this.#take !== take) return
        this.#openHead(head, entries === null ? null : decodePage(head, entries))
        this.#fetch(take)
      })
    }
  }

  /** The first page is in memory now, or damaged: then what can be found of it is. */
  #openHead(page: PageReference, columns: Columns | null): void {
    this.#shift()
    if (columns !== null) this.#releaseRecord(page)
    const entries = columns ?? this.#rescue(page)
    if (entries.count === 0) return
    this.#counted(entries, 1)
    this.pages.unshift(entries)
  }

  #rescue(page: PageReference): Columns {
    const columns = this.#host.rescue(page)
    this.#releasePage(page)
    if (columns.count === 0) this.#host.forget(page.firstSequence, page.lastSequence)
    return columns
  }

  #loadHead(take: Take, head: Columns): void {
    let end = head.head
    let bytes = 0
    let largest = 0
    const last = Math.min(head.tail, head.head + Math.max(take.countMax, 1))
    for (; end < last; end += 1) {
      const bodyBytes = head.bodyBytes[end]!
      if (bytes + bodyBytes > take.bytesMax && end > head.head) break
      bytes += bodyBytes
      if (bodyBytes > largest) largest = bodyBytes
    }
    const positions = head.positions.subarray(head.head, end)
    const asBlock = isPlain(head, end)
    this.#host.load({ positions, hintBytes: largest }, asBlock, (messages, block) => {
      if (this.#take !== take) return
      if (block !== null) this.#finish(take, [], this.#leaveAsRun(head, block, bytes))
      else this.#finish(take, this.#leave(head, messages), null)
    })
  }

  #leaveAsRun(head: Columns, block: RecordBlock, bodyBytes: number): StoredRun {
    const { length } = block.starts
    const entries = { firstSequence: head.firstSequence, bodyBytes }
    this.#pageIn(head, head.head, length)
    this.#takeOff(head, length, bodyBytes)
    return new DiskRun(block, this.#host.table, entries)
  }

  /** Takes as many entries off the head as there are messages. */
  #leave(head: Columns, messages: readonly (Message | null)[]): QueueEntry[] {
    const { length } = messages
    const { head: start, sequences, positions, bodyBytes, deliveries } = head
    const entries: QueueEntry[] = []
    let bytes = 0
    let intact = 0
    for (let i = 0; i < length; i += 1) {
      const message = messages[i]!
      const at = start + i
      bytes += bodyBytes[at]!
      if (message === null) {
        this.#pageIn(head, at - intact, intact)
        intact = 0
        this.#lose(head, at)
        continue
      }
      intact += 1
      const entry = new QueueEntry(sequences[at]!, message, positions[at]!, bodyBytes[at]!)
      const marks = deliveries[at]!
      if (marks !== 0) {
        entry.redelivered = (marks & redeliveredBit) === redeliveredBit
        entry.deliveryCount = deliveryCountOf(marks)
      }
      message.position = entry.position
      entries.push(entry)
    }
    this.#pageIn(head, start + length - intact, intact)
    this.#takeOff(head, length, bytes)
    return entries
  }

  #takeOff(head: Columns, count: number, bodyBytes: number): void {
    if (head.count >= this.#host.pageEntries && count > 0) this.#fullInMemory -= 1
    this.count -= count
    this.bodyBytes -= bodyBytes
    head.removeFirst(count)
    if (head.count === 0) this.pages.shift()
  }

  #pageIn(columns: Columns, at: number, count: number): void {
    if (count > 0) this.#host.pageIn(columns, at, count)
  }

  /** The message of this entry cannot be read any more. */
  #lose(columns: Columns, at: number): void {
    const sequence = columns.sequences[at]!
    this.#host.release(columns.positions[at]!, weightOf(columns.bodyBytes[at]!))
    this.#host.forget(sequence, sequence)
  }

  #finish(take: Take, entries: QueueEntry[], run: StoredRun | null): void {
    if (this.#take !== take) return
    this.#take = null
    take.done(entries, run)
  }

  #releasePage(page: Columns | PageReference): void {
    if (!(page instanceof Columns)) this.#releaseRecord(page)
    const spans = page instanceof Columns ? spansOf(page) : page.spans
    for (const { segment, references, weight } of spans) {
      this.#host.releaseMany(segment, references, weight)
    }
  }

  #releaseRecord(page: PageReference): void {
    this.#host.release(page.position, page.recordBytes)
  }
}

/** Whether the entries up to this place were never delivered, and their sequences rise by one. */
function isPlain({ head, sequences, deliveries }: Columns, end: number): boolean {
  if (sequences[end - 1]! - sequences[head]! !== end - 1 - head) return false
  for (let at = head; at < end; at += 1) if (deliveries[at] !== 0) return false
  return true
}
