// The rhythm of the server: sockets are read, then once per round the broker's turn ends and every
// connection with something to say writes once. One `setImmediate` serves them all.

import { Linger } from '../base/linger.ts'
import type { BrokerCore } from '../broker/broker-core.ts'
import type { BrokerCounters } from '../broker/counters.ts'
import { BodyBlocks } from './body-blocks.ts'
import { OutputChunks } from './output-memory.ts'
import { YoungBuffers } from './young-buffers.ts'

export interface Flushable {
  /** Writes what has gathered to the socket. */
  flush(): void
}

/** A connection that has read its share and waits for the others. */
export interface Reader {
  /** Goes on reading, or returns false to be asked again after a later turn. */
  goOn(): boolean
}

/** Readers that stay waiting are asked again after this long even if nothing happens. */
const askAgainMs = 5

export class Turns {
  readonly buffers: YoungBuffers = new YoungBuffers()
  readonly outputChunks: OutputChunks = new OutputChunks()
  readonly bodyBlocks: BodyBlocks = new BodyBlocks((bytes) => this.buffers.read(0, bytes))
  #core: BrokerCore | null = null
  #scheduled = false
  #stopped = false
  #flushing: Flushable[] = []
  /** Readers that wait for their next turn. */
  #waiting: Reader[] = []
  #timer: NodeJS.Timeout | null = null
  readonly #linger: Linger
  readonly #run = (): void => this.#endTurn()

  /** `busyWaitMs`: how long it looks for more work before the loop sleeps. */
  constructor(busyWaitMs = 0) {
    this.#linger = new Linger(busyWaitMs)
  }

  /** The broker is made with this scheduler's `request`, and so comes later. */
  attach(core: BrokerCore): void {
    this.#core = core
  }

  get counters(): BrokerCounters {
    return this.#core!.counters
  }

  /** A socket was read: whether something had been written to it since it was read before. */
  heard(isAnswer: boolean): void {
    this.#linger.heard(isAnswer)
  }

  /** Has the turn ended soon. */
  request(): void {
    if (this.#scheduled || this.#stopped) return
    this.#scheduled = true
    this.#linger.interrupt()
    setImmediate(this.#run)
  }

  /** Has the connection flushed when the turn has ended; it asks once per turn. */
  flushLater(connection: Flushable): void {
    this.#flushing.push(connection)
    this.request()
  }

  /** Asks the reader to go on when the turn has ended and everything is flushed. */
  waitTurn(reader: Reader): void {
    this.#waiting.push(reader)
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
    this.buffers.sweep()
    if (this.#waiting.length > 0) this.#wakeReaders()
    if (!this.#scheduled) this.#linger.begin()
  }

  #wakeReaders(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const reader of waiting) if (!reader.goOn()) this.#waiting.push(reader)
    if (this.#waiting.length === 0 || this.#timer !== null) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.request()
    }, askAgainMs)
    this.#timer.unref()
  }
}
