// Whether the consumers of a queue have fallen behind, and how much publishers may send meanwhile: as
// much as was delivered, so that many publishers together are no faster than the consumers.

// From here on consumers count as behind; below half of it no more. Well below the memory budget, so
// that nothing that a publisher sends ahead is paged out, only to be read back a moment later.
const behindCount = 2048
const behindBytes = 1 << 20
// Of long messages there may be a few, since they go in bursts.
const fewCount = 4
const fewBytes = 4 << 20

interface Paced {
  readonly readyCount: number
  readonly readyBytes: number
  readonly consumers: { readonly count: number }
  readonly statistics: { readonly delivered: number; readonly deliveredNoAck: number }
}

export class Pace {
  behind = false
  readonly #queue: Paced
  /** Of what was delivered, so much has been granted to publishers. */
  #granted = 0

  constructor(queue: Paced) {
    this.#queue = queue
  }

  get deliveredCount(): number {
    const { delivered, deliveredNoAck } = this.#queue.statistics
    return delivered + deliveredNoAck
  }

  /** A queue that nobody reads is not behind: its messages are there to wait. */
  judge(): void {
    const { readyCount, readyBytes, consumers } = this.#queue
    const share = this.behind ? 0.5 : 1
    const bytesMax = readyCount > fewCount ? behindBytes : fewBytes
    const much = readyCount > behindCount * share || readyBytes > bytesMax * share
    const behind = much && consumers.count > 0
    if (behind && !this.behind) this.#granted = this.deliveredCount
    this.behind = behind
  }

  /** Whether a publisher that has sent `count` messages may go on, since as many were delivered. */
  grant(count: number): boolean {
    if (this.deliveredCount - this.#granted < count) return false
    this.#granted += count
    return true
  }
}
