// The profile of NestJS's RabbitMQ transport: `{pattern, data, id}` is answered by
// `{response, isDisposed}` or `{err, isDisposed}`, a stream by several and then `{isDisposed: true}`.
// `data` is one value, here the first argument; without `id` it is an event.
import type { ConsumeMessage } from 'amqplib'
import { RpcError } from '../../error.ts'
import { decodeJson, encodeJson } from '../../json/codec.ts'
import { isRecord } from '../../value.ts'
import type { DecodedRequest, OutgoingMessage, Profile, Reply } from '../codec.ts'

/** What NestJS itself answers when it has no handler. */
const noHandler = 'There is no matching message handler defined in the remote service.'

const packed = (value: unknown): OutgoingMessage => ({
  body: Buffer.from(encodeJson(value), 'utf8'),
  properties: { contentType: 'application/json' },
})

function parsed(message: ConsumeMessage): Record<string, unknown> {
  const value = decodeJson(message.content.toString('utf8'))
  if (!isRecord(value)) throw new RpcError('INVALID_ARGUMENT', 'the body is no packet')
  return value
}

function errorOf(given: unknown): RpcError {
  if (given === noHandler) return new RpcError('UNIMPLEMENTED', noHandler)
  const { message } = isRecord(given) ? given : {}
  const text = typeof message === 'string' ? message : typeof given === 'string' ? given : 'error'
  return new RpcError('UNKNOWN', text, { details: given })
}

export function nestProfile(): Profile {
  return {
    recognises(message: ConsumeMessage): boolean {
      return message.content.length > 0 && message.content.includes('"pattern"')
    },

    encodeRequest(method, args, id): OutgoingMessage {
      if (args.length > 1) {
        throw new RpcError('INVALID_ARGUMENT', 'the nest profile carries one argument')
      }
      const packet = { pattern: method, data: args[0] }
      return packed(id === undefined ? packet : { ...packet, id })
    },

    decodeRequest(message: ConsumeMessage): DecodedRequest {
      const { pattern, data, id } = parsed(message)
      const method = typeof pattern === 'string' ? pattern : encodeJson(pattern)
      const args = data === undefined ? [] : [data]
      return { method, args, id, oneWay: id === undefined, ignoreSurplus: true }
    },

    encodeReply(reply: Reply, id: unknown): OutgoingMessage {
      switch (reply.kind) {
        case 'result':
          return packed({ response: reply.value ?? null, isDisposed: true, id })
        case 'item':
          return packed({ response: reply.value ?? null, id })
        case 'open':
          return packed({ id })
        case 'end':
          return packed({ isDisposed: true, id })
        case 'error': {
          const { code, message } = reply.error
          const err = code === 'UNIMPLEMENTED' ? noHandler : { status: 'error', message, code }
          return packed({ err, isDisposed: true, id })
        }
      }
    },

    decodeReply(message: ConsumeMessage): Reply {
      const { err, response, isDisposed } = parsed(message)
      if (err !== undefined && err !== null) return { kind: 'error', error: errorOf(err) }
      if (isDisposed !== true) return { kind: 'item', value: response }
      return response === undefined ? { kind: 'end' } : { kind: 'result', value: response }
    },
  }
}
