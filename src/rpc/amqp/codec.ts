// How a call looks as a message: what every profile has to say, and what is common to them. Each
// profile is a file of its own in profiles/.
import type { ConsumeMessage, Options } from 'amqplib'
import { type Metadata, noMetadata } from '../call.ts'
import type { RpcError } from '../error.ts'

export type Properties = Options.Publish

export interface OutgoingMessage {
  readonly body: Buffer
  readonly properties: Properties
}

export interface DecodedRequest {
  readonly method: string
  readonly args: readonly unknown[]
  readonly named?: Readonly<Record<string, unknown>>
  /** Repeated in the reply's body, where the profile has an id there. */
  readonly id?: unknown
  /** Nobody waits for an answer, whatever `reply_to` says. */
  readonly oneWay?: boolean
  /** The profile has one argument, whether or not the handler takes any. */
  readonly ignoreSurplus?: boolean
}

export type Reply =
  | { readonly kind: 'result'; readonly value: unknown }
  | { readonly kind: 'error'; readonly error: RpcError }
  | { readonly kind: 'item'; readonly value: unknown }
  | { readonly kind: 'open' }
  | { readonly kind: 'end' }

/** The topic exchange of a profile that does not use the default exchange. */
export interface Routing {
  readonly exchange: string
  requestKey(queue: string, method: string): string
  /** What a worker binds its queue with. */
  bindingKey(queue: string): string
}

/** Decoders throw for what is not theirs; whoever calls them turns that into an error. */
export interface Profile {
  /** For requests and replies; undefined: both go to queues by their names. */
  readonly routing?: Routing
  /** Whether a request that came without being announced is of this profile. */
  recognises(message: ConsumeMessage): boolean
  encodeRequest(method: string, args: readonly unknown[], id: string | undefined): OutgoingMessage
  decodeRequest(message: ConsumeMessage): DecodedRequest
  encodeReply(reply: Reply, id: unknown): OutgoingMessage
  decodeReply(message: ConsumeMessage): Reply
}

/** Headers of ours, which other peers ignore. */
export const Header = {
  /** Milliseconds of the Unix epoch at which the caller stops waiting. */
  DEADLINE: 'x-rpc-deadline',
  /** Items the caller takes before it grants more. */
  WINDOW: 'x-rpc-window',
  /** `open`, `item` or `end`: the reply is part of a stream. */
  STREAM: 'x-rpc-stream',
  /** Error code of a profile that has no form for errors. */
  ERROR: 'x-rpc-error',
} as const

/** What is told to a worker: on its own queue, or to all of them when it is not known yet. */
export const controlExchange = 'rpc.control'
export const ControlType = { CANCEL: 'rpc.cancel', MORE: 'rpc.more' } as const

export function headersOf(message: ConsumeMessage): Readonly<Record<string, unknown>> {
  return message.properties.headers ?? {}
}

export function metadataOf(message: ConsumeMessage): Metadata {
  let metadata: Record<string, string> | undefined
  for (const [key, value] of Object.entries(headersOf(message))) {
    if (typeof value !== 'string' || key.startsWith('x-rpc-')) continue
    metadata ??= {}
    metadata[key.toLowerCase()] = value
  }
  if (message.fields.redelivered) return { ...metadata, 'x-redelivered': 'true' }
  return metadata ?? noMetadata
}

export function streamPart(message: ConsumeMessage): 'open' | 'item' | 'end' | undefined {
  const part = headersOf(message)[Header.STREAM]
  return part === 'open' || part === 'item' || part === 'end' ? part : undefined
}
