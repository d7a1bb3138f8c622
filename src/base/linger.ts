// Looks for more work for a moment before the loop goes to sleep. A sleeping thread is woken by the
// system in 20 to 60 microseconds, which is most of what a round trip takes when clients wait for each
// answer; RabbitMQ's schedulers linger for the same reason [Erlang: +sbwt].
//
// It lingers only where that pays: after something came sooner than lingering lasts. A pause that was
// slept through looks longer by the time that waking took, so up to twice as long is worth a trial; if
// that fails it rests for a while. Traffic with longer pauses, and none at all, cost next to nothing.

/** So many pauses pass without another trial when one has failed. */
const restPauses = 16

export class Linger {
  readonly #lastsMs: number
  /** Whether to linger in the next pause. */
  #worthwhile = false
  #rest = 0
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
    const pauseMs = performance.now() - this.#endedMs
    const inVain = this.#worthwhile && pauseMs >= this.#lastsMs
    if (inVain) this.#rest = restPauses
    if (this.#rest > 0) this.#rest -= 1
    const limitMs = this.#rest > 0 ? this.#lastsMs : 2 * this.#lastsMs
    this.#worthwhile = pauseMs < limitMs
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
