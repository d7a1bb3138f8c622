// Counts what messages in memory cost, and says when lanes have to page out. A message that many
// queues share is counted once; the entries that point at it are counted each.

import type { Message } from './message.ts'

/** About what a queue entry costs in its ring or unacknowledged list, in bytes. */
const entryBytes = 120

export class MemoryBudget {
  readonly limitBytes: number
  #usedBytes = 0

  /** `limitBytes`: how much lanes may keep in memory before they page out. */
  constructor(limitBytes: number) {
    this.limitBytes = limitBytes
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  get exceeded(): boolean {
    return this.#usedBytes > this.limitBytes
  }

  /** Counts what is no message's, until it is given back. */
  reserve(bytes: number): void {
    this.#usedBytes += bytes
  }

  giveBack(bytes: number): void {
    this.#usedBytes -= bytes
  }

  hold(message: Message): void {
    if (message.holders === 0) this.#usedBytes += message.memoryBytes
    message.holders += 1
    this.#usedBytes += entryBytes
  }

  release(message: Message): void {
    message.holders -= 1
    this.#usedBytes -= entryBytes
    if (message.holders === 0) this.#usedBytes -= message.memoryBytes
  }
}
