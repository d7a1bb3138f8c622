// Keys of deduplication windows in a SQLite file of their own: rows are added at the end and removed
// mostly at the beginning, so that a turn changes few pages. Not synced by itself: what the end of the
// machine takes with it are the last keys, which lets a repeated message pass once more.

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { DuplicateStore, StoredKey } from '../broker/duplicates/duplicate-store.ts'
import type { Damage } from './damage.ts'
import { describeDamage, saysDamaged, setAside } from './damaged-database.ts'
import { openDatabase } from './open-database.ts'

const schemaVersion = 1
/** What is gathered while the file cannot be written. */
const changesMax = 1_000_000
/** Pages given back to the system in one commit, and how many must be free for it. */
const shrinkPages = 64
const freePagesMin = 1024

const schema = `
  CREATE TABLE window (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE key (
    id INTEGER PRIMARY KEY,
    window INTEGER NOT NULL,
    key TEXT NOT NULL,
    expires INTEGER,
    sequence INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX key_window ON key (window)`

type Change =
  | { readonly kind: 'add'; readonly window: number; readonly stored: StoredKey }
  | { readonly kind: 'remove'; readonly id: number }

export interface SqliteDuplicatesOptions {
  readonly path: string
  /** False leaves even the order of writes to the system (durability `none`). */
  readonly synced: boolean
  readonly onTrouble: (error: unknown) => void
  readonly onDamage: (damage: Damage) => void
}

export class SqliteDuplicates implements DuplicateStore {
  readonly #database: DatabaseSync
  readonly #onTrouble: (error: unknown) => void
  readonly #insert: StatementSync
  readonly #delete: StatementSync
  readonly #free: StatementSync
  readonly lastId: number
  readonly #windows = new Map<string, number>()
  #nextWindow = 1
  #changes: Change[] = []
  /** Windows that are new to the file, and those that it is to forget. */
  #newWindows: { readonly id: number; readonly name: string }[] = []
  #dropped: number[] = []
  #failing = false

  constructor(options: SqliteDuplicatesOptions) {
    this.#onTrouble = options.onTrouble
    this.#database = openSound(options)
    this.#insert = this.#database.prepare('INSERT INTO key VALUES (?, ?, ?, ?, ?)')
    this.#delete = this.#database.prepare('DELETE FROM key WHERE id = ?')
    this.#free = this.#database.prepare(
      'SELECT freelist_count AS free, page_count AS pages FROM pragma_freelist_count, pragma_page_count',
    )
    const last = this.#database.prepare('SELECT max(id) AS id FROM key').get()
    this.lastId = Number(last?.id ?? 0)
    for (const row of this.#database.prepare('SELECT id, name FROM window').all()) {
      this.#windows.set(String(row.name), Number(row.id))
      this.#nextWindow = Math.max(this.#nextWindow, Number(row.id) + 1)
    }
  }

  load(window: string): StoredKey[] {
    const id = this.#windows.get(window)
    if (id === undefined) return []
    const rows = this.#database.prepare('SELECT * FROM key WHERE window = ? ORDER BY id').all(id)
    return rows.map((row) => ({
      id: Number(row.id),
      key: String(row.key),
      expiresMs: row.expires === null ? Number.POSITIVE_INFINITY : Number(row.expires),
      sequence: Number(row.sequence),
    }))
  }

  add(window: string, stored: StoredKey): void {
    this.#changes.push({ kind: 'add', window: this.#idOf(window), stored })
  }

  remove(id: number): void {
    this.#changes.push({ kind: 'remove', id })
  }

  drop(window: string): void {
    const id = this.#windows.get(window)
    if (id === undefined) return
    this.#windows.delete(window)
    this.#changes = this.#changes.filter((change) => change.kind !== 'add' || change.window !== id)
    this.#newWindows = this.#newWindows.filter((other) => other.id !== id)
    this.#dropped.push(id)
  }

  commit(): void {
    try {
      this.#database.exec('BEGIN IMMEDIATE')
      this.#write()
      this.#database.exec('COMMIT')
    } catch (error) {
      this.#failed(error)
      return
    }
    this.#failing = false
    if (this.#changes.length > 0) this.#shrink()
    this.#changes = []
    this.#newWindows = []
    this.#dropped = []
  }

  /** Gives some of the file's room back when most of it is empty. */
  #shrink(): void {
    const row = this.#free.get()
    const free = Number(row?.free)
    if (free < freePagesMin || free * 2 < Number(row?.pages)) return
    this.#database.exec(`PRAGMA incremental_vacuum(${shrinkPages})`)
  }

  close(): void {
    this.commit()
    this.#database.close()
  }

  #write(): void {
    for (const id of this.#dropped) {
      this.#database.prepare('DELETE FROM key WHERE window = ?').run(id)
      this.#database.prepare('DELETE FROM window WHERE id = ?').run(id)
    }
    for (const { id, name } of this.#newWindows) {
      this.#database.prepare('INSERT INTO window VALUES (?, ?)').run(id, name)
    }
    for (const change of this.#changes) {
      if (change.kind === 'remove') this.#delete.run(change.id)
      else this.#insertOne(change.window, change.stored)
    }
  }

  #insertOne(window: number, { id, key, expiresMs, sequence }: StoredKey): void {
    const expires = expiresMs === Number.POSITIVE_INFINITY ? null : expiresMs
    this.#insert.run(id, window, key, expires, sequence)
  }

  #idOf(window: string): number {
    const known = this.#windows.get(window)
    if (known !== undefined) return known
    const id = this.#nextWindow
    this.#nextWindow += 1
    this.#windows.set(window, id)
    this.#newWindows.push({ id, name: window })
    return id
  }

  /** Keys are worth less than messages: the changes stay gathered, up to a point, and work goes on. */
  #failed(error: unknown): void {
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
    if (this.#changes.length > changesMax) this.#changes = []
    if (this.#failing) return
    this.#failing = true
    this.#onTrouble(error)
  }
}

/** Keys are worth less than a start: of a damaged file none are kept. */
function openSound(options: SqliteDuplicatesOptions): DatabaseSync {
  const fault = findFault(options)
  if (fault !== null) options.onDamage(describeDamage(setAside(options.path), fault, 0))
  return open(options)
}

function open({ path, synced }: SqliteDuplicatesOptions): DatabaseSync {
  const pragmas = ['auto_vacuum = INCREMENTAL']
  return openDatabase({ path, synced, schema, schemaVersion, pragmas })
}

/** All of the file will be read sooner or later: what is wrong with it is better found at the start. */
function findFault(options: SqliteDuplicatesOptions): Error | null {
  let database: DatabaseSync | null = null
  try {
    database = open(options)
    const found = String(database.prepare('PRAGMA quick_check(1)').get()?.quick_check)
    return found === 'ok' ? null : new Error(found)
  } catch (error) {
    if (error instanceof Error && saysDamaged(error)) return error
    throw error
  } finally {
    database?.close()
  }
}
