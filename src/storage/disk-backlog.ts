// The paged-out tail of a lane: index pages, of which the first and the last ones are in memory and
// those between are on disk, with a short reference each.
//
//   take <- | columns | page ref | page ref | ... | page ref | columns | <- push

import type { Message } from '../broker/message.ts'
import type { Backlog } from '../broker/ports.ts'
import { QueueEntry } from '../broker/queues/entry.ts'
import { Columns } from './columns.ts'
import { weightOf } from './ledger.ts'
import { decodePage, encodeEntries, type PageReference, spansOf, sumBodyBytes } from './page.ts'

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
  /** The entry is in memory again. */
  pageIn(entry: QueueEntry): void
  /** Sequences from first to last have left the lane for good. */
  forget(first: number, last: number): void
  release(position: number, weight: number): void
  releaseMany(segment: number, references: number, weight: number): void
  load(positions: number[], hintBytes: number, done: (messages: (Message | null)[]) => void): void
  writePage(count: number, entries: Uint8Array): number
  readPage(page: PageReference, done: (entries: Uint8Array | null) => void): void
  /** Looks for the entries of a damaged page in the log, and counts one reference to each. */
  rescue(page: PageReference): Columns
  later(task: () => void): void
}

interface Take {
  readonly countMax: number
  readonly bytesMax: number
  readonly done: (entries: QueueEntry[]) => void
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

  take(countMax: number, bytesMax: number, done: (entries: QueueEntry[]) => void): void {
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
      this.#host.later(() => this.#finish(take, []))
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
    const positions: number[] = []
    let bytes = 0
    let largest = 0
    for (let at = head.head; at < head.tail; at += 1) {
      const bodyBytes = head.bodyBytes[at]!
      const enough = positions.length >= take.countMax || bytes + bodyBytes > take.bytesMax
      if (positions.length > 0 && enough) break
      positions.push(head.positions[at]!)
      bytes += bodyBytes
      largest = Math.max(largest, bodyBytes)
    }
    this.#host.load(positions, largest, (messages) => {
      if (this.#take === take) this.#finish(take, this.#leave(head, messages))
    })
  }

  /** Takes as many entries off the head as there are messages. */
  #leave(head: Columns, messages: readonly (Message | null)[]): QueueEntry[] {
    if (head.count >= this.#host.pageEntries && messages.length > 0) this.#fullInMemory -= 1
    const entries: QueueEntry[] = []
    for (const message of messages) {
      const at = head.head
      const sequence = head.sequences[at]!
      const position = head.positions[at]!
      const bodyBytes = head.bodyBytes[at]!
      const entry = new QueueEntry(sequence, message, position, bodyBytes)
      entry.redelivered = (head.deliveries[at]! & 1) === 1
      head.removeAt(at)
      this.count -= 1
      this.bodyBytes -= bodyBytes
      if (message === null) {
        this.#host.release(position, weightOf(bodyBytes))
        this.#host.forget(sequence, sequence)
      } else {
        message.position = position
        this.#host.pageIn(entry)
        entries.push(entry)
      }
    }
    if (head.count === 0) this.pages.shift()
    return entries
  }

  #finish(take: Take, entries: QueueEntry[]): void {
    if (this.#take !== take) return
    this.#take = null
    take.done(entries)
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
