// What a queue does, as its arguments and policies say: one typed record that the queue reads.
// Validation of the arguments themselves is in arguments.ts.

import { type FieldTable, plainValue } from '../../protocol/amqp/field-table.ts'
import { positiveInteger } from '../duplicates/duplicate-headers.ts'
import { type RetrySettings, retrySettings } from './retry.ts'

export type Overflow = 'drop-head' | 'reject-publish' | 'reject-publish-dlx'
export type QueueType = 'classic' | 'quorum'

export interface QueueSettings {
  readonly type: QueueType
  readonly messageTtlMs: number | null
  readonly expiresMs: number | null
  readonly lengthMax: number | null
  readonly lengthBytesMax: number | null
  readonly overflow: Overflow
  readonly deadLetterExchange: string | null
  readonly deadLetterRoutingKey: string | null
  readonly priorityMax: number
  readonly singleActiveConsumer: boolean
  /** How often a message may come back before it is dead-lettered; null: as often as it likes. */
  readonly deliveryLimit: number | null
  /** How long a delivery may stay unacknowledged before its consumer is cancelled; null: for ever. */
  readonly consumerTimeoutMs: number | null
  /** Whether confirms wait for a sync: not with `x-durability` (or policy) `write` or `none`. */
  readonly syncs: boolean
  /** Whether messages with a header x-delay wait before they enter the queue. */
  readonly delays: boolean
  /** How long what comes back waits; null: not at all. */
  readonly retry: RetrySettings | null
  /** How many keys a queue that deduplicates keeps, and how long at most; null if it does not. */
  readonly deduplication: { readonly sizeMax: number; readonly ttlMs: number | null } | null
}

/** Keys whose smaller value wins when an argument and a policy both set it. */
const smallerWins = new Set([
  'message-ttl',
  'expires',
  'max-length',
  'max-length-bytes',
  'delivery-limit',
])

/** A policy's definition, keys as in RabbitMQ: the arguments' names without `x-`. */
export type PolicyDefinition = Readonly<Record<string, unknown>>

function lookup(key: string, args: FieldTable, policy: PolicyDefinition | null): unknown {
  const argument = args[`x-${key}`]
  const fromPolicy = policy?.[key]
  if (argument === undefined) return fromPolicy
  const value = plainValue(argument)
  if (fromPolicy === undefined || !smallerWins.has(key)) return value
  return Math.min(Number(value), Number(fromPolicy))
}

/** Keys that a queue keeps unless its `x-cache-size` says otherwise: about 20 MB. */
const keysDefault = 100_000

function deduplicationOf(args: FieldTable): QueueSettings['deduplication'] {
  if (plainValue(args['x-message-deduplication'] ?? false) !== true) return null
  return {
    sizeMax: positiveInteger(args['x-cache-size']) ?? keysDefault,
    ttlMs: positiveInteger(args['x-cache-ttl']),
  }
}

export function resolveSettings(args: FieldTable, policy: PolicyDefinition | null): QueueSettings {
  const number = (key: string): number | null => {
    const value = lookup(key, args, policy)
    return value === undefined || value === null ? null : Number(value)
  }
  const text = (key: string): string | null => {
    const value = lookup(key, args, policy)
    return typeof value === 'string' ? value : null
  }
  const type: QueueType = text('queue-type') === 'quorum' ? 'quorum' : 'classic'
  const deliveryLimit = number('delivery-limit')
  return {
    type,
    messageTtlMs: number('message-ttl'),
    expiresMs: number('expires'),
    lengthMax: number('max-length'),
    lengthBytesMax: number('max-length-bytes'),
    overflow: (text('overflow') ?? 'drop-head') as Overflow,
    deadLetterExchange: text('dead-letter-exchange'),
    deadLetterRoutingKey: text('dead-letter-routing-key'),
    priorityMax: number('max-priority') ?? 0,
    singleActiveConsumer: plainValue(args['x-single-active-consumer'] ?? false) === true,
    consumerTimeoutMs: number('consumer-timeout'),
    syncs: (text('durability') ?? 'fsync') === 'fsync',
    deduplication: deduplicationOf(args),
    retry: retrySettings((key) => lookup(key, args, policy)),
    delays: lookup('delayed-message', args, policy) === true,
    // [RMQ: -1 means unlimited]
    deliveryLimit: deliveryLimit !== null && deliveryLimit >= 0 ? deliveryLimit : null,
  }
}
