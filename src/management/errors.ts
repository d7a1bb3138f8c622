// What can go wrong with a request, as a status and RabbitMQ's JSON of `error` and `reason`; and the
// one place where anything that was thrown becomes such an answer.

import { BrokerError } from '../broker/errors.ts'

export class HttpError extends Error {
  readonly status: number
  readonly code: string
  readonly reason: string
  /** Further members of the answer. */
  readonly extra: Readonly<Record<string, unknown>>

  constructor(
    status: number,
    code: string,
    reason: string,
    extra: Readonly<Record<string, unknown>> = {},
  ) {
    super(reason)
    this.status = status
    this.code = code
    this.reason = reason
    this.extra = extra
  }
}

export function badRequest(reason: string): HttpError {
  return new HttpError(400, 'bad_request', reason)
}

export function objectNotFound(): HttpError {
  return new HttpError(404, 'Object Not Found', 'Not Found')
}

export function notAuthorised(reason: string): HttpError {
  return new HttpError(401, 'not_authorised', reason)
}

export function notAvailable(reason: string): HttpError {
  return new HttpError(501, 'not_implemented', reason)
}

/** `[{key_missing,a},{key_missing,b}]`, as RabbitMQ tells of what a body lacks. */
export function requireKeys(
  body: Readonly<Record<string, unknown>>,
  keys: readonly string[],
): void {
  const missing = keys.filter((key) => body[key] === undefined)
  if (missing.length === 0) return
  throw badRequest(`[${missing.map((key) => `{key_missing,${key}}`).join(',')}]`)
}

/** AMQP's reply codes that have a status of their own; all others are bad requests. */
const accessRefusedCode = 403
const notFoundCode = 404

/** Null for what is nobody's mistake but the program's. */
export function toHttpError(thrown: unknown): HttpError | null {
  if (thrown instanceof HttpError) return thrown
  if (thrown instanceof BrokerError) {
    if (thrown.code === accessRefusedCode) return notAuthorised('Access refused.')
    if (thrown.code === notFoundCode) {
      return new HttpError(404, 'not_found', thrown.explanation)
    }
    return badRequest(thrown.explanation)
  }
  if (!(thrown instanceof Error)) return null
  // Fastify's own errors carry a status: a schema not met, a body too large.
  const status = 'statusCode' in thrown ? Number(thrown.statusCode) : 500
  if (status >= 400 && status < 500) return new HttpError(status, 'bad_request', thrown.message)
  return thrown instanceof RangeError ? badRequest(thrown.message) : null
}
