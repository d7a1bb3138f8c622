// Who has called a listener lately: an address and a user. A caller is forgotten when he has been silent
// for a while, and the oldest one when there are too many.

export const callersMax = 500
const silentMsMax = 60_000

interface Caller {
  readonly peer: string
  readonly user: string
  readonly sinceMs: number
  lastMs: number
  calls: number
  running: number
}

export interface CallerCount {
  readonly peer: string
  readonly user: string
  readonly connectedAtMs: number
  readonly calls: number
  readonly runningCalls: number
}

export class Callers {
  /** The one that called last is the last. */
  readonly #callers = new Map<string, Caller>()

  /** Returns what to call when the call has ended. */
  began(peer: string, user: string, nowMs: number): (endMs: number) => void {
    const key = `${peer} ${user}`
    const fresh = { peer, user, sinceMs: nowMs, lastMs: nowMs, calls: 0, running: 0 }
    const caller = this.#callers.get(key) ?? fresh
    this.#callers.delete(key)
    this.#callers.set(key, caller)
    caller.lastMs = nowMs
    caller.calls += 1
    caller.running += 1
    if (this.#callers.size > callersMax) this.#dropOldest()
    return (endMs) => {
      caller.running -= 1
      caller.lastMs = endMs
    }
  }

  /** Calls of the caller that are under way. */
  running(peer: string, user: string): number {
    return this.#callers.get(`${peer} ${user}`)?.running ?? 0
  }

  list(nowMs: number): CallerCount[] {
    for (const [key, { running, lastMs }] of this.#callers) {
      if (running === 0 && nowMs - lastMs > silentMsMax) this.#callers.delete(key)
    }
    return [...this.#callers.values()].map(({ peer, user, sinceMs, calls, running }) => ({
      peer,
      user,
      connectedAtMs: sinceMs,
      calls,
      runningCalls: running,
    }))
  }

  #dropOldest(): void {
    const [oldest] = this.#callers.keys()
    if (oldest !== undefined) this.#callers.delete(oldest)
  }
}
