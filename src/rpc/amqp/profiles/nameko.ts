// The profile of nameko: `{args, kwargs}` is answered by `{result, error}`. Requests and replies go
// through one topic exchange: a request by `service.method` to the queue `rpc-service`, a reply by the
// routing key that `reply_to` is. Its messages have no streams and no calls without answers.
import type { ConsumeMessage } from 'amqplib'
import { type RpcCode, RpcError } from '../../error.ts'
import { decodeJson, encodeJson } from '../../json/codec.ts'
import { isRecord } from '../../value.ts'
import type { DecodedRequest, OutgoingMessage, Profile, Reply, Routing } from '../codec.ts'

const exchange = 'nameko-rpc'
const queuePrefix = 'rpc-'

function serviceOf(queue: string): string {
  return queue.startsWith(queuePrefix) ? queue.slice(queuePrefix.length) : queue
}

const routing: Routing = {
  exchange,
  requestKey: (queue, method) => `${serviceOf(queue)}.${method}`,
  bindingKey: (queue) => `${serviceOf(queue)}.*`,
}

/** Exceptions that nameko makes again on the other side, by their full name. */
const exceptions: Partial<Record<RpcCode, string>> = {
  UNIMPLEMENTED: 'MethodNotFound',
  INVALID_ARGUMENT: 'IncorrectSignature',
}
const codes: Readonly<Record<string, RpcCode>> = {
  MethodNotFound: 'UNIMPLEMENTED',
  IncorrectSignature: 'INVALID_ARGUMENT',
  MalformedRequest: 'INVALID_ARGUMENT',
}

function packed(value: unknown): OutgoingMessage {
  const properties = { contentType: 'application/json', contentEncoding: 'utf-8', persistent: true }
  return { body: Buffer.from(encodeJson(value), 'utf8'), properties }
}

function parsed(message: ConsumeMessage): Record<string, unknown> {
  const value = decodeJson(message.content.toString('utf8'))
  if (!isRecord(value)) throw new RpcError('INVALID_ARGUMENT', 'the body is no object')
  return value
}

function errorObject(error: RpcError): Record<string, unknown> {
  const own = exceptions[error.code]
  return {
    exc_type: own ?? error.remote?.name ?? error.code,
    exc_path: own === undefined ? '' : `nameko.exceptions.${own}`,
    exc_args: [error.message],
    value: error.message,
  }
}

function errorOf(given: unknown): RpcError {
  const { exc_type: type, value } = isRecord(given) ? given : {}
  const name = typeof type === 'string' ? type : 'RemoteError'
  const code = Object.hasOwn(codes, name) ? codes[name] : undefined
  return new RpcError(code ?? 'UNKNOWN', String(value ?? ''), { remote: { name } })
}

export function namekoProfile(): Profile {
  return {
    routing,

    recognises: (message: ConsumeMessage) => message.fields.exchange === exchange,

    encodeRequest: (_method, args): OutgoingMessage => packed({ args, kwargs: {} }),

    decodeRequest(message: ConsumeMessage): DecodedRequest {
      const { args, kwargs } = parsed(message)
      if (!Array.isArray(args) || !isRecord(kwargs)) {
        throw new RpcError('INVALID_ARGUMENT', 'Message missing `args` or `kwargs`')
      }
      const { routingKey } = message.fields
      const method = routingKey.slice(routingKey.lastIndexOf('.') + 1)
      if (Object.keys(kwargs).length === 0) return { method, args }
      if (args.length === 0) return { method, args, named: kwargs }
      throw new RpcError('INVALID_ARGUMENT', 'arguments by place and by name at once')
    },

    encodeReply(reply: Reply): OutgoingMessage {
      if (reply.kind === 'result') return packed({ result: reply.value ?? null, error: null })
      const error =
        reply.kind === 'error'
          ? reply.error
          : new RpcError('UNIMPLEMENTED', 'the nameko profile has no streams')
      return packed({ result: null, error: errorObject(error) })
    },

    decodeReply(message: ConsumeMessage): Reply {
      const { result, error } = parsed(message)
      if (error === undefined || error === null) return { kind: 'result', value: result }
      return { kind: 'error', error: errorOf(error) }
    },
  }
}
