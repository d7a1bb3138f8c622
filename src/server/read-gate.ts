// Whether a connection's frames are worked on, and whether its socket is read at all. Three things
// hold them up: a request that waits for the disk, an alarm that blocks publishers, and fairness.

import type { Socket } from 'node:net'
import type { Pace } from '../broker/queues/pace.ts'
import type { FrameReader } from '../protocol/amqp/frame-reader.ts'
import type { Reader, Turns } from './turns.ts'

/** What may wait unread inside while a channel waits for the disk; then the socket is paused. */
const bufferedBytesMax = 1 << 20
/** A connection's share of a turn: so many frames or bytes, then the others get their turn. */
const shareFrames = 2048
const shareBytes = 512 << 10
/** Or so many copies in queues: what one chunk sends to a thousand queues would fill the memory. */
const shareCopies = 16384
/** How long a publisher waits for consumers that have fallen behind, each time. */
const patienceMs = 10
/** The same where they take this many meanwhile: then it is the broker that they wait for. */
const busyPatienceMs = 100
const busyDeliveries = 256

export interface Publisher {
  readonly publishedCount: number
  /** Of a queue published to whose consumers cannot catch up soon; null if there is none. */
  readonly slowPace: Pace | null
}

export interface ReadGateHost {
  /** Works on the frames that have been read. */
  process(): void
  /** Who has published last. */
  readonly publisher: Publisher | null
}

export class ReadGate implements Reader {
  readonly #socket: Socket
  readonly #reader: FrameReader
  readonly #turns: Turns
  readonly #host: ReadGateHost
  #suspensions = 0
  #blocked = false
  #yielding = false
  #closed = false
  #frames = 0
  #bytes = 0
  #copies = 0
  #yieldedAtMs = 0
  #publishedBefore = 0
  /** What the slow queue had delivered when this publisher began to wait for it. */
  #deliveredBefore: number | null = null

  /** `reader` holds what was read; `host` works on it. */
  constructor(socket: Socket, reader: FrameReader, turns: Turns, host: ReadGateHost) {
    this.#socket = socket
    this.#reader = reader
    this.#turns = turns
    this.#host = host
  }

  /** Whether the next frame may be worked on. */
  get open(): boolean {
    return this.#suspensions === 0 && !this.#blocked && !this.#yielding && !this.#closed
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

  /** Counts what was worked on; a connection that has had its share waits until the turn has ended. */
  count(frames: number, bytes: number): void {
    const { counters } = this.#turns
    counters.socketReads += 1
    counters.copiedBytes += this.#reader.copiedBytes
    this.#reader.copiedBytes = 0
    if (this.#yielding) return
    this.#frames += frames
    this.#bytes += bytes
    if (this.#frames >= shareFrames || this.#bytes >= shareBytes) this.#yield()
  }

  /** Counts a message that went to many queues: more work than its frames tell. */
  countCopies(copies: number): void {
    this.#copies += copies
    if (this.#copies >= shareCopies && !this.#yielding) this.#yield()
  }

  #yield(): void {
    this.#yielding = true
    this.#yieldedAtMs = Date.now()
    this.#turns.waitTurn(this)
  }

  goOn(): boolean {
    const publisher = this.#host.publisher
    if (publisher !== null && !this.#closed && !this.#mayPublish(publisher)) return false
    this.#publishedBefore = publisher?.publishedCount ?? 0
    this.#deliveredBefore = null
    this.#yielding = false
    this.#frames = 0
    this.#bytes = 0
    this.#copies = 0
    if (this.open) this.#host.process()
    this.update()
    return true
  }

  /** Publishers get what consumers take; those whose consumers are slow by themselves do not wait. */
  #mayPublish({ publishedCount, slowPace }: Publisher): boolean {
    if (slowPace === null) return true
    const { deliveredCount } = slowPace
    this.#deliveredBefore ??= deliveredCount
    const waitedMs = Date.now() - this.#yieldedAtMs
    if (waitedMs < patienceMs) return false
    // Another channel may have published before.
    if (slowPace.grant(Math.max(0, publishedCount - this.#publishedBefore))) return true
    const busy = deliveredCount - this.#deliveredBefore >= busyDeliveries
    return !busy || waitedMs >= busyPatienceMs
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
    this.#host.process()
    this.update()
  }
}
