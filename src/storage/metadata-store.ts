// Metadata (vhosts, users, topology, policies) in SQLite: one table of kind, key and a JSON value.
// Everything is kept in memory by the broker as well; this file is read once, at start.

import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Clock, MetadataRecord, MetadataStore, Timer } from '../broker/ports.ts'

const schemaVersion = 1
/** Changes that could not be written are tried again after this long. */
const retryMs = 1000

const schema = `
  CREATE TABLE IF NOT EXISTS record (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (kind, key)
  ) WITHOUT ROWID, STRICT`

/** A change that waits for the next commit; `json` is null for a deletion. */
interface Change {
  readonly kind: string
  readonly key: string
  readonly json: string | null
}

export interface SqliteMetadataOptions {
  readonly path: string
  /** False leaves it to the system when changes reach the disk (durability `none`). */
  readonly synced: boolean
  readonly clock: Clock
}

export class SqliteMetadata implements MetadataStore {
  /** Called when changes cannot be written (reason), and when they have been at last (null). */
  onBlocked: ((reason: string | null) => void) | null = null
  readonly #clock: Clock
  #retry: Timer | null = null
  #blocked = false
  readonly #database: DatabaseSync
  readonly #put: StatementSync
  readonly #delete: StatementSync
  // Keyed by kind and key, so that of many changes to one record only the last is written.
  readonly #changes = new Map<string, Change>()

  constructor({ path, synced, clock }: SqliteMetadataOptions) {
    this.#clock = clock
    this.#database = new DatabaseSync(path)
    this.#database.exec('PRAGMA journal_mode = WAL')
    this.#database.exec(`PRAGMA synchronous = ${synced ? 'FULL' : 'OFF'}`)
    const version = Number(this.#database.prepare('PRAGMA user_version').get()?.user_version)
    if (version > schemaVersion) {
      this.#database.close()
      throw new Error(
        `${path} was written by a newer Warren (metadata version ${version}, this one knows ` +
          `${schemaVersion}): start that version, or give this one another data directory`,
      )
    }
    if (version < schemaVersion) {
      this.#database.exec(`BEGIN; ${schema}; PRAGMA user_version = ${schemaVersion}; COMMIT`)
    }
    this.#put = this.#database.prepare('INSERT OR REPLACE INTO record VALUES (?, ?, ?)')
    this.#delete = this.#database.prepare('DELETE FROM record WHERE kind = ? AND key = ?')
  }

  get blocked(): boolean {
    return this.#blocked
  }

  load(): Iterable<MetadataRecord> {
    const rows = this.#database.prepare('SELECT kind, key, value FROM record').all()
    return rows.map((row) => ({
      kind: String(row.kind),
      key: String(row.key),
      value: JSON.parse(String(row.value)),
    }))
  }

  put(kind: string, key: string, value: unknown): void {
    this.#changes.set(`${kind}\0${key}`, { kind, key, json: JSON.stringify(value) })
  }

  delete(kind: string, key: string): void {
    this.#changes.set(`${kind}\0${key}`, { kind, key, json: null })
  }

  /**
   * Does not throw: a turn of the broker must come to its end also when the disk is full. What could
   * not be written stays gathered, publishers are blocked, and it is tried again.
   */
  commit(): void {
    if (this.#changes.size === 0) return
    try {
      this.#write()
    } catch (error) {
      this.#fail(error)
      return
    }
    this.#changes.clear()
    if (!this.#blocked) return
    this.#blocked = false
    this.onBlocked?.(null)
  }

  /** Throws if there are changes that cannot be written even now. */
  close(): void {
    this.#retry?.cancel()
    try {
      if (this.#changes.size > 0) this.#write()
    } finally {
      this.#database.close()
    }
  }

  #write(): void {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      for (const { kind, key, json } of this.#changes.values()) {
        if (json === null) this.#delete.run(kind, key)
        else this.#put.run(kind, key, json)
      }
      this.#database.exec('COMMIT')
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }

  #fail(error: unknown): void {
    this.#retry ??= this.#clock.after(retryMs, () => {
      this.#retry = null
      this.commit()
    })
    if (this.#blocked) return
    this.#blocked = true
    const reason = error instanceof Error ? error.message : String(error)
    this.onBlocked?.(`the metadata cannot be written: ${reason}`)
  }
}
