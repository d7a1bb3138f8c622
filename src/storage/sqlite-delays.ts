// Delayed messages on disk: gathers what a turn adds and removes, and writes it in one transaction.
// Memory holds the page cache, a count per exchange or queue, and what is being handed over, however
// many wait. Why not in the message log: see docs/decisions.

import {
  type Cancellation,
  type DelayFilter,
  type DelayStore,
  type DelayTarget,
  type DueDelay,
  type ListedDelay,
  matchesDelay,
} from '../broker/delays/delay-store.ts'
import type { Gate } from '../broker/gate.ts'
import { Message } from '../broker/message.ts'
import type { Clock, Timer } from '../broker/ports.ts'
import { makeEnvelope } from '../broker/publish-target.ts'
import { wholeContent } from '../protocol/amqp/content.ts'
import { skimDeliveryMode } from '../protocol/amqp/properties.ts'
import type { Damage } from './damage.ts'
import { describeDamage, saysDamaged, setAside } from './damaged-database.ts'
import { DelayFile, type DelayRow } from './delay-file.ts'
import { DelayFront } from './delay-front.ts'
import { DelayPlaces } from './delay-places.ts'
import { salvageDelays } from './delay-salvage.ts'
import { DelayTargets } from './delay-targets.ts'
import type { Durability } from './syncer.ts'
import { WalSyncer } from './wal-syncer.ts'

/** Messages that one step of a cancellation looks at. */
const stepCount = 2000
/** A commit that failed is tried again after this long. */
const retryMs = 1000
/** Removals are synced, and free pages given back, after this long. */
const tidyMs = 1000
/** Between two portions of free pages. */
const shrinkMs = 20
/** What leaves within this time is removed from the file in one transaction. */
const removalMs = 50
const removalCountMax = 4096

export interface SqliteDelaysOptions {
  readonly path: string
  readonly durability: Durability
  readonly clock: Clock
  readonly onTrouble: (error: unknown) => void
  readonly onDamage: (damage: Damage) => void
}

interface Added {
  readonly id: number
  readonly target: number
  readonly dueMs: number
  readonly message: Message
}

interface OpenableGate {
  open: boolean
}

export class SqliteDelays implements DelayStore {
  onDurable: (() => void) | null = null
  onBlocked: ((reason: string | null) => void) | null = null
  readonly #options: SqliteDelaysOptions
  readonly #targets: DelayTargets
  readonly #places: DelayPlaces
  #file: DelayFile
  #syncer: WalSyncer
  #added: Added[] = []
  #removed: number[] = []
  /** Handed over or cancelled, and still in the file; with what each was for. */
  readonly #taken = new Map<number, number>()
  readonly #front = new DelayFront()
  /** Of each cancellation that runs: what was added since it began. */
  readonly #cancelling = new Set<Set<number>>()
  #removedMs = 0
  #gate: OpenableGate | null = null
  #waiting: { readonly commit: number; readonly gate: OpenableGate }[] = []
  #retryTimer: Timer | null = null
  #removalTimer: Timer | null = null
  #tidyTimer: Timer | null = null
  nextDueMs: number = Number.POSITIVE_INFINITY

  constructor(options: SqliteDelaysOptions) {
    this.#options = options
    this.#file = this.#openFile()
    this.#syncer = this.#openSyncer()
    this.#targets = new DelayTargets(this.#file.database)
    this.#places = new DelayPlaces(options.clock.now(), (span) => this.#file.lastIn(span))
    this.nextDueMs = this.#findNextDue()
  }

  get gate(): Gate | null {
    return this.#gate
  }

