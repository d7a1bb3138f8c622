// Decides when a log is synced, and what counts as durable. One sync at a time; while it runs, the
// next ones gather. Nothing that was not synced is ever called durable when syncs are promised.

import type { Clock, Timer } from '../broker/ports.ts'
import type { Journal } from './journal.ts'
import { LoneWriter } from './lone-writer.ts'

/**
 * fsync: durable is what fdatasync has confirmed. write: durable is what the system has taken, and
 * it is synced within a second. none: the same, and the system syncs when it likes.
 */
export type Durability = 'fsync' | 'write' | 'none'

/** Records that no one waits for are synced within this time. */
const lazyMs = 1000

export interface SyncerOptions {
  readonly journal: Journal
  readonly durability: Durability
  readonly clock: Clock
  /** Runs a task in a later turn. */
  readonly later: (task: () => void) => void
  readonly onDurable: () => void
  /** Called once: a sync has failed, and the disk's state is not known any more. */
  readonly onFailed: (error: Error) => void
}

export class Syncer {
  durablePosition: number
  readonly #options: SyncerOptions
  #timer: Timer | null = null
  readonly #loneWriter = new LoneWriter()
  /** Turns that have ended. */
  #turns = 0
  #running = false
  #wanted = 0
  #failed = false
  #stopped = false
  #noticePending = false
  /** Called when a position is on the disk, whatever the mode promises. */
  #waiting: { position: number; done: () => void }[] = []

  constructor(options: SyncerOptions) {
    this.#options = options
    // What recovery has read may still be in the page cache only: the first sync covers it too.
    this.durablePosition = options.durability === 'fsync' ? 0 : options.journal.committedPosition
  }

  get failed(): boolean {
    return this.#failed
  }

  /** After a turn was written: `needed` if something in it has to be durable without delay. */
  written(needed: boolean): void {
    const { journal, durability } = this.#options
    this.#turns += 1
    if (durability !== 'fsync') this.#raise(journal.committedPosition)
    if (durability === 'none') return
    const awaited = this.#waiting.length > 0 || (needed && durability === 'fsync')
    if (this.#waiting.length === 0 && needed && this.#loneWriter.mayWait) this.#syncNow()
    if (awaited) this.#want(journal.committedPosition)
    else if (journal.contentPosition > journal.syncedPosition) this.#arm()
  }

  /** Calls back once the position is on the disk; at once without syncs (durability `none`). */
  whenSynced(position: number, done: () => void): void {
    const { journal, durability, later } = this.#options
    if (durability === 'none' || position <= journal.syncedPosition) {
      later(done)
      return
    }
    this.#waiting.push({ position, done })
    this.#want(position)
  }

  /** No sync begins after this, save those that `whenSynced` still asks for. */
  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
    this.#timer = null
  }

  #arm(): void {
    if (this.#timer !== null || this.#stopped || this.#failed) return
    this.#timer = this.#options.clock.after(lazyMs, () => {
      this.#timer = null
      this.#want(this.#options.journal.committedPosition)
    })
  }

  #want(position: number): void {
    this.#wanted = Math.max(this.#wanted, position)
    const { journal } = this.#options
    if (this.#running || this.#failed || this.#wanted <= journal.syncedPosition) return
    this.#running = true
    const target = journal.committedPosition
    const turnsBefore = this.#turns
    journal.segments.sync((error) => {
      this.#running = false
      this.#loneWriter.ran(this.#turns - turnsBefore)
      if (error === null) this.#synced(target)
      else this.#fail(error)
    })
  }

  /** In the main thread, where nothing else waits for it. */
  #syncNow(): void {
    const { journal, clock, durability } = this.#options
    if (durability !== 'fsync' || this.#running || this.#failed) return
    if (!journal.segments.oneDirty || journal.committedPosition <= journal.syncedPosition) return
    const target = journal.committedPosition
    const startedMs = clock.now()
    try {
      journal.segments.syncNow()
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)))
      return
    }
    this.#loneWriter.waited(clock.now() - startedMs)
    this.#synced(target)
  }

  #synced(target: number): void {
    const { journal, durability } = this.#options
    journal.syncedPosition = target
    // What could not be written yet is synced after it has been.
    if (this.#wanted > target && journal.committedPosition > target) this.#want(this.#wanted)
    else if (journal.contentPosition > target) this.#arm()
    if (this.#waiting.length > 0) {
      const reached = this.#waiting.filter((waiter) => waiter.position <= target)
      this.#waiting = this.#waiting.filter((waiter) => waiter.position > target)
      for (const { done } of reached) done()
    }
    if (durability !== 'fsync' || target <= this.durablePosition) return
    this.durablePosition = target
    this.#options.onDurable()
  }

  #raise(position: number): void {
    if (position <= this.durablePosition || this.#failed) return
    this.durablePosition = position
    if (this.#noticePending) return
    this.#noticePending = true
    this.#options.later(() => {
      this.#noticePending = false
      if (!this.#stopped) this.#options.onDurable()
    })
  }

  #fail(error: Error): void {
    if (this.#failed) return
    this.#failed = true
    this.#waiting = []
    this.#options.onFailed(error)
  }
}
