// How many calls run at once and how many may wait; the next one is told "busy" immediately.
import { RpcError } from './error.ts'

export interface LimiterOptions {
  readonly runningMax: number
  readonly waitingMax: number
}

export class Limiter {
  readonly #options: LimiterOptions
  // A Set keeps the order of arrival and forgets a caller that gave up without a search.
  readonly #waiting = new Set<() => void>()
  #running = 0

  constructor(options: LimiterOptions) {
    this.#options = options
  }

  get running(): number {
    return this.#running
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** Calls `start` now or when a place is free; returns how to give up waiting. */
  enter(start: () => void): () => void {
    if (this.#running < this.#options.runningMax) {
      this.#running += 1
      start()
      return noop
    }
    if (this.#waiting.size >= this.#options.waitingMax) {
      throw new RpcError('RESOURCE_EXHAUSTED', 'busy: too many calls are waiting')
    }
    this.#waiting.add(start)
    return () => {
      this.#waiting.delete(start)
    }
  }

  /** Every started call leaves exactly once; the oldest waiting one takes its place. */
  leave(): void {
    const [next] = this.#waiting
    if (next === undefined) {
      this.#running -= 1
      return
    }
    this.#waiting.delete(next)
    next()
  }
}

function noop(): void {}
