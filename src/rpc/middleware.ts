// Functions around every call, on the server and on the client, and how they are put in a chain.
// Unary calls and streams take the same form: what `next` resolves to may be an async iterable.
import type { ClientCall, ServerCall } from './call.ts'
import { type RpcCode, RpcError } from './error.ts'

export type Middleware<Call = ServerCall> = (
  call: Call,
  next: (call: Call) => Promise<unknown>,
) => Promise<unknown>

export type ClientMiddleware = Middleware<ClientCall>

/** The first of the list is the outermost. */
export function chain<Call>(
  middlewares: readonly Middleware<Call>[],
  last: (call: Call) => Promise<unknown>,
): (call: Call) => Promise<unknown> {
  return middlewares.reduceRight<(call: Call) => Promise<unknown>>(
    (next, middleware) => (call) => middleware(call, next),
    last,
  )
}

/** What became of a call; a stream is reported when it has ended. */
export interface CallReport {
  readonly method: string
  readonly transport: string
  readonly peer: string
  readonly durationMs: number
  /** `OK` or the code of the error. */
  readonly code: RpcCode | 'OK'
  readonly error?: RpcError
}

/** Writes one line per call to whatever takes it, such as pino's `logger.info`. */
export function logging(
  write: (fields: Record<string, unknown>, text: string) => void,
): Middleware {
  return async (call, next) => {
    const startMs = performance.now()
    const fields = { method: call.method, transport: call.transport, peer: call.peer }
    try {
      const result = await next(call)
      write({ ...fields, ms: performance.now() - startMs }, 'call answered')
      return result
    } catch (reason) {
      const error = RpcError.from(reason)
      const ms = performance.now() - startMs
      write({ ...fields, ms, code: error.code, error: error.message }, 'call failed')
      throw reason
    }
  }
}
