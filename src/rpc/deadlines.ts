// The deadlines of all calls of one client or server with one timer. Nearly every call ends long
// before its deadline, and making and clearing a timer for each costs more than all else that is done
// about deadlines: the timer here stays armed for the earliest one it has seen, and looks around then.
import { runOutsideOfCalls } from './call.ts'
import type { RpcError } from './error.ts'

interface Expiring {
  /** In milliseconds of the Unix epoch. */
  readonly deadline: number | undefined
  abort(error: RpcError): void
}

/** Timers hold 31 bits; a later deadline is looked at again by then. */
const timerMaxMs = 0x7fff_ffff
/** Looking around takes time by the number of calls, so with many of them it is done more rarely. */
const callsPerMs = 1000

export class Deadlines<Call extends Expiring> {
  readonly #errorOf: (call: Call) => RpcError
  readonly #calls = new Set<Call>()
  #timer: NodeJS.Timeout | undefined
  #armedFor = Number.POSITIVE_INFINITY

  constructor(errorOf: (call: Call) => RpcError) {
    this.#errorOf = errorOf
  }

  /** Aborts the call at its deadline, unless it is removed before. */
  add(call: Call): void {
    const { deadline } = call
    if (deadline === undefined || deadline === Number.POSITIVE_INFINITY) return
    this.#calls.add(call)
    if (deadline < this.#armedFor) this.#arm(deadline)
    // A call that waits keeps the process alive; the timer without calls must not.
    else if (this.#calls.size === 1) this.#timer?.ref()
  }

  remove(call: Call): void {
    if (this.#calls.delete(call) && this.#calls.size === 0) this.#timer?.unref()
  }

  #arm(deadline: number): void {
    clearTimeout(this.#timer)
    this.#armedFor = deadline
    const atLeastMs = Math.max(0, this.#calls.size / callsPerMs)
    const waitMs = Math.min(timerMaxMs, Math.max(atLeastMs, deadline - Date.now()))
    // It serves other calls than the one that is running now.
    this.#timer = runOutsideOfCalls(() => setTimeout(() => this.#expire(), waitMs))
  }

  #expire(): void {
    this.#timer = undefined
    this.#armedFor = Number.POSITIVE_INFINITY
    const nowMs = Date.now()
    const late: Call[] = []
    let next = Number.POSITIVE_INFINITY
    for (const call of this.#calls) {
      const deadline = call.deadline as number
      if (deadline <= nowMs) late.push(call)
      else if (deadline < next) next = deadline
    }
    late.sort((a, b) => (a.deadline as number) - (b.deadline as number))
    for (const call of late) this.#calls.delete(call)
    if (next < Number.POSITIVE_INFINITY) this.#arm(next)
    for (const call of late) call.abort(this.#errorOf(call))
  }
}
