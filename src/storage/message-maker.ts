// Makes messages of records: in the place where they were read, for those that are delivered soon, or
// in memory of their own. A message in its place that stays is moved out of it by `Unpinning`.

import { type Envelope, Message } from '../broker/message.ts'
import { copyBytes, envelopeStart, isMessageRecord, isPersistent } from './records.ts'

/** Small messages share slabs of this size; a single one of them holds no more than that. */
const slabBytes = 1 << 14
const smallBytesMax = slabBytes / 8
/** Targets that are remembered, so that their messages share one envelope. */
const envelopesMax = 1024

const nothing: Buffer = Buffer.alloc(0)

export class MessageMaker {
  #view: DataView | null = null
  #source = nothing
  /** Used again for each message, which takes what is in it. */
  readonly #content = {
    header: nothing,
    headerStart: 0,
    headerEnd: 0,
    body: nothing,
    bodyStart: 0,
    bodyEnd: 0,
  }
  #slab = nothing
  #slabUsed = 0
  #envelope: Envelope | null = null
  readonly #envelopes = new Map<string, Envelope>()

  /** Null if the record is none of a message. `inPlace`: the view's memory is not written again. */
  make(view: DataView, at: number, inPlace: boolean): Message | null {
    if (!isMessageRecord(view, at)) return null
    const source = this.#sourceOf(view)
    const envelopeAt = envelopeStart(view, at)
    const from = envelopeAt + view.getUint16(at + 10, true)
    const headerBytes = view.getUint32(at + 16, true)
    const end = from + headerBytes + view.getUint32(at + 20, true)
    const content = this.#content
    if (inPlace) {
      content.header = source
      content.body = source
      content.headerStart = from
    } else this.#copy(source, from, end)
    content.headerEnd = content.headerStart + headerBytes
    content.bodyStart = content.headerEnd
    content.bodyEnd = content.headerStart + end - from
    const envelope = this.envelopeOf(source, envelopeAt, from)
    return new Message(content, envelope, isPersistent(view, at), view.getFloat64(at + 24, true))
  }

  #copy(source: Buffer, from: number, end: number): void {
    const content = this.#content
    const byteCount = end - from
    const small = byteCount <= smallBytesMax
    const bytes = small ? this.#slabFor(byteCount) : Buffer.allocUnsafeSlow(byteCount)
    content.header = bytes
    content.body = bytes
    content.headerStart = small ? this.#slabUsed : 0
    copyBytes(source, from, end, bytes, content.headerStart)
    if (small) this.#slabUsed += byteCount
  }

  /** Lets go of what was read. */
  rest(): void {
    this.#view = null
    this.#source = nothing
    this.#content.header = nothing
    this.#content.body = nothing
  }

  /** The view's bytes; the records of one read come one after the other. */
  #sourceOf(view: DataView): Buffer {
    if (this.#view !== view) {
      this.#view = view
      this.#source = Buffer.from(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength)
    }
    return this.#source
  }

  #slabFor(byteCount: number): Buffer {
    if (this.#slabUsed + byteCount > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(slabBytes)
      this.#slabUsed = 0
    }
    return this.#slab
  }

  /** Exchange and routing key that lie between two offsets; the same object as the last time. */
  envelopeOf(source: Buffer, start: number, end: number): Envelope {
    const last = this.#envelope
    if (last !== null && isSame(last.encoded, source, start, end)) return last
    const encodedText = source.toString('latin1', start, end)
    let envelope = this.#envelopes.get(encodedText)
    if (envelope === undefined) {
      envelope = decodeEnvelope(Buffer.from(source.subarray(start, end)))
      if (this.#envelopes.size >= envelopesMax) this.#envelopes.clear()
      this.#envelopes.set(encodedText, envelope)
    }
    this.#envelope = envelope
    return envelope
  }
}

function isSame(encoded: Uint8Array, source: Uint8Array, start: number, end: number): boolean {
  if (encoded.length !== end - start) return false
  for (let i = 0; i < encoded.length; i += 1) if (encoded[i] !== source[start + i]) return false
  return true
}

/** Exchange and routing key, as two AMQP short strings. */
function decodeEnvelope(encoded: Buffer): Envelope {
  const exchangeEnd = 1 + (encoded[0] ?? 0)
  return {
    exchange: encoded.toString('utf8', 1, exchangeEnd),
    routingKey: encoded.toString('utf8', exchangeEnd + 1),
    encoded,
  }
}
