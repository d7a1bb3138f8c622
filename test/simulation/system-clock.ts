// The real clock, for tests and benchmarks of the store.

import type { Clock } from '../../src/broker/ports.ts'

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs)
    return { cancel: () => clearTimeout(timer) }
  },
}
