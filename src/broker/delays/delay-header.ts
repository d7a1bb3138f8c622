// The header x-delay: milliseconds that a message has to wait. A delivered copy carries it negated,
// so that it waits nowhere else [RMQ: delayed message exchange plugin].

import { contentOf } from '../../protocol/amqp/content.ts'
import {
  type FieldTable,
  type FieldValue,
  plainValue,
  TypedValue,
} from '../../protocol/amqp/field-table.ts'
import {
  PropertyFlag,
  readProperties,
  readPropertyFlags,
  replaceProperties,
} from '../../protocol/amqp/properties.ts'
import { Message } from '../message.ts'

/** The plugin's limit; what asks for more is not delayed. */
export const delayMsMax: number = 2 ** 32 - 1

/** How long the message has to wait, or 0. */
export function delayOf({ header, headerStart, headerEnd }: Message): number {
  if ((readPropertyFlags(header, headerStart) & PropertyFlag.headers) === 0) return 0
  const { headers } = readProperties(header, headerStart, headerEnd)
  return headers === undefined ? 0 : delayIn(headers)
}

export function delayIn(headers: FieldTable): number {
  const value = headers['x-delay']
  const delayMs = value === undefined ? null : toInteger(value)
  return delayMs !== null && delayMs > 0 && delayMs <= delayMsMax ? delayMs : 0
}

/** The message as it goes on when its time has come: its time to live begins now. */
export function released(message: Message, nowMs: number): Message {
  const { header, headerStart, headerEnd } = message
  const properties = readProperties(header, headerStart, headerEnd)
  const value = properties.headers?.['x-delay']
  const delayMs = value === undefined ? null : toInteger(value)
  if (delayMs === null) return message
  const negated = Number.isSafeInteger(delayMs) ? -delayMs : 0
  const headers = {
    ...properties.headers,
    'x-delay': delayMs > 2 ** 31 ? new TypedValue('l', negated) : negated,
  }
  const changed = replaceProperties(header, headerStart, headerEnd, { headers })
  return new Message(contentOf(changed, message), message.envelope, message.persistent, nowMs)
}

/** Integers of all widths, texts of digits and fractions are taken, as the plugin takes them. */
function toInteger(value: FieldValue): number | null {
  const plain = plainValue(value)
  if (typeof plain === 'number') return Math.trunc(plain)
  if (typeof plain === 'bigint') return Number(plain)
  if (typeof plain === 'string' && /^[+-]?\d+$/.test(plain)) return Number(plain)
  return null
}
