// Whether a connection's frames are worked on, and whether its socket is read at all. Three things
// hold them up: a request that waits for the disk, an alarm that blocks publishers, and fairness.

import type { Socket } from 'node:net'
import type { FrameReader } from '../protocol/amqp/frame-reader.ts'
import type { Turns } from './turns.ts'

/** What may wait unread inside while a channel waits for the disk; then the socket is paused. */
const bufferedBytesMax = 1 << 20
/** Node reads sockets in pieces of up to this size. */
const fullChunkBytes = 64 << 10

export class ReadGate {
  readonly #socket: Socket
  readonly #reader: FrameReader
  readonly #turns: Turns
  readonly #process: () => void
  #suspensions = 0
  #blocked = false
  #yielding = false
  #closed = false
  readonly #stopYielding = (): void => {
    this.#yielding = false
    this.update()
  }

  /** `process` works on the frames that have been read; it is called when the gate opens. */
  constructor(socket: Socket, reader: FrameReader, turns: Turns, process: () => void) {
    this.#socket = socket
    this.#reader = reader
    this.#turns = turns
    this.#process = process
  }

  /** Whether the next frame may be worked on. */
  get open(): boolean {
    return this.#suspensions === 0 && !this.#blocked && !this.#closed
  }

  get blocked(): boolean {
    return this.#blocked
  }

  /** Holds frames up until the returned function is called. */
  suspend(): () => void {
    this.#suspensions += 1
    return () => {
      this.#suspensions -= 1
      this.#resume()
    }
  }

  /** A publish came while an alarm was on: the socket stays unread until `unblock`. */
  block(): void {
    this.#blocked = true
  }

  unblock(): void {
    this.#blocked = false
    this.#resume()
  }

  close(): void {
    this.#closed = true
  }

  /** A full chunk means that more is waiting: the others get their turn first. */
  yieldAfter(chunk: Buffer): void {
    if (chunk.length < fullChunkBytes) return
    this.#yielding = true
    this.#turns.afterTurn(this.#stopYielding)
  }

  /** Pauses or resumes the socket. */
  update(): void {
    if (this.#closed) return
    const full = this.#suspensions > 0 && this.#reader.bufferedBytes > bufferedBytesMax
    const pause = this.#yielding || this.#blocked || full
    if (pause === this.#socket.isPaused()) return
    if (pause) this.#socket.pause()
    else this.#socket.resume()
  }

  #resume(): void {
    if (!this.open) return
    this.#process()
    this.update()
  }
}
