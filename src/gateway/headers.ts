// What of a caller's metadata becomes headers of the message: tracing and the caller's own words, but
// nothing that means something to the broker or to the worker's toolkit.

import type { Metadata } from '../rpc/call.ts'

/** Headers that callers send without thinking would otherwise fill the queue. */
const countMax = 32
const valueBytesMax = 4096
/** A header of a message is called by at most 128 characters [AMQP 0-9-1, 4.2.5.5]. */
const nameMax = 128

/** `x-delay`, `x-death`, `x-rpc-deadline` and the like have a meaning; these are merely names. */
const allowedExtensions = new Set(['x-request-id', 'x-correlation-id'])

export function requestHeaders(metadata: Metadata): Record<string, string> {
  const headers: Record<string, string> = {}
  let count = 0
  for (const [name, value] of Object.entries(metadata)) {
    if (name.startsWith('x-') && !allowedExtensions.has(name)) continue
    if (name.length > nameMax || Buffer.byteLength(value) > valueBytesMax) continue
    headers[name] = value
    count += 1
    if (count === countMax) break
  }
  return headers
}
