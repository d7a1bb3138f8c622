// A published message: an immutable record of bytes as they came, shared by every queue that holds it.
// Properties stay encoded; only what must look at them (headers exchange, TTL, console) decodes them.

import { type Content, contentOf } from '../protocol/amqp/content.ts'
import { LongBody } from '../protocol/amqp/long-body.ts'
import { PropertyFlag, readProperties, readPropertyFlags } from '../protocol/amqp/properties.ts'

/**
 * Where a message was published to, shared by all messages of one publisher's target.
 * `encoded` holds exchange and routing key as two AMQP short strings, ready for basic.deliver.
 */
export interface Envelope {
  readonly exchange: string
  readonly routingKey: string
  readonly encoded: Uint8Array
}

/** What a message costs beside its header and body, in bytes, measured on Node 26. */
const messageOverheadBytes = 320

/** Chunks up to this size may stay as they are. */
const smallChunkBytes = 8 << 10

const nothing = new Uint8Array(0)
const spentBody = new LongBody()

/** Position 0: the message is nowhere but in memory. */
export const nowhere = 0

export class Message implements Content {
  readonly envelope: Envelope
  /** The payload of the content header frame: class, weight, body size, property flags, properties. */
  header: Uint8Array
  headerStart: number
  headerEnd: number
  bodyStart: number
  bodyEnd: number
  /** A long body in the pieces it came in, until somebody asks for the whole. */
  long: LongBody | null
  #body: Uint8Array
  /** delivery-mode 2 [AMQP 0-9-1, basic.publish]. */
  readonly persistent: boolean
  /** Milliseconds since the epoch at which the broker took the message; time to live counts from here. */
  readonly publishedAtMs: number
  /** Where the log keeps the message: > 0 durable, < 0 spilled without durability, 0 not stored. */
  position: number = nowhere
  /** Whether its confirm waits until its position is durable. */
  awaitsSync: boolean = false
  /** How many queue entries hold it in memory; kept by MemoryBudget. */
  holders: number = 0
  #expirationMs = -1

  constructor(content: Content, envelope: Envelope, persistent: boolean, publishedAtMs: number) {
    this.envelope = envelope
    this.header = content.header
    this.headerStart = content.headerStart
    this.headerEnd = content.headerEnd
    this.long = content.long ?? null
    this.#body = this.long === null ? content.body : nothing
    this.bodyStart = content.bodyStart
    this.bodyEnd = content.bodyEnd
    this.persistent = persistent
    this.publishedAtMs = publishedAtMs
  }

  /** Holds the whole body, from `bodyStart` to `bodyEnd`; pieces are joined for good. */
  get body(): Uint8Array {
    const { long } = this
    if (long !== null) {
      if (long.pieces.length === 0) throw new Error('the body of a spent message was asked for')
      this.#body = Buffer.concat(long.pieces)
      this.long = null
      long.done()
    }
    return this.#body
  }

  /**
   * Called when the message has been delivered for good: if no queue holds it any more, a long body's
   * memory may be used again as soon as it is written.
   */
  spent(): void {
    if (this.long === null || this.holders > 0) return
    this.long.done()
    this.long = spentBody
  }

  /** The property `timestamp`, in seconds since the epoch; null without it. */
  get timestamp(): number | null {
    if ((readPropertyFlags(this.header, this.headerStart) & PropertyFlag.timestamp) === 0)
      return null
    return readProperties(this.header, this.headerStart, this.headerEnd).timestamp ?? null
  }

  /** Whether the message brings a time to live of its own (property `expiration`). */
  get expires(): boolean {
    return (readPropertyFlags(this.header, this.headerStart) & PropertyFlag.expiration) !== 0
  }

  /** The property `expiration` in milliseconds; it was checked when the message was published. */
  get expirationMs(): number {
    if (this.#expirationMs < 0) {
      const { expiration } = readProperties(this.header, this.headerStart, this.headerEnd)
      this.#expirationMs = Number(expiration ?? Number.POSITIVE_INFINITY)
    }
    return this.#expirationMs
  }

  /** When it expires in a queue with this time to live, in milliseconds since the epoch. */
  expiresAtMs(queueTtlMs: number): number {
    const ownMs = this.expires ? this.expirationMs : Number.POSITIVE_INFINITY
    return this.publishedAtMs + Math.min(ownMs, queueTtlMs)
  }

  /** Moves the bytes out of chunks that are much larger than the message. */
  unpin(keep: { take(bytes: number): Buffer }): void {
    const headerBytes = this.headerEnd - this.headerStart
    const bytes = headerBytes + this.bodyBytes
    const shared = this.header.buffer === this.body.buffer
    const pinned = this.body.buffer.byteLength + (shared ? 0 : this.header.buffer.byteLength)
    if (pinned <= bytes * 2 + smallChunkBytes) return
    const copy = keep.take(bytes)
    copy.set(this.header.subarray(this.headerStart, this.headerEnd), 0)
    copy.set(this.body.subarray(this.bodyStart, this.bodyEnd), headerBytes)
    this.header = copy
    this.#body = copy
    this.headerStart = 0
    this.headerEnd = headerBytes
    this.bodyStart = headerBytes
    this.bodyEnd = bytes
  }

  /** The same message with another content header, not stored anywhere. */
  withHeader(header: Uint8Array): Message {
    return new Message(contentOf(header, this), this.envelope, this.persistent, this.publishedAtMs)
  }

  /** The same bytes as a message of its own, not stored anywhere and held by nobody. */
  copy(): Message {
    this.long?.keep()
    return new Message(this, this.envelope, this.persistent, this.publishedAtMs)
  }

  get bodyBytes(): number {
    return this.bodyEnd - this.bodyStart
  }

  /** What the message counts against the broker's memory budget, in bytes. */
  get memoryBytes(): number {
    return this.bodyEnd - this.bodyStart + this.headerEnd - this.headerStart + messageOverheadBytes
  }
}
