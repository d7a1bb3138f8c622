// What the log does in the background: checkpoints when they are due, and soon after segments have
// become empty, so that their space comes back; and copying forward what is left in old segments.

import type { Clock, Timer } from '../broker/ports.ts'
import type { Checkpointer } from './checkpointer.ts'
import { Compactor } from './compactor.ts'
import type { DiskLog } from './disk-log.ts'
import type { LogPart } from './log-part.ts'

/** How often the log looks for space to free, while anything happens. */
const lookMs = 1000
/** A segment of which less than this is left is copied forward. */
const aliveShareMin = 0.5
/** A segment that lost this share since the last look will soon be empty without help. */
const drainingShare = 0.1
/** With fewer segments than this there is nothing worth the copying. */
const segmentsMin = 4
/** Empty segments that are worth a checkpoint of their own. */
const emptyMin = 2

export interface MaintenanceOptions {
  readonly log: DiskLog
  readonly checkpointer: Checkpointer
  readonly clock: Clock
}

export class Maintenance {
  readonly #options: MaintenanceOptions
  readonly #compactor: Compactor
  /** What was left in segments at the last look. */
  #weights = new Map<number, number>()
  #timer: Timer | null = null
  #stopped = false

  constructor(options: MaintenanceOptions) {
    this.#options = options
    this.#compactor = new Compactor(options.log)
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
    log.durable.journal.mark()
    const empty = log.durable.emptySegments(log.durable.journal.segment)
    if (empty.length >= emptyMin && !checkpointer.running) checkpointer.run(() => {})
    const before = this.#weights
    this.#weights = new Map()
    if (this.#compactor.running || log.durable.journal.blocked || log.syncer.failed) return
    const durable = this.#sparse(log.durable, 1, before)
    const spilled = this.#sparse(log.spilled, -1, before)
    const segment = durable ?? spilled
    if (segment !== null) this.#compactor.run(segment, () => this.#turn())
  }

  /** The segment with the least left in it, if that is little and does not become less by itself. */
  #sparse(part: LogPart, sign: number, before: ReadonlyMap<number, number>): number | null {
    const { ledger, journal, segments } = part
    if (segments.numbers.length < segmentsMin) return null
    let least = aliveShareMin
    let found: number | null = null
    for (const { segment, references, weight, totalWeight } of ledger.segments) {
      const key = segment * sign
      this.#weights.set(key, weight)
      if (segment >= journal.segment || references <= 0 || !segments.has(segment)) continue
      const draining = weight < (before.get(key) ?? Number.POSITIVE_INFINITY) * (1 - drainingShare)
      const share = weight / Math.max(totalWeight, 1)
      if (draining || share >= least) continue
      least = share
      found = key
    }
    return found
  }
}
