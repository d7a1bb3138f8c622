// When producers get their turn. Timers tick once a millisecond, too coarse for latencies of tens of
// microseconds, so the default polls: between two polls the sockets are read, and the generator's own
// core is busy all the time. At full speed there is nothing to pace and producers drive themselves.

export type Paced = { tick(nowUs: number): void }

export class Pacer {
  readonly #paced: Paced[] = []
  readonly #clock: () => number
  readonly #mode: 'spin' | 'timer'
  #timer: NodeJS.Timeout | undefined
  #immediate: NodeJS.Immediate | undefined

  constructor(clock: () => number, mode: 'spin' | 'timer') {
    this.#clock = clock
    this.#mode = mode
  }

  add(paced: Paced): void {
    this.#paced.push(paced)
  }

  start(): void {
    if (this.#mode === 'timer') this.#timer = setInterval(() => this.#turn(), 1)
    else this.#spin()
  }

  #spin(): void {
    this.#immediate = setImmediate(() => {
      this.#turn()
      this.#spin()
    })
  }

  #turn(): void {
    const now = this.#clock()
    for (const paced of this.#paced) paced.tick(now)
  }

  stop(): void {
    clearInterval(this.#timer)
    clearImmediate(this.#immediate)
  }
}
