// Keeps two brokers off one data directory: a file that names the process that uses it, by its id,
// a token and the time it started. The lock of a process that is no more is taken over.

import { randomUUID } from 'node:crypto'
import { linkSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCode } from './files.ts'

export interface Lock {
  release(): void
}

// Tells this process from an earlier one with the same id, as every start in a container has.
const processToken = randomUUID()

export function lockDirectory(directory: string): Lock {
  const path = join(directory, 'lock')
  const own = `${path}.${process.pid}`
  writeFileSync(own, `${process.pid} ${processToken} ${startTimeOf(process.pid)}\n`)
  try {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      try {
        // Linking a file that is complete makes the lock appear with its content, or not at all.
        linkSync(own, path)
        return { release: () => releaseLock(path) }
      } catch (error) {
        if (errorCode(error) !== 'EEXIST') throw error
      }
      const holder = holderOf(path)
      if (holder !== null && isAlive(holder)) {
        throw new Error(`the data directory ${directory} is in use by process ${holder.id}`)
      }
      rmSync(path, { force: true })
    }
  } finally {
    rmSync(own, { force: true })
  }
  throw new Error(`the data directory ${directory} cannot be locked: ${path} keeps coming back`)
}

function releaseLock(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}

interface Holder {
  readonly id: number
  readonly token: string
  readonly startTime: string
}

function holderOf(path: string): Holder | null {
  try {
    const [id, token, startTime] = readFileSync(path, 'utf8').trim().split(' ')
    const number = Number.parseInt(id ?? '', 10)
    if (!(number > 0)) return null
    return { id: number, token: token ?? '', startTime: startTime ?? '' }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
}

function isAlive({ id, token, startTime }: Holder): boolean {
  if (id === process.pid) return token === processToken
  try {
    process.kill(id, 0)
  } catch (error) {
    if (errorCode(error) !== 'EPERM') return false
  }
  // The id may have been given to another process since.
  const now = startTimeOf(id)
  return now === '' || startTime === '' || now === startTime
}

/** When a process started, in ticks since boot; empty where the system does not tell. */
function startTimeOf(id: number): string {
  try {
    const stat = readFileSync(`/proc/${id}/stat`, 'utf8')
    // The name in parentheses may hold spaces; the start time is the 20th field behind it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}