  add(target: DelayTarget, message: Message, dueMs: number): number {
    const id = this.#reading(() => this.#places.next(dueMs))
    for (const later of this.#cancelling) later.add(id)
    this.#added.push({ id, target: this.#targets.idOf(target), dueMs, message })
    this.#gate ??= { open: false }
    this.#front.add({ id, dueMs, bodyBytes: message.bodyBytes })
    this.nextDueMs = Math.min(this.nextDueMs, dueMs)
    return id
  }

  take(untilMs: number, countMax: number, bytesMax: number): DueDelay[] {
    this.commit(false)
    // What cannot be written cannot be read either; it is tried again soon.
    if (this.#added.length > 0) return []
    const ids: number[] = []
    for (let bytes = 0; ids.length < countMax && bytes < bytesMax; ) {
      const near = this.#reading(() => this.#front.shift(untilMs, this.#file, this.#taken))
      if (near === null) break
      ids.push(near.id)
      this.#taken.set(near.id, 0)
      bytes += near.bodyBytes
    }
    const rows = this.#reading(() => this.#file.getAll(ids))
    const delays = rows.map((row) => this.#read(row))
    for (const row of rows) this.#taken.set(Number(row.id), Number(row.target))
    this.nextDueMs = this.#findNextDue()
    return delays
  }

  remove(ids: readonly number[]): void {
    for (const id of ids) this.#removed.push(id)
  }

  find(id: number): DelayTarget | null {
    this.commit(false)
    if (this.#taken.has(id)) return null
    const row = this.#reading(() => this.#file.get(id))
    return row === undefined ? null : (this.#targets.byId(Number(row.target)) ?? null)
  }

  cancel(id: number, filter: DelayFilter): boolean {
    const target = this.find(id)
    if (target === null || !matchesDelay(filter, target)) return false
    this.#forget([{ id, target: this.#targets.idOf(target) }])
    this.nextDueMs = this.#findNextDue()
    return true
  }

  cancelAll(filter: DelayFilter): Cancellation {
    this.commit(false)
    const later = new Set<number>()
    this.#cancelling.add(later)
    let cursor = -1
    return {
      filter,
      step: () => {
        this.commit(false)
        const targets = this.#targets.matching(filter)
        const rows = this.#reading(() => this.#file.after(cursor, stepCount))
        if (rows.length === 0 || targets.size === 0) {
          this.#cancelling.delete(later)
          return -1
        }
        cursor = Number(rows.at(-1)?.id)
        const found = rows
          .map((row) => ({ id: Number(row.id), target: Number(row.target) }))
          .filter(({ id, target }) => targets.has(target) && !later.has(id) && !this.#taken.has(id))
        this.#forget(found)
        this.nextDueMs = this.#findNextDue()
        return found.length
      },
    }
  }

  #forget(found: readonly { readonly id: number; readonly target: number }[]): void {
    for (const { id, target } of found) {
      this.#taken.set(id, target)
      this.#front.remove(id)
      this.#removed.push(id)
    }
    this.#flush()
  }

  count(filter: DelayFilter): number {
    this.#flush()
    return this.#targets.count(filter)
  }

  list(filter: DelayFilter, offset: number, countMax: number): ListedDelay[] {
    this.#flush()
    const targets = JSON.stringify([...this.#targets.matching(filter)])
    const rows = this.#reading(() => this.#file.list(targets, offset, countMax))
    return rows.map((row) => ({
      ...this.#read({ ...row, body: new Uint8Array(0) }),
      addedMs: Number(row.added),
      bodyBytes: Number(row.body_bytes),
    }))
  }

  commit(synced: boolean): void {
    if (this.#added.length > 0 || this.#removed.length >= removalCountMax) this.#write()
    else if (this.#removed.length > 0) this.#writeSoon()
    if (synced) this.#syncer.syncNow()
  }

  #flush(): void {
    if (this.#added.length > 0 || this.#removed.length > 0) this.#write()
  }

  #writeSoon(): void {
    const { clock } = this.#options
    const waitMs = this.#removedMs + removalMs - clock.now()
    if (waitMs <= 0 || waitMs > removalMs) this.#write()
    else {
      this.#removalTimer ??= clock.after(waitMs, () => {
        this.#removalTimer = null
        this.#flush()
      })
    }
  }

  close(): void {
    this.#retryTimer?.cancel()
    this.#tidyTimer?.cancel()
    this.#removalTimer?.cancel()
    this.#flush()
    this.commit(true)
    this.#syncer.close()
    this.#file.close()
  }

  #write(): void {
    const removed = this.#removed
    try {
      this.#reading(() => this.#file.transaction(() => this.#writeAll()))
    } catch (error) {
      this.#refused(error)
      return
    }
    this.#targets.committed()
    this.#places.written()
    if (removed.length > 0) this.#removedMs = this.#options.clock.now()
    for (const id of removed) this.#taken.delete(id)
    this.#added = []
    this.#removed = []
    // That messages are gone need not be on the disk at once: better twice than not at all.
    const commit = this.#syncer.committed(this.#gate !== null)
    this.#openGate(commit)
    this.#tidyTimer ??= this.#options.clock.after(tidyMs, () => this.#tidy())
    if (this.#retryTimer === null) return
    this.#retryTimer.cancel()
    this.#retryTimer = null
    this.nextDueMs = this.#findNextDue()
    this.onBlocked?.(null)
  }

  #writeAll(): void {
    for (const added of this.#added) this.#insertOne(added)
    for (const id of this.#removed) {
      if (this.#file.delete(id)) this.#targets.removed(this.#taken.get(id) ?? 0)
    }
    this.#targets.write()
  }

  #insertOne({ id, target, dueMs, message }: Added): void {
    const { header, headerStart, headerEnd, body, bodyStart, bodyEnd, envelope } = message
    this.#file.insert([
      id,
      target,
      dueMs,
      message.publishedAtMs,
      envelope.exchange,
      envelope.routingKey,
      header.subarray(headerStart, headerEnd),
      body.subarray(bodyStart, bodyEnd),
    ])
    this.#targets.added(target)
  }

  #tidy(): void {
    this.#tidyTimer = null
    this.#syncer.sync()
    if (!this.#reading(() => this.#file.shrink())) return
    this.#tidyTimer = this.#options.clock.after(shrinkMs, () => this.#tidy())
  }

  /** What was gathered stays gathered, publishers are held back, and it is tried again. */
  #refused(error: unknown): void {
    this.#targets.failed()
    if (this.#retryTimer !== null) return
    this.#options.onTrouble(error)
    this.onBlocked?.(error instanceof Error ? error.message : String(error))
    this.#armRetry()
  }

  #armRetry(): void {
    this.#retryTimer = this.#options.clock.after(retryMs, () => {
      this.#flush()
      if (this.#added.length > 0 || this.#removed.length > 0) this.#armRetry()
      else this.onDurable?.()
    })
  }

  #openGate(commit: number): void {
    const gate = this.#gate
    this.#gate = null
    if (gate === null) return
    if (this.#options.durability === 'fsync') this.#waiting.push({ commit, gate })
    else gate.open = true
  }

  #reached(commit: number): void {
    const reached = this.#waiting.filter((waiting) => waiting.commit <= commit)
    if (reached.length === 0) return
    this.#waiting = this.#waiting.filter((waiting) => waiting.commit > commit)
    for (const { gate } of reached) gate.open = true
    this.onDurable?.()
  }

  #failed(error: Error): void {
    this.#options.onTrouble(error)
    this.onBlocked?.(error.message)
  }

