// What the log does in the background: checkpoints when they are due, and soon after segments have
// become empty, so that their space comes back.

import type { Clock, Timer } from '../broker/ports.ts'
import type { Checkpointer } from './checkpointer.ts'
import type { DiskLog } from './disk-log.ts'

/** How often the log looks for space to free, while anything happens. */
const lookMs = 1000
/** Empty segments that are worth a checkpoint of their own. */
const emptyMin = 2

export interface MaintenanceOptions {
  readonly log: DiskLog
  readonly checkpointer: Checkpointer
  readonly clock: Clock
}

export class Maintenance {
  readonly #options: MaintenanceOptions
  #timer: Timer | null = null
  #stopped = false

  constructor(options: MaintenanceOptions) {
    this.#options = options
    options.log.onTurn = () => this.#turn()
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
    this.#timer = null
    this.#options.log.onTurn = null
  }

  #turn(): void {
    const { checkpointer, clock } = this.#options
    if (checkpointer.due && !checkpointer.running) checkpointer.run(() => {})
    if (this.#timer !== null || this.#stopped) return
    this.#timer = clock.after(lookMs, () => {
      this.#timer = null
      this.#look()
    })
  }

  #look(): void {
    const { log, checkpointer } = this.#options
    if (checkpointer.running) return
    const empty = log.durable.emptySegments(log.durable.journal.segment)
    if (empty.length >= emptyMin) checkpointer.run(() => {})
  }
}
