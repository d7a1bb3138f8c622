// Checks the arguments of queue.declare, with RabbitMQ's texts (rabbit_amqqueue:check_declare_arguments).

import {
  type FieldTable,
  type FieldValue,
  plainValue,
  tableValueTypeName,
} from '../../protocol/amqp/field-table.ts'
import { preconditionFailed } from '../errors.ts'
import { findRetryFault } from './retry.ts'

/** Returns the Erlang term that RabbitMQ prints as the reason, or null when the value is fine. */
type Check = (value: FieldValue, args: FieldTable) => string | null

/** Ten years, the longest time to live that RabbitMQ takes (rabbit_misc:check_expiry). */
export const ttlMsMax = 315_360_000_000

const integerTypes = new Set([
  'byte',
  'short',
  'signedint',
  'long',
  'unsignedbyte',
  'unsignedshort',
  'unsignedint',
])

function integer(value: FieldValue): number | null {
  return integerTypes.has(tableValueTypeName(value)) ? Number(plainValue(value)) : null
}

const unacceptable = (value: FieldValue): string =>
  `{unacceptable_type,${tableValueTypeName(value)}}`

const notNegative: Check = (value) => {
  const number = integer(value)
  if (number === null) return `"expected integer, got ${tableValueTypeName(value)}"`
  return number < 0 ? `{value_negative,${number}}` : null
}

const ttl: Check = (value) => {
  const number = integer(value)
  if (number !== null && number > ttlMsMax) return `{value_too_large,${number}}`
  return notNegative(value, {})
}

const expires: Check = (value) => (integer(value) === 0 ? '{value_zero,0}' : ttl(value, {}))

const positive: Check = (value) =>
  integer(value) === 0 ? '{value_zero,0}' : notNegative(value, {})

const deliveryLimit: Check = (value) => (integer(value) === -1 ? null : notNegative(value, {}))

const longstr: Check = (value) =>
  tableValueTypeName(value) === 'longstr' ? null : unacceptable(value)

const bool: Check = (value) => (tableValueTypeName(value) === 'bool' ? null : unacceptable(value))

const oneOf =
  (words: readonly string[], reason: string): Check =>
  (value) =>
    longstr(value, {}) ?? (words.includes(String(plainValue(value))) ? null : reason)

const maxPriority: Check = (value) => {
  const number = integer(value)
  if (number !== null && number > 255) return `{max_value_exceeded,${number}}`
  return notNegative(value, {})
}

const deadLetterRoutingKey: Check = (value, args) =>
  longstr(value, {}) ??
  (args['x-dead-letter-exchange'] === undefined ? 'routing_key_but_no_dlx_defined' : null)

const queueType: Check = (value) => {
  const type = String(plainValue(value))
  if (longstr(value, {}) !== null) return unacceptable(value)
  if (type === 'stream') return `"queue type 'stream' is not available yet"`
  return ['classic', 'quorum'].includes(type) ? null : `"unsupported queue type '${type}'"`
}

const queueMode: Check = (value) => {
  const mode = String(plainValue(value))
  return ['default', 'lazy'].includes(mode) ? null : `"unsupported queue mode '${mode}'"`
}

const checks: Readonly<Record<string, Check>> = {
  'x-expires': expires,
  'x-message-ttl': ttl,
  'x-dead-letter-exchange': longstr,
  'x-dead-letter-routing-key': deadLetterRoutingKey,
  'x-dead-letter-strategy': oneOf(['at-most-once', 'at-least-once'], 'invalid_dlx_strategy'),
  'x-max-length': notNegative,
  'x-max-length-bytes': notNegative,
  'x-max-priority': maxPriority,
  'x-overflow': oneOf(['drop-head', 'reject-publish', 'reject-publish-dlx'], 'invalid_overflow'),
  'x-queue-mode': queueMode,
  'x-single-active-consumer': bool,
  'x-queue-type': queueType,
  'x-delivery-limit': deliveryLimit,
  'x-consumer-timeout': notNegative,
  'x-delayed-message': bool,
  'x-delayed-retry-type': (value, args) =>
    oneOf(['disabled', 'all', 'failed', 'returned'], 'invalid_delayed_retry_type')(value, args) ??
    findRetryFault(args),
  'x-delayed-retry-min': positive,
  'x-delayed-retry-max': positive,
  'x-delayed-retry-multiplier': positive,
  'x-message-deduplication': bool,
  'x-cache-size': positive,
  'x-cache-ttl': positive,
  'x-durability': oneOf(['fsync', 'write', 'none'], 'invalid_durability'),
}

export function checkQueueArguments(args: FieldTable, resource: string): void {
  for (const [key, value] of Object.entries(args)) {
    const reason = checks[key]?.(value, args) ?? null
    if (reason !== null) {
      throw preconditionFailed(`invalid arg '${key}' for ${resource}: ${reason}`)
    }
  }
}

/** Arguments that RabbitMQ compares when a queue is declared again. */
const comparedKeys = Object.keys(checks).filter((key) => key !== 'x-queue-mode')

/** Whether the value is of one of AMQP's integer types. */
export const isInteger = (value: FieldValue): boolean => integerTypes.has(tableValueTypeName(value))

function same(a: FieldValue, b: FieldValue): boolean {
  if (isInteger(a) && isInteger(b)) return Number(plainValue(a)) === Number(plainValue(b))
  return tableValueTypeName(a) === tableValueTypeName(b) && plainValue(a) === plainValue(b)
}

function described(value: FieldValue): string {
  return `the value '${String(plainValue(value))}' of type '${tableValueTypeName(value)}'`
}

/** Throws PRECONDITION_FAILED when an argument differs from that of the first declaration. */
export function assertSameArguments(
  current: FieldTable,
  received: FieldTable,
  resource: string,
  keys: readonly string[] = comparedKeys,
): void {
  for (const key of keys) {
    const now = received[key]
    const before = current[key]
    if (now === undefined && before === undefined) continue
    // No type is the default type.
    if (key === 'x-queue-type' && (now ?? before) === 'classic' && (before ?? now) === 'classic')
      continue
    const text = `inequivalent arg '${key}' for ${resource}: `
    if (now === undefined) {
      throw preconditionFailed(`${text}received none but current is ${described(before!)}`)
    }
    if (before === undefined) {
      throw preconditionFailed(`${text}received ${described(now)} but current is none`)
    }
    if (!same(now, before)) {
      const values = `received '${String(plainValue(now))}' but current is '${String(plainValue(before))}'`
      throw preconditionFailed(text + values)
    }
  }
}

/** Throws PRECONDITION_FAILED when a flag or type differs from that of the first declaration. */
export function assertSameFlag(
  name: string,
  received: boolean | string,
  current: boolean | string,
  resource: string,
): void {
  if (received === current) return
  throw preconditionFailed(
    `inequivalent arg '${name}' for ${resource}: received '${received}' but current is '${current}'`,
  )
}