  #findNextDue(): number {
    if (this.#added.length > 0) return this.nextDueMs
    return this.#reading(() => this.#front.nextDueMs(this.#file, this.#taken))
  }

  /** Does what needs the file; a second time, with what can be saved of it, when it is damaged. */
  #reading<T>(task: () => T): T {
    try {
      return task()
    } catch (error) {
      if (!saysDamaged(error)) throw error
      this.#replaceFile(error)
      return task()
    }
  }

  #replaceFile(error: unknown): void {
    try {
      this.#file.close()
    } catch {
      // What is left of it is set aside as it is.
    }
    this.#syncer.close()
    this.#file = this.#salvage(error)
    this.#syncer = this.#openSyncer()
    this.#targets.rebase(this.#file.database)
    this.#front.clear()
    const commit = this.#syncer.committed(true)
    this.#waiting = this.#waiting.map(({ gate }) => ({ commit, gate }))
  }

  #openFile(): DelayFile {
    const { path } = this.#options
    try {
      const file = new DelayFile(path, this.#synced)
      // Reads both tables, so that much of what may be wrong is found before anybody relies on it.
      new DelayTargets(file.database)
      file.after(-1, 1)
      return file
    } catch (error) {
      if (!saysDamaged(error)) throw error
      return this.#salvage(error)
    }
  }

  #salvage(error: unknown): DelayFile {
    const { path, onDamage } = this.#options
    const aside = setAside(path)
    const file = new DelayFile(path, this.#synced)
    const kept = salvageDelays(aside, file)
    onDamage(describeDamage(aside, error, kept))
    return file
  }

  get #synced(): boolean {
    return this.#options.durability !== 'none'
  }

  #openSyncer(): WalSyncer {
    return new WalSyncer({
      path: this.#options.path,
      wanted: this.#synced,
      onSynced: (commit) => this.#reached(commit),
      onFailed: (error) => this.#failed(error),
    })
  }

  #read(row: DelayRow): DueDelay {
    const header = bytesOf(row.header)
    const content = wholeContent(header, bytesOf(row.body))
    const envelope = makeEnvelope(String(row.exchange), String(row.routing_key))
    const persistent = skimDeliveryMode(header, 0, header.length) === 2
    return {
      id: Number(row.id),
      target: this.#targets.byId(Number(row.target)) ?? unknownTarget,
      dueMs: Number(row.due),
      message: new Message(content, envelope, persistent, Number(row.added)),
    }
  }
}

/** Stands for a target that the file has lost: nothing has an empty virtual host. */
const unknownTarget: DelayTarget = { vhost: '', kind: 'exchange', name: '' }

function bytesOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array(0)
}
