// Requests as a client writes them, and responses as it reads them; HTTP and WebSocket alike.
import { RpcError } from '../error.ts'
import { encodeJson } from '../json/codec.ts'
import { errorOfObject } from '../json/error-object.ts'

export function requestText(method: string, args: readonly unknown[], rest: string): string {
  // [4.2] One object alone would be arguments by name, so arguments are always an array.
  const params = args.length === 0 ? '' : `,"params":${encodeJson(args)}`
  return `{"jsonrpc":"2.0","method":${JSON.stringify(method)}${params}${rest}}`
}

/** [5] Either result or error. */
export function resultOf(response: Record<string, unknown>): unknown {
  if (Object.hasOwn(response, 'error')) throw errorOfObject(response.error)
  if (Object.hasOwn(response, 'result')) return response.result
  throw new RpcError('INTERNAL', 'the answer has neither result nor error')
}
