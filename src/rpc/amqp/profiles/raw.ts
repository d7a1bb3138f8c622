// The profile of RabbitMQ's tutorial: the body is the text of the one argument, the reply the text of
// the result. It has no method name and no form for errors; ours marks an error in a header, and its
// text makes a caller that expects a number fail instead of wait.
import type { ConsumeMessage } from 'amqplib'
import { isRpcCode, RpcError } from '../../error.ts'
import { encodeJson } from '../../json/codec.ts'
import {
  type DecodedRequest,
  Header,
  headersOf,
  type OutgoingMessage,
  type Profile,
  type Reply,
} from '../codec.ts'

/** A number as JSON writes it: `007` and `1e5x` are text. */
const canonicalNumber = /^-?(0|[1-9]\d{0,15})(\.\d{1,17})?$/

export function numberOrText(text: string): unknown {
  return canonicalNumber.test(text) ? Number(text) : text
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : encodeJson(value)
}

export function rawProfile(rawMethod: string | undefined): Profile {
  return {
    recognises: () => true,

    encodeRequest(_method, args): OutgoingMessage {
      if (args.length > 1) {
        throw new RpcError('INVALID_ARGUMENT', 'the raw profile carries one argument')
      }
      const [arg] = args
      return { body: Buffer.from(arg === undefined ? '' : textOf(arg), 'utf8'), properties: {} }
    },

    decodeRequest(message: ConsumeMessage): DecodedRequest {
      if (rawMethod === undefined) {
        throw new RpcError('UNIMPLEMENTED', 'the request names no method')
      }
      const text = message.content.toString('utf8')
      return {
        method: rawMethod,
        args: text === '' ? [] : [numberOrText(text)],
        ignoreSurplus: true,
      }
    },

    encodeReply(reply: Reply): OutgoingMessage {
      if (reply.kind === 'result') {
        const text = textOf(reply.value ?? null)
        return { body: Buffer.from(text, 'utf8'), properties: {} }
      }
      const error =
        reply.kind === 'error'
          ? reply.error
          : new RpcError('UNIMPLEMENTED', 'the raw profile has no streams')
      const body = Buffer.from(`${error.code}: ${error.message}`, 'utf8')
      return { body, properties: { headers: { [Header.ERROR]: error.code } } }
    },

    decodeReply(message: ConsumeMessage): Reply {
      const text = message.content.toString('utf8')
      const code = headersOf(message)[Header.ERROR]
      if (!isRpcCode(code)) return { kind: 'result', value: numberOrText(text) }
      const error = new RpcError(
        code,
        text.startsWith(`${code}: `) ? text.slice(code.length + 2) : text,
      )
      return { kind: 'error', error }
    },
  }
}
