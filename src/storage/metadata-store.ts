// Metadata (vhosts, users, topology, policies) in SQLite: one table of kind, key and a JSON value.
// Everything is kept in memory by the broker as well; this file is read once, at start.

import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { MetadataRecord, MetadataStore } from '../broker/ports.ts'

const schemaVersion = 1

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

export class SqliteMetadata implements MetadataStore {
  readonly #database: DatabaseSync
  readonly #put: StatementSync
  readonly #delete: StatementSync
  // Keyed by kind and key, so that of many changes to one record only the last is written.
  readonly #changes = new Map<string, Change>()

  /** `synced` false leaves it to the system when changes reach the disk (durability `none`). */
  constructor(path: string, synced: boolean) {
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

  commit(): void {
    if (this.#changes.size === 0) return
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      for (const { kind, key, json } of this.#changes.values()) {
        if (json === null) this.#delete.run(kind, key)
        else this.#put.run(kind, key, json)
      }
      this.#database.exec('COMMIT')
    } catch (error) {
      // The changes stay gathered: a later commit tries them again (disk full passes).
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
    this.#changes.clear()
  }

  close(): void {
    this.commit()
    this.#database.close()
  }
}
