// How long a message that comes back to its queue has to wait before it is delivered again
// [RMQ 4.3: quorum queues, delayed retry], for every type of queue here. `multiplier` is LavinMQ's.

import { type FieldTable, plainValue } from '../../protocol/amqp/field-table.ts'

/** `failed`: rejected, or its consumer is gone; `returned`: by basic.nack or basic.recover. */
export type RetryType = 'all' | 'failed' | 'returned'

export interface RetrySettings {
  readonly type: RetryType
  readonly minMs: number
  readonly maxMs: number
  /** Null: the delay grows by `minMs` each time; 1: it stays; more: it grows by that factor. */
  readonly multiplier: number | null
}

/** The longest delay, as for x-delay. */
const delayMsMax = 2 ** 32 - 1

/** `value` gives an argument or what a policy says, by its key without `x-`. */
export function retrySettings(value: (key: string) => unknown): RetrySettings | null {
  const minMs = value('delayed-retry-min')
  // A least delay alone means that all returns are meant, as in LavinMQ.
  const type = value('delayed-retry-type') ?? 'all'
  if (typeof minMs !== 'number' || minMs <= 0 || !isRetryType(type)) return null
  const maxMs = value('delayed-retry-max')
  const multiplier = value('delayed-retry-multiplier')
  return {
    type,
    minMs,
    maxMs: typeof maxMs === 'number' ? Math.min(maxMs, delayMsMax) : delayMsMax,
    multiplier: typeof multiplier === 'number' ? multiplier : null,
  }
}

function isRetryType(type: unknown): type is RetryType {
  return type === 'all' || type === 'failed' || type === 'returned'
}

/** `attempts`: how often it has come back by now, at least 1. 0 is no delay. */
export function retryDelayMs(
  settings: RetrySettings | null,
  attempts: number,
  failed: boolean,
): number {
  if (settings === null) return 0
  if (settings.type !== 'all' && (settings.type === 'failed') !== failed) return 0
  const { minMs, maxMs, multiplier } = settings
  const delayMs = multiplier === null ? minMs * attempts : minMs * multiplier ** (attempts - 1)
  return Math.min(delayMs, maxMs)
}

/** The term that RabbitMQ would print about the arguments as a whole, or null. */
export function findRetryFault(args: FieldTable): string | null {
  const type = args['x-delayed-retry-type']
  if (type === undefined || plainValue(type) === 'disabled') return null
  return args['x-delayed-retry-min'] === undefined ? 'delayed_retry_min_is_missing' : null
}
