// The exchanges and queues that delayed messages wait for, each with a number and a count: rows name
// them by number, and counting needs no look at the rows.

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { type DelayFilter, type DelayTarget, matchesDelay } from '../broker/delays/delay-store.ts'

interface Known {
  readonly id: number
  readonly target: DelayTarget
  count: number
  /** What the transaction under way adds to it. */
  change: number
}

export class DelayTargets {
  readonly #byId = new Map<number, Known>()
  readonly #byName = new Map<string, Known>()
  #put: StatementSync
  #delete: StatementSync
  readonly #changed = new Set<Known>()
  #nextId = 1

  constructor(database: DatabaseSync) {
    this.#put = database.prepare('INSERT OR REPLACE INTO target VALUES (?, ?, ?, ?, ?)')
    this.#delete = database.prepare('DELETE FROM target WHERE id = ?')
    for (const row of database.prepare('SELECT * FROM target').all()) {
      const kind = row.kind === 'queue' ? 'queue' : 'exchange'
      const target: DelayTarget = { vhost: String(row.vhost), kind, name: String(row.name) }
      this.#know({ id: Number(row.id), target, count: Number(row.count), change: 0 })
    }
  }

  /** Goes on with another file, which holds the same, or what could be saved of it. */
  rebase(database: DatabaseSync): void {
    this.#put = database.prepare('INSERT OR REPLACE INTO target VALUES (?, ?, ?, ?, ?)')
    this.#delete = database.prepare('DELETE FROM target WHERE id = ?')
    this.failed()
    const counts = database.prepare('SELECT id, count FROM target').all()
    const countOf = new Map(counts.map((row) => [Number(row.id), Number(row.count)]))
    for (const known of this.#byId.values()) known.count = countOf.get(known.id) ?? 0
  }

  idOf(target: DelayTarget): number {
    const known = this.#byName.get(nameOf(target))
    if (known !== undefined) return known.id
    const { vhost, kind, name } = target
    const id = this.#nextId
    this.#know({ id, target: { vhost, kind, name }, count: 0, change: 0 })
    return id
  }

  byId(id: number): DelayTarget | undefined {
    return this.#byId.get(id)?.target
  }

  matching(filter: DelayFilter): ReadonlySet<number> {
    const ids = new Set<number>()
    for (const { id, target } of this.#byId.values()) if (matchesDelay(filter, target)) ids.add(id)
    return ids
  }

  count(filter: DelayFilter): number {
    let count = 0
    for (const known of this.#byId.values()) {
      if (matchesDelay(filter, known.target)) count += known.count
    }
    return count
  }

  added(id: number): void {
    this.#change(id, 1)
  }

  removed(id: number): void {
    this.#change(id, -1)
  }

  /** Writes the counts that have changed, as a part of the transaction under way. */
  write(): void {
    for (const { id, target, count, change } of this.#changed) {
      const { vhost, kind, name } = target
      if (count + change > 0) this.#put.run(id, vhost, kind, name, count + change)
      else this.#delete.run(id)
    }
  }

  /** The transaction has succeeded. Targets for which nothing waits are forgotten. */
  committed(): void {
    for (const known of this.#changed) {
      known.count += known.change
      known.change = 0
      if (known.count > 0) continue
      this.#byId.delete(known.id)
      this.#byName.delete(nameOf(known.target))
    }
    this.#changed.clear()
  }

  /** The transaction has failed. */
  failed(): void {
    for (const known of this.#changed) known.change = 0
    this.#changed.clear()
  }

  #change(id: number, by: number): void {
    const known = this.#byId.get(id)
    if (known === undefined) return
    known.change += by
    this.#changed.add(known)
  }

  #know(known: Known): void {
    this.#byId.set(known.id, known)
    this.#byName.set(nameOf(known.target), known)
    this.#nextId = Math.max(this.#nextId, known.id + 1)
  }
}

function nameOf({ vhost, kind, name }: DelayTarget): string {
  return JSON.stringify([vhost, kind, name])
}
