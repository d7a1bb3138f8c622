// The profiles of Warren's own: a JSON-RPC 2.0 object as body, written as JSON or as MessagePack.
// `type` repeats the method for routing and for people who look at queues.
import type { ConsumeMessage } from 'amqplib'
import { RpcError } from '../../error.ts'
import { decodeJson, encodeJson } from '../../json/codec.ts'
import { errorObjectOf, errorOfObject } from '../../json/error-object.ts'
import { MessagePackCodec } from '../../message-pack/codec.ts'
import { isRecord } from '../../value.ts'
import {
  type DecodedRequest,
  Header,
  type OutgoingMessage,
  type Profile,
  type Reply,
  streamPart,
} from '../codec.ts'

interface Encoding {
  readonly contentType: string
  encode(value: unknown): Buffer
  decode(body: Buffer): unknown
}

export function jsonProfile(): Profile {
  return new ObjectProfile({
    contentType: 'application/json',
    encode: (value) => Buffer.from(encodeJson(value), 'utf8'),
    decode: (body) => decodeJson(body.toString('utf8')),
  })
}

export function messagePackProfile(): Profile {
  const codec = new MessagePackCodec()
  return new ObjectProfile({
    contentType: 'application/msgpack',
    encode: (value) => {
      const bytes = codec.encode(value)
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    },
    decode: (body) => codec.decode(body),
  })
}

class ObjectProfile implements Profile {
  readonly #encoding: Encoding

  constructor(encoding: Encoding) {
    this.#encoding = encoding
  }

  recognises(message: ConsumeMessage): boolean {
    const { contentType, type } = message.properties
    return contentType === this.#encoding.contentType && typeof type === 'string' && type !== ''
  }

  encodeRequest(method: string, args: readonly unknown[], id: string | undefined): OutgoingMessage {
    const request = { jsonrpc: '2.0', method, params: args }
    const body = this.#encoding.encode(id === undefined ? request : { ...request, id })
    return { body, properties: { contentType: this.#encoding.contentType, type: method } }
  }

  decodeRequest(message: ConsumeMessage): DecodedRequest {
    const request = this.#encoding.decode(message.content)
    if (!isRecord(request) || typeof request.method !== 'string') {
      throw new RpcError('INVALID_ARGUMENT', 'the body is no request')
    }
    const { method, params = [], id } = request
    const oneWay = !Object.hasOwn(request, 'id')
    if (Array.isArray(params)) return { method, args: params, id, oneWay }
    if (isRecord(params)) return { method, args: [], named: params, id, oneWay }
    throw new RpcError('INVALID_ARGUMENT', 'params must be structured')
  }

  encodeReply(reply: Reply, id: unknown): OutgoingMessage {
    const { contentType } = this.#encoding
    switch (reply.kind) {
      case 'error':
        return { body: this.#error(reply.error, id), properties: { contentType } }
      case 'result':
        return { body: this.#result(reply.value, id), properties: { contentType } }
      default: {
        const value = reply.kind === 'item' ? reply.value : null
        const headers = { [Header.STREAM]: reply.kind }
        return { body: this.#result(value, id), properties: { contentType, headers } }
      }
    }
  }

  decodeReply(message: ConsumeMessage): Reply {
    const response = this.#encoding.decode(message.content)
    if (!isRecord(response)) throw new RpcError('INTERNAL', 'the reply is no response')
    if (Object.hasOwn(response, 'error')) {
      return { kind: 'error', error: errorOfObject(response.error) }
    }
    const part = streamPart(message)
    if (part === 'open' || part === 'end') return { kind: part }
    return { kind: part ?? 'result', value: response.result }
  }

  #result(value: unknown, id: unknown): Buffer {
    return this.#encoding.encode({ jsonrpc: '2.0', result: value ?? null, id })
  }

  #error(error: RpcError, id: unknown): Buffer {
    const object = errorObjectOf(error)
    try {
      return this.#encoding.encode({ jsonrpc: '2.0', error: object, id })
    } catch {
      // Details that cannot be sent must not hide the error itself.
      const { code, message } = object
      return this.#encoding.encode({ jsonrpc: '2.0', error: { code, message }, id })
    }
  }
}
