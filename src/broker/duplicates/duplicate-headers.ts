// The headers of deduplication: x-deduplication-header is the key, x-cache-ttl how long it counts
// [noxdafox/rabbitmq-message-deduplication].

import { type FieldTable, plainValue } from '../../protocol/amqp/field-table.ts'
import { PropertyFlag, readProperties, readPropertyFlags } from '../../protocol/amqp/properties.ts'
import type { Message } from '../message.ts'

/** The key of a message, or null when it has none; 1 and "1" are two keys. */
export function deduplicationKey(headers: FieldTable): string | null {
  const value = headers['x-deduplication-header']
  if (value === undefined || value === null) return null
  const plain = plainValue(value)
  if (typeof plain === 'string') return `s${plain}`
  if (typeof plain === 'object') {
    return `o${JSON.stringify(plain, (_, item) => (typeof item === 'bigint' ? String(item) : item))}`
  }
  return `n${String(plain)}`
}

export function deduplicationKeyOf({ header, headerStart, headerEnd }: Message): string | null {
  if ((readPropertyFlags(header, headerStart) & PropertyFlag.headers) === 0) return null
  const { headers } = readProperties(header, headerStart, headerEnd)
  return headers === undefined ? null : deduplicationKey(headers)
}

/** A whole number above 0, which may come as text; null for anything else. */
export function positiveInteger(value: FieldTable[string] | undefined): number | null {
  if (value === undefined) return null
  const plain = plainValue(value)
  const number = typeof plain === 'string' && /^\d+$/.test(plain) ? Number(plain) : plain
  if (typeof number === 'bigint') return number > 0n ? Number(number) : null
  return typeof number === 'number' && Number.isInteger(number) && number > 0 ? number : null
}
