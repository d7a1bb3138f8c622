// What to do with a SQLite file that is damaged: it is set aside, not deleted, and what can still be
// read of it is copied into a new one by whoever knows its tables.

import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Damage } from './damage.ts'

/** SQLITE_CORRUPT, SQLITE_FORMAT, SQLITE_NOTADB: the low byte of SQLite's result codes. */
const damageCodes = [11, 24, 26]

/** Whether an error of SQLite's says that the file is not what it should be. */
export function saysDamaged(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return false
  return damageCodes.includes(Number(error.errcode) & 0xff)
}

/** Moves a database and its log into the quarantine directory beside it; returns where it is now. */
export function setAside(path: string): string {
  const quarantine = join(dirname(path), 'quarantine')
  mkdirSync(quarantine, { recursive: true })
  let number = 1
  while (existsSync(join(quarantine, `${basename(path)}-${number}`))) number += 1
  const aside = join(quarantine, `${basename(path)}-${number}`)
  renameSync(path, aside)
  if (existsSync(`${path}-wal`)) renameSync(`${path}-wal`, `${aside}-wal`)
  rmSync(`${path}-shm`, { force: true })
  return aside
}

export function describeDamage(aside: string, error: unknown, keptCount: number): Damage {
  const reason = error instanceof Error ? error.message : String(error)
  return {
    file: basename(aside),
    offset: 0,
    byteCount: statSync(aside).size,
    reason: `${reason}; set aside, ${keptCount} rows could be read and are kept`,
  }
}
