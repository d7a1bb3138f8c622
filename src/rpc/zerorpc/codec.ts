// ZeroRPC events. One ZeroMQ message carries one event, MessagePack:
//
//   [ {message_id, v: 3, response_to?, ...}, name, args ]
//
// `response_to` repeats the message_id of the channel's first event in exactly the type and bytes
// it came with: Python sends bytes, zerorpc-node text, and each finds only its own.
import { MessagePackCodec } from '../message-pack/codec.ts'
import { MessagePackError } from '../message-pack/structure.ts'
import { isRecord } from '../value.ts'

export type EventId = Uint8Array | string | number

export interface EventHeader {
  readonly message_id?: unknown
  readonly response_to?: unknown
  readonly v?: unknown
  /** Anything else: other people's middleware, our metadata. */
  readonly [key: string]: unknown
}

export interface ZerorpcEvent {
  readonly header: EventHeader
  readonly name: string
  readonly args: unknown
}

export const EventName = {
  OK: 'OK',
  ERR: 'ERR',
  STREAM: 'STREAM',
  STREAM_DONE: 'STREAM_DONE',
  HEARTBEAT: '_zpc_hb',
  MORE: '_zpc_more',
} as const

export const protocolVersion = 3

export function isEventId(value: unknown): value is EventId {
  return value instanceof Uint8Array || typeof value === 'string' || typeof value === 'number'
}

/** What two ids that mean the same channel have in common. */
export function idKey(id: EventId): string {
  return id instanceof Uint8Array ? Buffer.from(id).toString('latin1') : String(id)
}

/** Ids as Python makes them: 32 hexadecimal digits as bytes, a counter and a random base. */
export class IdSource {
  readonly #base: string
  #count = 0

  constructor(randomBytes: Uint8Array) {
    this.#base = Buffer.from(randomBytes).toString('hex').slice(0, 24)
  }

  next(): Buffer {
    this.#count = (this.#count + 1) >>> 0
    return Buffer.from(this.#count.toString(16).padStart(8, '0') + this.#base, 'latin1')
  }
}

export class EventCodec {
  readonly #messagePack: MessagePackCodec

  constructor(depthMax: number | undefined) {
    this.#messagePack = new MessagePackCodec(depthMax)
  }

  encode(event: ZerorpcEvent): Uint8Array {
    return this.#messagePack.encode([event.header, event.name, event.args])
  }

  /** Throws MessagePackError for what is no event. */
  decode(bytes: Buffer): ZerorpcEvent {
    const event = this.#messagePack.decode(bytes)
    if (!Array.isArray(event) || event.length !== 3) throw new MessagePackError('not an event')
    const [header, name, args] = event as [unknown, unknown, unknown]
    if (!isRecord(header)) throw new MessagePackError('the header is not a map')
    // Senders of before MessagePack's text type, and some that never took it up, name in bytes.
    const text = name instanceof Uint8Array ? Buffer.from(name).toString('utf8') : name
    if (typeof text !== 'string') throw new MessagePackError('the name is not text')
    return { header, name: text, args }
  }
}
