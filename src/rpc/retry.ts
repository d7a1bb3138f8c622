// When a failed call may be tried again, and after which pause.
import type { ClientCall } from './call.ts'
import { RpcError } from './error.ts'

export interface RetryOptions {
  /** Tries in all. Default 3. */
  readonly attempts?: number
  /** The pause before the second try; it doubles from there. Default 50 ms. */
  readonly baseMs?: number
  /** Default 2 seconds. */
  readonly maxMs?: number
}

/** Full jitter: callers that failed together do not come back together. */
export function backOffMs(
  attempt: number,
  options: RetryOptions,
  random: () => number = Math.random,
): number {
  const cap = Math.min(options.maxMs ?? 2000, (options.baseMs ?? 50) * 2 ** attempt)
  return Math.ceil(random() * cap)
}

function pause(ms: number, call: ClientCall): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    call.onAbort((error) => {
      clearTimeout(timer)
      reject(error)
    })
  })
}

/** Runs `attempt` until it succeeds, fails for good, or the call is aborted. */
export async function withRetries(
  call: ClientCall,
  options: RetryOptions,
  attempt: () => Promise<unknown>,
): Promise<unknown> {
  const attempts = options.attempts ?? 3
  for (let tried = 1; ; tried++) {
    try {
      return await attempt()
    } catch (reason) {
      const error = RpcError.from(reason)
      const waitMs = backOffMs(tried - 1, options)
      const tooLate = (call.remainingMs() ?? Number.POSITIVE_INFINITY) <= waitMs
      if (tried >= attempts || !error.retryable || call.aborted !== undefined || tooLate)
        throw error
      await pause(waitMs, call)
    }
  }
}
