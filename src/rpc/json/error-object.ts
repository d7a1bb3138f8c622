// JSON-RPC error objects and our errors, for JSON-RPC itself and for JSON over AMQP. The specification's numbers where it has one; the range it
// leaves to servers (-32000 to -32099) for the rest, with our code in `data`.
import { isRpcCode, type RpcCode, RpcError } from '../error.ts'
import { isRecord } from '../value.ts'

export interface ErrorObject {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}

/** [JSON-RPC 2.0, 5.1] */
export const ErrorCode = {
  PARSE_ERROR: -32700,
  INVALID_REQUEST: -32600,
  METHOD_NOT_FOUND: -32601,
  INVALID_PARAMS: -32602,
  INTERNAL_ERROR: -32603,
  SERVER_ERROR: -32000,
} as const

const numbers: Partial<Record<RpcCode, number>> = {
  UNIMPLEMENTED: ErrorCode.METHOD_NOT_FOUND,
  INVALID_ARGUMENT: ErrorCode.INVALID_PARAMS,
  INTERNAL: ErrorCode.INTERNAL_ERROR,
  UNKNOWN: ErrorCode.INTERNAL_ERROR,
  DEADLINE_EXCEEDED: -32001,
  UNAVAILABLE: -32002,
  CANCELLED: -32003,
  RESOURCE_EXHAUSTED: -32004,
  UNAUTHENTICATED: -32005,
  PERMISSION_DENIED: -32006,
}

export function errorObjectOf(error: RpcError): ErrorObject {
  const details = isRecord(error.details) ? error.details : {}
  const chosen = details.jsonRpcCode
  const code =
    typeof chosen === 'number' && Number.isInteger(chosen)
      ? chosen
      : (numbers[error.code] ?? ErrorCode.SERVER_ERROR)
  return {
    code,
    message: error.message,
    data: {
      code: error.code,
      ...(error.details === undefined ? {} : { details: error.details }),
      ...(error.remote === undefined ? {} : { name: error.remote.name }),
      ...(error.remote?.trace === undefined ? {} : { trace: error.remote.trace }),
    },
  }
}

/** What an error object that came as an answer means; its `data` may be anybody's. */
export function errorOfObject(object: unknown): RpcError {
  const { code, message, data } = isRecord(object) ? object : {}
  if (typeof code !== 'number' || typeof message !== 'string') {
    return new RpcError('INTERNAL', 'the answer has an error that is no error object')
  }
  const ours = isRecord(data) && isRpcCode(data.code) ? data : undefined
  if (ours === undefined) {
    return new RpcError(codeOf(code), message, { details: { jsonRpcCode: code, data } })
  }
  const name = ours.name
  const trace = ours.trace
  return new RpcError(ours.code as RpcCode, message, {
    details: ours.details,
    ...(typeof name === 'string'
      ? { remote: { name, ...(typeof trace === 'string' ? { trace } : {}) } }
      : {}),
  })
}

function codeOf(number: number): RpcCode {
  if (number === ErrorCode.INTERNAL_ERROR) return 'INTERNAL'
  const found = Object.entries(numbers).find(([, own]) => own === number)?.[0]
  if (isRpcCode(found)) return found
  return number === ErrorCode.PARSE_ERROR || number === ErrorCode.INVALID_REQUEST
    ? 'INTERNAL'
    : 'UNKNOWN'
}
