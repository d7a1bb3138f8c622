// A run of messages that are in memory anyway: so that brokers without a data directory, and the tests
// of the core, go the same ways.

import type { StoredMessage, StoredRun } from '../broker/ports.ts'
import type { QueueEntry } from '../broker/queues/entry.ts'

export class MemoryRun implements StoredRun {
  count: number
  bodyBytes = 0
  firstSequence: number
  /** As much as a block of the disk would hold. */
  readonly memoryBytes: number
  readonly #entries: readonly QueueEntry[]

  constructor(entries: readonly QueueEntry[]) {
    this.#entries = entries
    this.count = entries.length
    this.firstSequence = entries[0]!.sequence
    for (const entry of entries) this.bodyBytes += entry.bodyBytes
    this.memoryBytes = this.bodyBytes
  }

  /** Whether entries, which rise, were never delivered and have no gaps between their sequences. */
  static isRun(entries: readonly QueueEntry[]): boolean {
    const first = entries[0]
    return (
      first !== undefined &&
      entries.at(-1)!.sequence - first.sequence === entries.length - 1 &&
      entries.every(({ redelivered, message }) => !redelivered && message !== null)
    )
  }

  first(): StoredMessage {
    return this.#head.message!
  }

  shift(): void {
    this.bodyBytes -= this.#head.bodyBytes
    this.count -= 1
    this.firstSequence += 1
  }

  unfold(): QueueEntry[] {
    const left = this.#entries.slice(this.#entries.length - this.count)
    this.count = 0
    this.bodyBytes = 0
    return left
  }

  get #head(): QueueEntry {
    return this.#entries[this.#entries.length - this.count]!
  }
}
