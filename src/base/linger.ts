// Looks for more work for a moment before the loop goes to sleep. A sleeping thread is woken by the
// system in 20 to 60 microseconds, which is most of what a round trip takes when clients wait for each
// answer; RabbitMQ's schedulers linger for the same reason [Erlang: +sbwt].
//
// It lingers only where that pays: after something came sooner than lingering lasts. A pause that was
// slept through looks longer by the time that waking took, so up to twice as long is worth a trial; if
// that fails it rests for a while. Traffic with longer pauses, and none at all, cost next to nothing.
//
// Where all that comes answers what was sent, somebody waits for each step: then it lingers longer,
// which evenly spaced traffic would make a busy core of.

/** So many pauses pass without another trial when one has failed. */
const restPauses = 16
/** So much longer it lingers for answers, */
const answerFactor = 3
/** if so many have come one after the other. */
const answersMin = 8

export class Linger {
  readonly #lastsMs: number
  /** Whether to linger in the next pause. */
  #worthwhile = false
  #rest = 0
  /** How many answers have come, and nothing else. */
  #answers = 0
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

  /** Something was read: whether from somebody who had been sent something since the last time. */
  heard(isAnswer: boolean): void {
    this.#answers = isAnswer ? this.#answers + 1 : 0
  }

  /** Something has come. */
  interrupt(): void {
    if (this.#lastsMs === 0) return
    const pauseMs = performance.now() - this.#endedMs
    const inVain = this.#worthwhile && pauseMs >= this.#spanMs
    if (inVain) this.#rest = restPauses
    if (this.#rest > 0) this.#rest -= 1
    const limitMs = this.#rest > 0 ? this.#spanMs : this.#spanMs + this.#lastsMs
    this.#worthwhile = pauseMs < limitMs
    this.#untilMs = 0
  }

  get #spanMs(): number {
    return this.#answers >= answersMin ? this.#lastsMs * answerFactor : this.#lastsMs
  }

  /** There is nothing left to do. */
  begin(): void {
    if (this.#lastsMs === 0) return
    this.#endedMs = performance.now()
    if (!this.#worthwhile) return
    this.#untilMs = this.#endedMs + this.#spanMs
    if (this.#polling) return
    this.#polling = true
    // An immediate keeps the loop from sleeping, and lets it look at its sockets each time round.
    setImmediate(this.#poll)
  }
}
