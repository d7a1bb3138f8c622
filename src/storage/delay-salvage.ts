// Copies what can be read of a damaged file of delayed messages into a new one: from the beginning up
// to the damage, and from the end back to it.

import { DatabaseSync } from 'node:sqlite'
import type { DelayFile, DelayRow } from './delay-file.ts'

/** Returns how many messages were copied. `damaged` is the path of a file that nobody writes. */
export function salvageDelays(damaged: string, into: DelayFile): number {
  let database: DatabaseSync
  try {
    database = new DatabaseSync(damaged)
  } catch {
    return 0
  }
  try {
    into.transaction(() => {
      copyTargets(database, into)
      const last = copyMessages(database, into, 'id > -1 ORDER BY id')
      copyMessages(database, into, `id > ${last} ORDER BY id DESC`)
    })
    return recount(into.database)
  } finally {
    close(database)
  }
}

function copyTargets(from: DatabaseSync, { database }: DelayFile): void {
  const put = database.prepare('INSERT OR IGNORE INTO target VALUES (?, ?, ?, ?, 0)')
  forEachReadable(from, 'SELECT * FROM target', (row) => {
    put.run(Number(row.id), String(row.vhost), String(row.kind), String(row.name))
  })
}

/** Returns the number of the last one that was read. */
function copyMessages(from: DatabaseSync, into: DelayFile, which: string): number {
  let last = -1
  forEachReadable(from, `SELECT * FROM message WHERE ${which}`, (row) => {
    const { header, body } = row
    last = Number(row.id)
    if (!(header instanceof Uint8Array && body instanceof Uint8Array)) return
    into.insert([
      last,
      Number(row.target),
      Number(row.due),
      Number(row.added),
      String(row.exchange),
      String(row.routing_key),
      header,
      body,
    ])
  })
  return last
}

function forEachReadable(from: DatabaseSync, query: string, each: (row: DelayRow) => void): void {
  try {
    for (const row of from.prepare(query).iterate()) each(row)
  } catch {
    // The rest cannot be read this way: that is what the damage is.
  }
}

/** Drops messages of which nobody knows where they go, and counts the others. */
function recount(database: DatabaseSync): number {
  database.exec('DELETE FROM message WHERE target NOT IN (SELECT id FROM target)')
  database.exec(
    'UPDATE target SET count = (SELECT count(*) FROM message WHERE message.target = target.id)',
  )
  database.exec('DELETE FROM target WHERE count = 0')
  return Number(database.prepare('SELECT count(*) AS count FROM message').get()?.count)
}

function close(database: DatabaseSync): void {
  try {
    database.close()
  } catch {
    // Its log cannot be moved into it; that is no matter any more.
  }
}
