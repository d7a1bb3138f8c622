// Heartbeats of all open channels with one timer. ZeroRPC beats per channel: each side sends
// `_zpc_hb` every interval and takes the other for lost after two intervals of silence, counted from
// the first one. A call that is answered within the first interval costs no heartbeat and no timer.

export interface Beating {
  /** Sends a heartbeat. */
  beat(): void
  /** The peer has been silent for too long. */
  lost(): void
}

interface State {
  lastSentMs: number
  lastSeenMs: number
}

export class Liveness {
  readonly #intervalMs: number
  readonly #channels = new Map<Beating, State>()
  #timer: NodeJS.Timeout | undefined

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs
  }

  get intervalMs(): number {
    return this.#intervalMs
  }

  add(channel: Beating): void {
    if (this.#intervalMs === 0) return
    const nowMs = performance.now()
    // The peer's first beat comes after one interval: silence counts from there.
    this.#channels.set(channel, { lastSentMs: nowMs, lastSeenMs: nowMs + this.#intervalMs })
    this.#timer ??= setInterval(() => this.#sweep(), Math.max(5, this.#intervalMs / 10))
  }

  remove(channel: Beating): void {
    this.#channels.delete(channel)
  }

  seen(channel: Beating): void {
    const state = this.#channels.get(channel)
    if (state !== undefined) state.lastSeenMs = Math.max(state.lastSeenMs, performance.now())
  }

  /** Answers a heartbeat, for peers with a shorter interval than ours; at most four a second. */
  echo(channel: Beating): void {
    const state = this.#channels.get(channel)
    if (state === undefined) return
    const nowMs = performance.now()
    if (nowMs - state.lastSentMs < Math.min(250, this.#intervalMs)) return
    state.lastSentMs = nowMs
    channel.beat()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#channels.clear()
  }

  #sweep(): void {
    if (this.#channels.size === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
      return
    }
    const nowMs = performance.now()
    for (const [channel, state] of this.#channels) {
      if (nowMs - state.lastSeenMs > 2 * this.#intervalMs) {
        this.#channels.delete(channel)
        channel.lost()
      } else if (nowMs - state.lastSentMs >= this.#intervalMs) {
        state.lastSentMs = nowMs
        channel.beat()
      }
    }
  }
}
