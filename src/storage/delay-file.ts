// The SQLite file of delayed messages: one table, in which those that are due in the same half second
// lie together in the order in which they came. So additions go to the ends of few runs of pages,
// and what leaves together empties whole pages. Knows nothing of turns and gates.

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { openDatabase } from './open-database.ts'

const schemaVersion = 2

/** Messages that are due within this time share a run of pages, which is called a span here. */
const spanMs = 512
/** A number of a message is its span, times this, and its place in it. What has no room goes on. */
export const placesPerSpan = 65_536

export const spanAt = (dueMs: number): number => Math.floor(dueMs / spanMs)
export const spanOf = (id: number): number => Math.floor(id / placesPerSpan)
export const firstIdOf = (span: number): number => span * placesPerSpan

const messageTable = `
  CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    target INTEGER NOT NULL,
    due INTEGER NOT NULL,
    added INTEGER NOT NULL,
    exchange TEXT NOT NULL,
    routing_key TEXT NOT NULL,
    header BLOB NOT NULL,
    body BLOB NOT NULL
  ) STRICT;`

const schema = `
  CREATE TABLE target (
    id INTEGER PRIMARY KEY,
    vhost TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    count INTEGER NOT NULL
  ) STRICT;
  ${messageTable}`

/** Version 1 numbered messages as they came, and had an index by due time. */
const fromVersion1 = `
  DROP INDEX message_due;
  ALTER TABLE message RENAME TO earlier;
  ${messageTable}
  INSERT INTO message
    SELECT number + max(due / ${spanMs} * ${placesPerSpan} - number) OVER (ORDER BY number), target, due,
      added, exchange, routing_key, header, body
    FROM (SELECT *, row_number() OVER (ORDER BY due, id) AS number FROM earlier);
  DROP TABLE earlier`

/** SQLite moves its log into the database after this many pages of 4 KiB. */
const checkpointPages = 4000
const cacheKiB = 8192
/** Pages given back to the system in one go, and how many must be free for it. */
const shrinkPages = 256
const freePagesMin = 1024

const ofTargets = 'target IN (SELECT value FROM json_each(?))'

export type DelayRow = Readonly<Record<string, unknown>>

/** What `insert` takes, in the order of the columns. */
export type DelayValues = readonly [
  id: number,
  target: number,
  due: number,
  added: number,
  exchange: string,
  routingKey: string,
  header: Uint8Array,
  body: Uint8Array,
]

export class DelayFile {
  readonly database: DatabaseSync
  readonly #insert: StatementSync
  readonly #delete: StatementSync
  readonly #get: StatementSync
  readonly #getAll: StatementSync
  readonly #between: StatementSync
  readonly #after: StatementSync
  readonly #lastBelow: StatementSync
  readonly #free: StatementSync

  constructor(path: string, synced: boolean) {
    this.database = openDatabase({
      path,
      synced,
      schema,
      schemaVersion,
      upgrades: { 1: fromVersion1 },
      pragmas: [
        'auto_vacuum = INCREMENTAL',
        `wal_autocheckpoint = ${checkpointPages}`,
        `journal_size_limit = ${checkpointPages * 4096}`,
        `cache_size = -${cacheKiB}`,
      ],
    })
    const { database } = this
    this.#insert = database.prepare('INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
    this.#delete = database.prepare('DELETE FROM message WHERE id = ?')
    this.#get = database.prepare('SELECT * FROM message WHERE id = ?')
    this.#getAll = database.prepare(
      'SELECT * FROM message WHERE id IN (SELECT value FROM json_each(?))',
    )
    this.#between = database.prepare(
      'SELECT id, due, length(body) AS body_bytes FROM message WHERE id >= ? AND id < ?',
    )
    this.#after = database.prepare(
      'SELECT id, target FROM message WHERE id > ? ORDER BY id LIMIT ?',
    )
    this.#lastBelow = database.prepare(
      'SELECT id FROM message WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT 1',
    )
    this.#free = database.prepare(
      'SELECT freelist_count AS free, page_count AS pages FROM pragma_freelist_count, pragma_page_count',
    )
  }

  /** Runs `write` in a transaction; throws what it throws, and nothing has changed then. */
  transaction(write: () => void): void {
    this.database.exec('BEGIN IMMEDIATE')
    try {
      write()
      this.database.exec('COMMIT')
    } catch (error) {
      if (this.database.isTransaction) this.database.exec('ROLLBACK')
      throw error
    }
  }

  insert(values: DelayValues): void {
    this.#insert.run(...values)
  }

  /** Whether there was one of that number. */
  delete(id: number): boolean {
    return Number(this.#delete.run(id).changes) > 0
  }

  /** Those that are here, in the order in which they are named. */
  getAll(ids: readonly number[]): DelayRow[] {
    if (ids.length === 0) return []
    const rows = this.#getAll.all(JSON.stringify(ids))
    const byId = new Map(rows.map((row) => [Number(row.id), row]))
    return ids.map((id) => byId.get(id)).filter((row) => row !== undefined)
  }

  get(id: number): DelayRow | undefined {
    return this.#get.get(id)
  }

  /** Number and target of what comes after `id`. */
  after(id: number, countMax: number): DelayRow[] {
    return this.#after.all(id, countMax)
  }

  /** Number, due time and size of all messages of a span. */
  inSpan(span: number): DelayRow[] {
    return this.#between.all(firstIdOf(span), firstIdOf(span + 1))
  }

  /** The last number given in a span among those that are here. */
  lastIn(span: number): number | null {
    const row = this.#lastBelow.get(firstIdOf(span), firstIdOf(span + 1))
    return row === undefined ? null : Number(row.id)
  }

  /** By due time, without bodies, which may be large; `targets` is a list in JSON. */
  list(targets: string, offset: number, countMax: number): DelayRow[] {
    const first = this.#idAt(targets, 0, offset)
    if (first === null) return []
    const fromId = firstIdOf(spanOf(first))
    const before = this.database
      .prepare(`SELECT count(*) AS count FROM message WHERE id < ? AND ${ofTargets}`)
      .get(fromId, targets)
    const left = offset - Number(before?.count)
    const last = this.#idAt(targets, fromId, left + countMax - 1)
    const endId = last === null ? Number.MAX_SAFE_INTEGER : firstIdOf(spanOf(last) + 1)
    return this.database
      .prepare(
        `SELECT id, target, due, added, exchange, routing_key, header, length(body) AS body_bytes
         FROM message WHERE id >= ? AND id < ? AND ${ofTargets}
         ORDER BY due, id LIMIT ? OFFSET ?`,
      )
      .all(fromId, endId, targets, countMax, left)
  }

  #idAt(targets: string, fromId: number, offset: number): number | null {
    const row = this.database
      .prepare(`SELECT id FROM message WHERE id >= ? AND ${ofTargets} ORDER BY id LIMIT 1 OFFSET ?`)
      .get(fromId, targets, offset)
    return row === undefined ? null : Number(row.id)
  }

  /** Gives some of its room back when most of it is empty; returns whether there is more to give. */
  shrink(): boolean {
    const row = this.#free.get()
    const free = Number(row?.free)
    if (free < freePagesMin || free * 2 < Number(row?.pages)) return false
    this.database.exec(`PRAGMA incremental_vacuum(${shrinkPages})`)
    return true
  }

  close(): void {
    this.database.close()
  }
}
