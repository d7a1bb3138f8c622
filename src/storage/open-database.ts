// Opens a SQLite file beside the message log: write-ahead log, and a schema with a version.

import { DatabaseSync } from 'node:sqlite'

export interface DatabaseOptions {
  readonly path: string
  /** False leaves even the order of writes to the system (durability `none`). */
  readonly synced: boolean
  readonly schema: string
  readonly schemaVersion: number
  /** Run before anything else, and each time. */
  readonly pragmas?: readonly string[]
}

export function openDatabase(options: DatabaseOptions): DatabaseSync {
  const { path, synced, schema, schemaVersion, pragmas = [] } = options
  const database = new DatabaseSync(path)
  for (const pragma of pragmas) database.exec(`PRAGMA ${pragma}`)
  database.exec('PRAGMA journal_mode = WAL')
  database.exec(`PRAGMA synchronous = ${synced ? 'NORMAL' : 'OFF'}`)
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version)
  if (version > schemaVersion) {
    database.close()
    throw new Error(
      `${path} was written by a newer Warren (version ${version}, this one knows ` +
        `${schemaVersion}): start that version, or give this one another data directory`,
    )
  }
  if (version < schemaVersion) {
    database.exec(`BEGIN; ${schema}; PRAGMA user_version = ${schemaVersion}; COMMIT`)
  }
  return database
}
