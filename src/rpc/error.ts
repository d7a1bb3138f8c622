// The one error of the toolkit: what failed, whether trying again may help, and what the peer said.
// Each transport's errors.ts maps it to its own wire; `RpcError.from` is where unknown becomes known.

/** gRPC's sixteen names with its numbers; every transport maps its own errors to them. */
export const RpcCode = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const
export type RpcCode = keyof typeof RpcCode

const nameByNumber = new Map<number, RpcCode>(
  Object.entries(RpcCode).map(([name, number]) => [number, name as RpcCode]),
)

export function codeOfNumber(number: number): RpcCode {
  return nameByNumber.get(number) ?? 'UNKNOWN'
}

export function isRpcCode(value: unknown): value is RpcCode {
  return typeof value === 'string' && Object.hasOwn(RpcCode, value)
}

/** The exception as the remote side saw it. */
export interface RemoteException {
  /** Its class, such as `ValueError`. */
  readonly name: string
  /** Its stack, when the server is configured to send it. */
  readonly trace?: string
}

export interface RpcErrorOptions {
  readonly details?: unknown
  readonly remote?: RemoteException
  readonly cause?: unknown
}

/** A server would answer the same call differently a moment later. */
const transient: ReadonlySet<RpcCode> = new Set(['UNAVAILABLE', 'RESOURCE_EXHAUSTED', 'ABORTED'])

export class RpcError extends Error {
  override readonly name: string = 'RpcError'
  readonly code: RpcCode
  /** Any value that can travel; the server's own structured account of the error. */
  readonly details: unknown
  readonly remote: RemoteException | undefined

  constructor(code: RpcCode, message: string, options: RpcErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options.details
    this.remote = options.remote
  }

  get retryable(): boolean {
    return transient.has(this.code)
  }

  /** Makes a known error of whatever was thrown or aborted with. */
  static from(reason: unknown, fallback: RpcCode = 'UNKNOWN'): RpcError {
    if (reason instanceof RpcError) return reason
    if (reason instanceof Error) {
      if (reason.name === 'TimeoutError') {
        return new RpcError('DEADLINE_EXCEEDED', reason.message, { cause: reason })
      }
      if (reason.name === 'AbortError') {
        return new RpcError('CANCELLED', reason.message, { cause: reason })
      }
      return new RpcError(fallback, reason.message, {
        cause: reason,
        remote: { name: reason.name },
      })
    }
    return new RpcError(fallback, String(reason), { cause: reason })
  }
}

/** How much of an unexpected exception a caller learns. */
export const ErrorExposure = {
  /** "internal error", nothing else: for callers who are not trusted. */
  HIDDEN: 'hidden',
  /** Class and message, as the reference peers of XML-RPC and ZeroRPC do. */
  MESSAGE: 'message',
  /** Class, message and stack: for development. */
  TRACE: 'trace',
} as const
export type ErrorExposure = (typeof ErrorExposure)[keyof typeof ErrorExposure]

/** The error a caller may see. A handler's own `RpcError` is meant for the caller and passes. */
export function exposed(reason: unknown, exposure: ErrorExposure): RpcError {
  if (reason instanceof RpcError) {
    if (exposure === 'trace' || reason.remote?.trace === undefined) return reason
    return new RpcError(reason.code, reason.message, {
      details: reason.details,
      remote: { name: reason.remote.name },
      cause: reason,
    })
  }
  if (exposure === 'hidden') return new RpcError('INTERNAL', 'internal error', { cause: reason })
  const error = RpcError.from(reason)
  if (exposure !== 'trace' || !(reason instanceof Error)) return error
  return new RpcError(error.code, error.message, {
    cause: reason,
    remote: { name: reason.name, trace: reason.stack ?? '' },
  })
}
