// Looks for more work for a moment before the loop goes to sleep. A sleeping thread is woken by the
// system in 20 to 60 microseconds, which is most of what a round trip takes when clients wait for each
// answer; RabbitMQ's schedulers linger for the same reason [Erlang: +sbwt].
//
// It lingers only where that has paid: after something came sooner than lingering lasts. Traffic with
// longer pauses, and none at all, cost nothing.

export class Linger {
  readonly #lastsMs: number
  /** Whether the last pause was short enough. */
  #worthwhile = false
  #endedMs = 0
  #untilMs = 0
  #polling = false
  readonly #poll = (): void => {
    if (performance.now() < this.#untilMs) setImmediate(this.#poll)
    else this.#polling = false
  }

  /** `lastsMs` 0: never. */
  constructor(lastsMs: number) {
    this.#lastsMs = lastsMs
  }

  /** Something has come. */
  interrupt(): void {
    if (this.#lastsMs === 0) return
    this.#worthwhile = performance.now() - this.#endedMs < this.#lastsMs
    this.#untilMs = 0
  }

  /** There is nothing left to do. */
  begin(): void {
    if (this.#lastsMs === 0) return
    this.#endedMs = performance.now()
    if (!this.#worthwhile) return
    this.#untilMs = this.#endedMs + this.#lastsMs
    if (this.#polling) return
    this.#polling = true
    // An immediate keeps the loop from sleeping, and lets it look at its sockets each time round.
    setImmediate(this.#poll)
  }
}
