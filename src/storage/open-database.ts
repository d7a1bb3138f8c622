// Opens a SQLite file beside the message log: write-ahead log, and a schema with a version.

import { DatabaseSync } from 'node:sqlite'

export interface DatabaseOptions {
  readonly path: string
  /** False leaves even the order of writes to the system (durability `none`). */
  readonly synced: boolean
  readonly schema: string
  readonly schemaVersion: number
  /** What makes a file of an older version one of the next version. */
  readonly upgrades?: Readonly<Record<number, string>>
  /** Run before anything else, and each time. */
  readonly pragmas?: readonly string[]
}

export function openDatabase(options: DatabaseOptions): DatabaseSync {
  const database = new DatabaseSync(options.path)
  try {
    prepare(database, options)
  } catch (error) {
    database.close()
    throw error
  }
  return database
}

function prepare(database: DatabaseSync, options: DatabaseOptions): void {
  const { path, synced, schema, schemaVersion, upgrades = {}, pragmas = [] } = options
  for (const pragma of pragmas) database.exec(`PRAGMA ${pragma}`)
  database.exec('PRAGMA journal_mode = WAL')
  database.exec(`PRAGMA synchronous = ${synced ? 'NORMAL' : 'OFF'}`)
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version)
  if (version > schemaVersion) {
    throw new Error(
      `${path} was written by a newer Warren (version ${version}, this one knows ` +
        `${schemaVersion}): start that version, or give this one another data directory`,
    )
  }
  const steps =
    version === 0
      ? [schema]
      : Array.from({ length: schemaVersion - version }, (_, i) => upgrades[version + i] ?? '')
  if (version === schemaVersion) return
  database.exec(`BEGIN; ${steps.join(';')}; PRAGMA user_version = ${schemaVersion}; COMMIT`)
}
