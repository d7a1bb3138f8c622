// Delayed messages on disk: a SQLite file of its own, with one index by due time. Memory holds the
// page cache, a count per exchange or queue, and what is being handed over, however many wait.
// Why not in the message log: see docs/decisions.

import type { DatabaseSync, StatementSync } from 'node:sqlite'
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
import { skimDeliveryMode } from '../protocol/amqp/properties.ts'
import { DelayTargets } from './delay-targets.ts'
import { openDatabase } from './open-database.ts'
import type { Durability } from './syncer.ts'
import { WalSyncer } from './wal-syncer.ts'

const schemaVersion = 1

const schema = `
  CREATE TABLE target (
    id INTEGER PRIMARY KEY,
    vhost TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    count INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    target INTEGER NOT NULL,
    due INTEGER NOT NULL,
    added INTEGER NOT NULL,
    exchange TEXT NOT NULL,
    routing_key TEXT NOT NULL,
    header BLOB NOT NULL,
    body BLOB NOT NULL
  ) STRICT;
  CREATE INDEX message_due ON message (due, target)`

/** Index entries that one step of a cancellation looks at. */
const stepCount = 2000
/** SQLite moves its log into the database after this many pages of 4 KiB. */
const checkpointPages = 4000
const cacheKiB = 8192
/** A commit that failed is tried again after this long. */
const retryMs = 1000

export interface SqliteDelaysOptions {
  readonly path: string
  readonly durability: Durability
  readonly clock: Clock
  readonly onTrouble: (error: unknown) => void
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

/** A place in the order of due times. */
interface Cursor {
  readonly due: number
  readonly target: number
  readonly id: number
}

const start: Cursor = { due: -1, target: -1, id: -1 }

export class SqliteDelays implements DelayStore {
  onDurable: (() => void) | null = null
  onBlocked: ((reason: string | null) => void) | null = null
  readonly #options: SqliteDelaysOptions
  readonly #database: DatabaseSync
  readonly #targets: DelayTargets
  readonly #syncer: WalSyncer
  readonly #insert: StatementSync
  readonly #delete: StatementSync
  readonly #nextAfter: StatementSync
  readonly #takeAfter: StatementSync
  #added: Added[] = []
  #removed: number[] = []
  /** Handed over, and still in the file. */
  readonly #taken = new Set<number>()
  /** The last one taken: what comes before it is taken or gone. */
  #cursor: Cursor = start
  #nextId: number
  #gate: OpenableGate | null = null
  #waiting: { readonly commit: number; readonly gate: OpenableGate }[] = []
  #retryTimer: Timer | null = null
  nextDueMs: number = Number.POSITIVE_INFINITY

