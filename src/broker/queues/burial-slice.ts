// How much dying is done in one go: a policy may end the lives of a million messages at once, and the
// broker has other queues to serve. What is left goes on a moment later.

import type { Clock, Timer } from '../ports.ts'

const countMax = 1000

export class BurialSlice {
  readonly #clock: Clock
  readonly #goOn: () => void
  #left = countMax
  #timer: Timer | null = null

  constructor(clock: Clock, goOn: () => void) {
    this.#clock = clock
    this.#goOn = goOn
  }

  begin(): void {
    this.#left = countMax
  }

  /** Whether one more may be buried now; if not, `goOn` is called soon. */
  take(): boolean {
    if (this.#left > 0) {
      this.#left -= 1
      return true
    }
    this.#timer ??= this.#clock.after(0, () => {
      this.#timer = null
      this.#goOn()
    })
    return false
  }
}
