// How a call looks as a message body, and a reply as a result. Text is RabbitMQ's tutorial: the one
// argument, and the result. JSON and MessagePack carry a JSON-RPC 2.0 object, as `warren/rpc` workers
// do. Protobuf is bytes, which pass as they are.

import { isUtf8 } from 'node:buffer'
import { Header } from '../rpc/amqp/codec.ts'
import { numberOrText, textOf } from '../rpc/amqp/profiles/raw.ts'
import { isRpcCode, RpcError } from '../rpc/error.ts'
import { decodeJson, encodeJson } from '../rpc/json/codec.ts'
import { errorOfObject } from '../rpc/json/error-object.ts'
import { MessagePackCodec } from '../rpc/message-pack/codec.ts'
import { isRecord } from '../rpc/value.ts'
import type { CodecName } from './options.ts'

export interface Question {
  readonly method: string
  readonly args: readonly unknown[]
  /** Arguments by name; `args` is then empty. */
  readonly named: Readonly<Record<string, unknown>> | undefined
  /** Null when nobody waits for the answer. */
  readonly id: string | null
}

/** Part of what a worker answers; `open`, `item` and `end` belong to a stream. */
export type Reply =
  | { readonly kind: 'result' | 'item'; readonly value: unknown }
  | { readonly kind: 'error'; readonly error: RpcError }
  | { readonly kind: 'open' | 'end' }

/** Both directions throw for what they cannot express. */
export interface Codec {
  readonly contentType: string
  /** Whether workers can answer with streams, and be told of the caller's end. */
  readonly hasStreams: boolean
  encode(question: Question): Buffer
  decode(body: Buffer, headers: Readonly<Record<string, unknown>>): Reply
}

export function createCodecs(): Readonly<Record<CodecName, Codec>> {
  const packer = new MessagePackCodec()
  return {
    text,
    json: objectCodec({
      contentType: 'application/json',
      encode: (value) => Buffer.from(encodeJson(value), 'utf8'),
      decode: (body) => decodeJson(body.toString('utf8')),
    }),
    'message-pack': objectCodec({
      contentType: 'application/msgpack',
      encode: (value) => {
        const bytes = packer.encode(value)
        return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      },
      decode: (body) => packer.decode(body),
    }),
    protobuf,
  }
}

const text: Codec = {
  contentType: 'text/plain',
  hasStreams: false,
  encode: (question) => {
    const argument = onlyArgument(question)
    if (argument instanceof Uint8Array) return Buffer.from(argument)
    return Buffer.from(argument === undefined ? '' : textOf(argument), 'utf8')
  },
  decode: (body, headers) => {
    // What is no text was meant as bytes, in both directions.
    if (!isUtf8(body)) return { kind: 'result', value: Buffer.from(body) }
    const answer = body.toString('utf8')
    return markedError(answer, headers) ?? { kind: 'result', value: numberOrText(answer) }
  },
}

const protobuf: Codec = {
  contentType: 'application/x-protobuf',
  hasStreams: false,
  encode: (question) => {
    const argument = onlyArgument(question)
    if (argument === undefined) return Buffer.alloc(0)
    if (argument instanceof Uint8Array) return Buffer.from(argument)
    throw new RpcError('INVALID_ARGUMENT', 'this method takes one argument of bytes')
  },
  decode: (body, headers) =>
    markedError(body.toString('utf8', 0, 1000), headers) ?? {
      kind: 'result',
      // A copy: the body is a part of what the worker's socket brought.
      value: Buffer.from(body),
    },
}

/** One argument, or an object of one member: `fib(30)` and `fib(n=30)` are the same call. */
function onlyArgument({ method, args, named }: Question): unknown {
  const values = named === undefined ? args : Object.values(named)
  if (values.length <= 1) return values[0]
  const text = `${method} takes one argument, ${values.length} were given`
  throw new RpcError('INVALID_ARGUMENT', text)
}

/** These bodies have no form for errors: workers of `warren/rpc` mark them in a header. */
function markedError(body: string, headers: Readonly<Record<string, unknown>>): Reply | undefined {
  const code = headers[Header.ERROR]
  if (!isRpcCode(code)) return undefined
  const message = body.startsWith(`${code}: `) ? body.slice(code.length + 2) : body
  return { kind: 'error', error: new RpcError(code, message) }
}

interface Encoding {
  readonly contentType: string
  encode(value: unknown): Buffer
  decode(body: Buffer): unknown
}

function objectCodec(encoding: Encoding): Codec {
  return {
    contentType: encoding.contentType,
    hasStreams: true,
    encode: ({ method, args, named, id }) => {
      const request = { jsonrpc: '2.0', method, params: named ?? args }
      return encoding.encode(id === null ? request : { ...request, id })
    },
    decode: (body, headers) => {
      const response = encoding.decode(body)
      if (!isRecord(response)) throw new RpcError('INTERNAL', 'the reply is no response')
      if (Object.hasOwn(response, 'error') && response.error !== null) {
        return { kind: 'error', error: errorOfObject(response.error) }
      }
      const part = headers[Header.STREAM]
      if (part === 'open' || part === 'end') return { kind: part }
      if (!Object.hasOwn(response, 'result')) {
        throw new RpcError('INTERNAL', 'the reply has neither result nor error')
      }
      return { kind: part === 'item' ? 'item' : 'result', value: response.result }
    },
  }
}
