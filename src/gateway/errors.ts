// Errors that a gateway itself tells callers, and what the broker's errors mean to them.

import type { BrokerError } from '../broker/errors.ts'
import { type RpcCode, RpcError } from '../rpc/error.ts'

const busyMark = 'busy'

/** No worker can take the call now; a moment later it may be different. */
export function busy(why: string): RpcError {
  return new RpcError('RESOURCE_EXHAUSTED', `busy: ${why}`, { details: { reason: busyMark } })
}

export function isBusy(error: RpcError): boolean {
  const { details } = error
  return (
    error.code === 'RESOURCE_EXHAUSTED' &&
    typeof details === 'object' &&
    details !== null &&
    'reason' in details &&
    details.reason === busyMark
  )
}

/** AMQP's reply codes that a publish can end with. */
const codes: Readonly<Record<number, RpcCode>> = {
  403: 'PERMISSION_DENIED',
  404: 'UNAVAILABLE',
  406: 'FAILED_PRECONDITION',
  530: 'PERMISSION_DENIED',
}

export function errorOfBroker(error: BrokerError): RpcError {
  const code = codes[error.code] ?? 'INTERNAL'
  return new RpcError(code, error.explanation, { cause: error })
}
