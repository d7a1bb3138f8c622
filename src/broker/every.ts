// Repeats a task on the broker's clock, each time after the one before has ended.

import type { Clock, Timer } from './ports.ts'

export function every(clock: Clock, intervalMs: number, task: () => void): Timer {
  let timer = arm()
  function arm(): Timer {
    return clock.after(intervalMs, () => {
      task()
      timer = arm()
    })
  }
  return { cancel: () => timer.cancel() }
}
