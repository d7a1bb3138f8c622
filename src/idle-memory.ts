// Gives memory back while the program rests. V8 keeps what a start or a burst of work has taken, since it
// might need it again, and collects only when something is allocated: a broker that has nothing to do
// would hold it for ever.

import { findCollector } from './base/collector.ts'

/** How often the program is looked at. */
const intervalMs = 1000
/** It rests while it uses less of a core than this, for so many looks in a row. */
const restingShare = 0.02
const restingLooks = 3
/** What a collection has to be able to bring: resident bytes above those after the last one. */
const worthBytes = 8 << 20
/** Above this much in use the pause could be felt: up to 3 ms for each megabyte of it that lives. */
const largeHeapBytes = 48 << 20

export interface ProcessFigures {
  /** User and system time since the start. */
  readonly cpuMicros: number
  readonly residentBytes: number
  /** In use, garbage included. */
  readonly heapBytes: number
}

/** Collects once in each rest, and only where it may bring something without a long pause. */
export class IdleMemory {
  readonly #figures: () => ProcessFigures
  readonly #collect: () => void
  #cpuMicros = 0
  #looks = 0
  #restBytes = 0

  constructor(figures: () => ProcessFigures, collect: () => void) {
    this.#figures = figures
    this.#collect = collect
  }

  /** Called once in each interval. */
  look(): void {
    const { cpuMicros, residentBytes, heapBytes } = this.#figures()
    const isResting = cpuMicros - this.#cpuMicros < restingShare * intervalMs * 1000
    this.#cpuMicros = cpuMicros
    this.#looks = isResting ? this.#looks + 1 : 0
    if (this.#looks !== restingLooks || heapBytes > largeHeapBytes) return
    if (residentBytes < this.#restBytes + worthBytes) return
    this.#collect()
    const after = this.#figures()
    this.#restBytes = after.residentBytes
    this.#cpuMicros = after.cpuMicros
  }
}

/** Looks after the memory of this process until it ends. */
export function keepIdleMemorySmall(): void {
  const collect = findCollector()
  const idle = new IdleMemory(processFigures, () =>
    collect({ type: 'major', flavor: 'last-resort' }),
  )
  setInterval(() => idle.look(), intervalMs).unref()
}

function processFigures(): ProcessFigures {
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed } = process.memoryUsage()
  return { cpuMicros: user + system, residentBytes: rss, heapBytes: heapUsed }
}