  constructor(options: SqliteDelaysOptions) {
    this.#options = options
    const { path } = options
    this.#database = openDatabase({
      path,
      synced: options.durability !== 'none',
      schema,
      schemaVersion,
      pragmas: [
        'auto_vacuum = INCREMENTAL',
        `wal_autocheckpoint = ${checkpointPages}`,
        `cache_size = -${cacheKiB}`,
      ],
    })
    this.#targets = new DelayTargets(this.#database)
    this.#syncer = new WalSyncer({
      path,
      wanted: options.durability !== 'none',
      onSynced: (commit) => this.#synced(commit),
      onFailed: (error) => this.#failed(error),
    })
    this.#insert = this.#database.prepare('INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
    this.#delete = this.#database.prepare('DELETE FROM message WHERE id = ? RETURNING target')
    this.#nextAfter = this.#database.prepare(
      'SELECT id, target, due FROM message WHERE (due, target, id) > (?, ?, ?) ' +
        'ORDER BY due, target, id LIMIT ?',
    )
    this.#takeAfter = this.#database.prepare(
      'SELECT * FROM message WHERE (due, target, id) > (?, ?, ?) AND due <= ? ' +
        'ORDER BY due, target, id LIMIT ?',
    )
    const last = this.#database.prepare('SELECT max(id) AS id FROM message').get()
    // Above every number ever given, so that a cancellation that comes late hits nothing else.
    this.#nextId = Math.max(Number(last?.id ?? 0) + 1, options.clock.now() * 1024)
    this.nextDueMs = this.#findNextDue()
  }

  get gate(): Gate | null {
    return this.#gate
  }

  add(target: DelayTarget, message: Message, dueMs: number): number {
    const id = this.#nextId
    this.#nextId += 1
    this.#added.push({ id, target: this.#targets.idOf(target), dueMs, message })
    this.#gate ??= { open: false }
    // The wall clock has gone back: what is due now comes before what was taken.
    if (dueMs <= this.#cursor.due) this.#cursor = start
    if (dueMs < this.nextDueMs) this.nextDueMs = dueMs
    return id
  }

  take(untilMs: number, countMax: number, bytesMax: number): DueDelay[] {
    this.commit(false)
    const taken: DueDelay[] = []
    let bytes = 0
    const { due, target, id } = this.#cursor
    const limit = countMax + (this.#cursor === start ? this.#taken.size : 0)
    for (const row of this.#takeAfter.iterate(due, target, id, untilMs, limit)) {
      const delay = this.#read(row)
      this.#cursor = { due: delay.dueMs, target: Number(row.target), id: delay.id }
      if (this.#taken.has(delay.id)) continue
      this.#taken.add(delay.id)
      taken.push(delay)
      bytes += delay.message.bodyBytes
      if (taken.length >= countMax || bytes >= bytesMax) break
    }
    this.nextDueMs = this.#findNextDue()
    return taken
  }

  remove(ids: readonly number[]): void {
    for (const id of ids) this.#removed.push(id)
  }

  find(id: number): DelayTarget | null {
    this.commit(false)
    if (this.#taken.has(id)) return null
    const row = this.#database.prepare('SELECT target FROM message WHERE id = ?').get(id)
    return row === undefined ? null : (this.#targets.byId(Number(row.target)) ?? null)
  }

  cancel(id: number, filter: DelayFilter): boolean {
    const target = this.find(id)
    if (target === null || !matchesDelay(filter, target)) return false
    this.#removed.push(id)
    this.commit(false)
    this.nextDueMs = this.#findNextDue()
    return true
  }

  cancelAll(filter: DelayFilter): Cancellation {
    this.commit(false)
    let cursor = start
    const lastId = this.#nextId - 1
    return {
      filter,
      step: () => {
        this.commit(false)
        const targets = this.#targets.matching(filter)
        const { due, target, id } = cursor
        const rows = this.#nextAfter.all(due, target, id, stepCount)
        if (rows.length === 0 || targets.size === 0) return -1
        let count = 0
        for (const row of rows) {
          cursor = { due: Number(row.due), target: Number(row.target), id: Number(row.id) }
          if (cursor.id > lastId || !targets.has(cursor.target)) continue
          if (this.#taken.has(cursor.id)) continue
          this.#removed.push(cursor.id)
          count += 1
        }
        this.commit(false)
        this.nextDueMs = this.#findNextDue()
        return count
      },
    }
  }

  count(filter: DelayFilter): number {
    return this.#targets.count(filter)
  }

  list(filter: DelayFilter, offset: number, countMax: number): ListedDelay[] {
    this.commit(false)
    const targets = JSON.stringify([...this.#targets.matching(filter)])
    // The inner query walks the index alone, so that a late page costs no reads of messages.
    const rows = this.#database
      .prepare(
        `SELECT id, target, due, added, exchange, routing_key, header, length(body) AS body_bytes
         FROM message WHERE id IN (
           SELECT id FROM message WHERE target IN (SELECT value FROM json_each(?))
           ORDER BY due, target, id LIMIT ? OFFSET ?)
         ORDER BY due, target, id`,
      )
      .all(targets, countMax, offset)
    return rows.map((row) => {
      const { id, target, dueMs, message } = this.#read({ ...row, body: new Uint8Array(0) })
      return {
        id,
        target,
        dueMs,
        message,
        addedMs: Number(row.added),
        bodyBytes: Number(row.body_bytes),
      }
    })
  }

  commit(synced: boolean): void {
    if (this.#added.length > 0 || this.#removed.length > 0) this.#write()
    if (synced) this.#syncer.syncNow()
  }

  close(): void {
    this.#retryTimer?.cancel()
    this.commit(true)
    this.#syncer.close()
    this.#database.close()
  }

  #write(): void {
    const removed = this.#removed
    try {
      this.#database.exec('BEGIN IMMEDIATE')
      for (const added of this.#added) this.#insertOne(added)
      for (const id of removed) this.#deleteOne(id)
      this.#targets.write()
      this.#database.exec('COMMIT')
    } catch (error) {
      this.#refused(error)
      return
    }
    this.#targets.committed()
    for (const id of removed) this.#taken.delete(id)
    this.#added = []
    this.#removed = []
    const commit = this.#syncer.committed()
    this.#openGate(commit)
    if (this.#retryTimer === null) return
    this.#retryTimer.cancel()
    this.#retryTimer = null
    this.onBlocked?.(null)
  }

  #insertOne({ id, target, dueMs, message }: Added): void {
    const { header, headerStart, headerEnd, body, bodyStart, bodyEnd, envelope } = message
    this.#insert.run(
      id,
      target,
      dueMs,
      message.publishedAtMs,
      envelope.exchange,
      envelope.routingKey,
      header.subarray(headerStart, headerEnd),
      body.subarray(bodyStart, bodyEnd),
    )
    this.#targets.added(target)
  }

  #deleteOne(id: number): void {
    const row = this.#delete.get(id)
    if (row !== undefined) this.#targets.removed(Number(row.target))
  }

  /** What was gathered stays gathered, publishers are held back, and it is tried again. */
  #refused(error: unknown): void {
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
    this.#targets.failed()
    if (this.#retryTimer !== null) return
    this.#options.onTrouble(error)
    this.onBlocked?.(error instanceof Error ? error.message : String(error))
    this.#armRetry()
  }

  #armRetry(): void {
    this.#retryTimer = this.#options.clock.after(retryMs, () => {
      this.commit(false)
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

  #synced(commit: number): void {
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
    const { due, target, id } = this.#cursor
    const limit = 1 + (this.#cursor === start ? this.#taken.size : 0)
    let nextMs = Number.POSITIVE_INFINITY
    for (const row of this.#nextAfter.iterate(due, target, id, limit)) {
      if (this.#taken.has(Number(row.id))) continue
      nextMs = Number(row.due)
      break
    }
    for (const { dueMs } of this.#added) nextMs = Math.min(nextMs, dueMs)
    return nextMs
  }

  #read(row: Record<string, unknown>): DueDelay {
    const header = bytesOf(row.header)
    const body = bytesOf(row.body)
    const content = {
      header,
      headerStart: 0,
      headerEnd: header.length,
      body,
      bodyStart: 0,
      bodyEnd: body.length,
    }
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
