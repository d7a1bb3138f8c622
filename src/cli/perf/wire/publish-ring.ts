// Many ready-made publishes in one piece of memory. Publishing is handing a slice of it to the socket:
// one system call carries hundreds of messages, and per message nothing is built. Stamps and sequence
// numbers are written in place; a slice is not touched again before its write has completed.
import { SEQUENCE_BYTES, STAMP_BYTES, writeSequence } from './body.ts'
import { ByteWriter } from './byte-writer.ts'
import { appendBody, type Message, publishHead } from './frames.ts'

export type RingOptions = {
  readonly channel: number
  readonly frameMax: number
  /** The ring repeats its messages until it is at least this long. */
  readonly bytesMin: number
  readonly messagesMin: number
}

export class PublishRing {
  readonly #bytes: Buffer
  readonly #view: DataView
  /** Where each message begins, and one more entry for where the last one ends. */
  readonly #starts: Float64Array
  readonly #bodies: Float64Array
  readonly #sizes: Float64Array
  #next = 0
  #inFlight = 0

  constructor(messages: readonly Message[], options: RingOptions) {
    const writer = new ByteWriter(options.bytesMin + 65_536)
    const starts: number[] = []
    const bodies: number[] = []
    const sizes: number[] = []
    do {
      for (const message of messages) {
        starts.push(writer.length)
        writer.append(publishHead(options.channel, message))
        const body = { size: message.size, frameMax: options.frameMax }
        bodies.push(appendBody(writer, options.channel, body))
        sizes.push(message.size)
      }
    } while (writer.length < options.bytesMin || starts.length < options.messagesMin)
    starts.push(writer.length)
    this.#bytes = writer.finish()
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength)
    this.#starts = Float64Array.from(starts)
    this.#bodies = Float64Array.from(bodies)
    this.#sizes = Float64Array.from(sizes)
  }

  get length(): number {
    return this.#sizes.length
  }

  /** How many messages can be taken now in one slice of about `bytesMax`, at most `limit`. */
  available(limit: number, bytesMax: number): number {
    const free = Math.min(limit, this.length - this.#inFlight, this.length - this.#next)
    if (free <= 1) return Math.max(0, free)
    const from = this.#starts[this.#next] as number
    // Messages differ in size by a mix at most, so the whole run mostly fits and this loop is short.
    let low = 1
    let high = free
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if ((this.#starts[this.#next + middle] as number) - from <= bytesMax) low = middle
      else high = middle - 1
    }
    return low
  }

  /** Writes the time into the body of the message `offset` places after the next one. */
  stamp(offset: number, us: number): void {
    const index = this.#next + offset
    if ((this.#sizes[index] as number) >= STAMP_BYTES) {
      this.#view.setFloat64(this.#bodies[index] as number, us)
    }
  }

  number(offset: number, producer: number, sequence: number): void {
    const index = this.#next + offset
    if ((this.#sizes[index] as number) >= SEQUENCE_BYTES) {
      writeSequence(this.#view, this.#bodies[index] as number, { producer, sequence })
    }
  }

  /** Takes the next `count` messages; they are lent until `release(count)`. */
  take(count: number): Buffer {
    const from = this.#starts[this.#next] as number
    const to = this.#starts[this.#next + count] as number
    this.#next += count
    if (this.#next === this.length) this.#next = 0
    this.#inFlight += count
    return this.#bytes.subarray(from, to)
  }

  release(count: number): void {
    this.#inFlight -= count
  }
}
