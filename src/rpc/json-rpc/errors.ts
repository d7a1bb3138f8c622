// Error responses as text.
import { encodeJson } from '../json/codec.ts'
import { ErrorCode, type ErrorObject } from '../json/error-object.ts'

export function errorText(id: string, error: ErrorObject): string {
  let body: string
  try {
    body = encodeJson(error)
  } catch {
    // Details that cannot be sent must not hide the error itself.
    body = encodeJson({ code: error.code, message: error.message })
  }
  return `{"jsonrpc":"2.0","error":${body},"id":${id}}`
}

export function invalidRequest(message: string): ErrorObject {
  return { code: ErrorCode.INVALID_REQUEST, message }
}
