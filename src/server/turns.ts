// The rhythm of the server: sockets are read, then once per round the broker's turn ends and every
// connection with something to say writes once. One `setImmediate` serves them all.

import type { BrokerCore } from '../broker/broker-core.ts'

export interface Flushable {
  /** Writes what has gathered to the socket. */
  flush(): void
}

export class Turns {
  #core: BrokerCore | null = null
  #scheduled = false
  #stopped = false
  #flushing: Flushable[] = []
  #after: (() => void)[] = []
  readonly #run = (): void => this.#endTurn()

  /** The broker is made with this scheduler's `request`, and so comes later. */
  attach(core: BrokerCore): void {
    this.#core = core
  }

  /** Has the turn ended soon. */
  request(): void {
    if (this.#scheduled || this.#stopped) return
    this.#scheduled = true
    setImmediate(this.#run)
  }

  /** Has the connection flushed when the turn has ended; it asks once per turn. */
  flushLater(connection: Flushable): void {
    this.#flushing.push(connection)
    this.request()
  }

  /** Has the task called when the turn has ended and everything is flushed. */
  afterTurn(task: () => void): void {
    this.#after.push(task)
    this.request()
  }

  /** Ends what is under way and takes no more. */
  stop(): void {
    this.#endTurn()
    this.#stopped = true
  }

  #endTurn(): void {
    this.#scheduled = false
    this.#core?.endTurn()
    const flushing = this.#flushing
    this.#flushing = []
    for (const connection of flushing) connection.flush()
    const after = this.#after
    if (after.length === 0) return
    this.#after = []
    for (const task of after) task()
  }
}
