// What became of the calls of each method of one listener. Callers choose the names, so there are no
// more rows than a limit: a name that was never answered makes room for another one, and what was
// counted there is counted with the others.

import type { RpcError } from '../rpc/error.ts'
import { isBusy } from './errors.ts'
import { Latencies, type Percentiles } from './latencies.ts'
import { PerSecond } from './per-second.ts'

export const rowsMax = 200
const nameMax = 100
/** Where calls are counted that have no row of their own. */
const otherName = '(other)'

export interface LastError {
  readonly atMs: number
  readonly code: string
  readonly text: string
}

/** `errors` are all calls that failed, busy ones and timeouts among them; but not those called off. */
export class MethodStatistics {
  readonly method: string
  /** The queue or exchange of the last call. */
  target = ''
  calls = 0
  errors = 0
  busy = 0
  timeouts = 0
  answered = 0
  lastError: LastError | null = null
  readonly #perSecond = new PerSecond()
  readonly #latencies: Latencies

  constructor(method: string, nowMs: number) {
    this.method = method
    this.#latencies = new Latencies(nowMs)
  }

  began(target: string, nowMs: number): void {
    this.target = target
    this.calls += 1
    this.#perSecond.add(nowMs)
  }

  ended(error: RpcError | undefined, durationMs: number, nowMs: number): void {
    if (error === undefined) {
      this.answered += 1
      this.#latencies.add(durationMs, nowMs)
      return
    }
    if (error.code === 'CANCELLED') return
    this.errors += 1
    if (isBusy(error)) this.busy += 1
    if (error.code === 'DEADLINE_EXCEEDED') this.timeouts += 1
    this.lastError = { atMs: nowMs, code: error.code, text: error.message.slice(0, 500) }
  }

  /** Takes over the counts of a row that goes, so that no sum ever falls. */
  absorb(row: MethodStatistics): void {
    this.calls += row.calls
    this.errors += row.errors
    this.busy += row.busy
    this.timeouts += row.timeouts
    this.lastError = row.lastError ?? this.lastError
  }

  rates(nowMs: number): number[] {
    return this.#perSecond.list(nowMs)
  }

  latencyMs(nowMs: number): Percentiles | null {
    return this.#latencies.percentiles(nowMs)
  }
}

export class MethodTable {
  readonly #rows = new Map<string, MethodStatistics>()
  #other: MethodStatistics | null = null

  get rows(): readonly MethodStatistics[] {
    return this.#other === null ? [...this.#rows.values()] : [...this.#rows.values(), this.#other]
  }

  /** The row that a call of the method is counted in. */
  row(method: string, nowMs: number): MethodStatistics {
    const name = method.slice(0, nameMax)
    const known = this.#rows.get(name)
    if (known !== undefined) return known
    if (this.#rows.size >= rowsMax) {
      this.#other ??= new MethodStatistics(otherName, nowMs)
      if (!this.#makeRoom(this.#other)) return this.#other
    }
    const row = new MethodStatistics(name, nowMs)
    this.#rows.set(name, row)
    return row
  }

  #makeRoom(other: MethodStatistics): boolean {
    for (const [name, row] of this.#rows) {
      if (row.answered > 0) continue
      other.absorb(row)
      return this.#rows.delete(name)
    }
    return false
  }
}
