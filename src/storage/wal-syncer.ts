// Makes SQLite's commits durable without making the broker wait: SQLite runs with `synchronous =
// NORMAL`, where a commit only appends to the write-ahead log, and this syncs that file beside it,
// off the main thread, one sync at a time for all commits that came before. SQLite itself syncs in
// the right order when it moves pages from the log to the database (a checkpoint).

import { closeSync, fdatasync, fdatasyncSync, fsyncSync, openSync } from 'node:fs'
import { dirname } from 'node:path'

export interface WalSyncerOptions {
  /** Of the database; its log lies beside it. */
  readonly path: string
  /** False leaves it to the system when commits reach the disk. */
  readonly wanted: boolean
  /** All commits up to this one are on the disk. */
  readonly onSynced: (commit: number) => void
  /** Nothing is called durable after this: the state of the disk is not known any more. */
  readonly onFailed: (error: Error) => void
}

export class WalSyncer {
  readonly #options: WalSyncerOptions
  #file: number | null = null
  #committed = 0
  #synced = 0
  #running = false
  #failed = false
  #closed = false

  constructor(options: WalSyncerOptions) {
    this.#options = options
  }

  /** A commit has been written; returns its number. `soon`: somebody waits for its sync. */
  committed(soon: boolean): number {
    this.#committed += 1
    if (soon) this.sync()
    return this.#committed
  }

  /** Begins to sync what is not synced. */
  sync(): void {
    if (this.#options.wanted) this.#run()
  }

  /** All commits so far are on the disk at the return. */
  syncNow(): void {
    if (!this.#options.wanted || this.#failed || this.#synced === this.#committed) return
    fdatasyncSync(this.#open())
    this.#reached(this.#committed)
  }

  close(): void {
    this.#closed = true
    if (this.#file !== null && !this.#running) this.#closeFile()
  }

  #run(): void {
    if (this.#running || this.#failed || this.#closed || this.#synced === this.#committed) return
    this.#running = true
    const target = this.#committed
    fdatasync(this.#open(), (error) => {
      this.#running = false
      if (this.#closed) {
        this.#closeFile()
        return
      }
      if (error === null) this.#reached(target)
      else this.#fail(error)
      this.#run()
    })
  }

  #reached(commit: number): void {
    if (commit <= this.#synced) return
    this.#synced = commit
    this.#options.onSynced(commit)
  }

  #fail(error: Error): void {
    this.#failed = true
    this.#options.onFailed(error)
  }

  /** The log is there from the first commit on, and stays while the database is open. */
  #open(): number {
    if (this.#file !== null) return this.#file
    this.#file = openSync(`${this.#options.path}-wal`, 'r+')
    const directory = openSync(dirname(this.#options.path), 'r')
    fsyncSync(directory)
    closeSync(directory)
    return this.#file
  }

  #closeFile(): void {
    if (this.#file !== null) closeSync(this.#file)
    this.#file = null
  }
}
