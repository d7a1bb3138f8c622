// Time and randomness as the broker's core wants them.

import { randomBytes } from 'node:crypto'
import type { Clock, Random, Timer } from './broker/ports.ts'

/** Node's timers hold at most this many milliseconds; longer ones are set again. */
const timerMsMax = 2 ** 31 - 1

class LongTimer implements Timer {
  #timeout: NodeJS.Timeout
  readonly #task: () => void

  constructor(delayMs: number, task: () => void) {
    this.#task = task
    this.#timeout = this.#arm(delayMs)
  }

  cancel(): void {
    clearTimeout(this.#timeout)
  }

  #arm(delayMs: number): NodeJS.Timeout {
    const nextMs = Math.min(delayMs, timerMsMax)
    const timeout = setTimeout(() => {
      if (delayMs > nextMs) this.#timeout = this.#arm(delayMs - nextMs)
      else this.#task()
    }, nextMs)
    // Waiting for a message's end must not keep the process alive.
    return timeout.unref()
  }
}

export const realClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, task) => new LongTimer(delayMs, task),
}

export const realRandom: Random = {
  token: (bytes) => randomBytes(bytes).toString('base64url'),
}
