// What becomes of a message that dies in a queue: the headers x-death and x-first/last-death-* that
// tell its story, as RabbitMQ writes them (rabbit_dead_letter), and the keys it is published with.

import {
  type FieldTable,
  type FieldValue,
  plainValue,
  TypedValue,
} from '../protocol/amqp/field-table.ts'
import {
  type MessageProperties,
  readProperties,
  replaceProperties,
} from '../protocol/amqp/properties.ts'
import type { Message } from './message.ts'
import type { DeathReason, Queue } from './queues/queue.ts'

export interface Death {
  /** The content header with the story added. */
  readonly header: Buffer
  readonly routingKeys: readonly string[]
  /** Queues in which the message may not die again without having been rejected: a cycle. */
  readonly automaticCycle: (queueName: string) => boolean
}

export function describeDeath(
  queue: Queue,
  message: Message,
  reason: DeathReason,
  nowMs: number,
): Death {
  const { header, headerStart, headerEnd, envelope } = message
  const properties = readProperties(header, headerStart, headerEnd)
  const before = properties.headers ?? {}
  const keys = [envelope.routingKey, ...textArray(before.CC)]
  const replacement = queue.settings.deadLetterRoutingKey
  const deaths = addDeath(deathsIn(before), {
    count: new TypedValue('l', 1),
    reason,
    queue: queue.name,
    time: new TypedValue('T', Math.floor(nowMs / 1000)),
    exchange: envelope.exchange,
    'routing-keys': keys,
    ...originalExpiration(properties),
  })
  const headers: FieldTable = { ...before, 'x-death': deaths }
  if (replacement !== null) delete headers.CC
  for (const [name, value] of lastingHeaders(queue, message, reason)) {
    if (headers[`x-first-death-${name}`] === undefined) headers[`x-first-death-${name}`] = value
    headers[`x-last-death-${name}`] = value
  }
  const changed = replaceProperties(header, headerStart, headerEnd, {
    headers,
    expiration: undefined,
  })
  return {
    header: changed,
    routingKeys: replacement === null ? keys : [replacement],
    automaticCycle: (name) => reason !== 'rejected' && isAutomaticCycle(deaths, name),
  }
}

function lastingHeaders(queue: Queue, message: Message, reason: DeathReason): [string, string][] {
  return [
    ['queue', queue.name],
    ['reason', reason],
    ['exchange', message.envelope.exchange],
  ]
}

function originalExpiration({ expiration }: MessageProperties): FieldTable {
  return expiration === undefined ? {} : { 'original-expiration': expiration }
}

export function textArray(value: FieldValue | undefined): string[] {
  if (!Array.isArray(value)) return []
  return (value as readonly FieldValue[]).filter((item) => typeof item === 'string')
}

function deathsIn(headers: FieldTable): FieldTable[] {
  const deaths = headers['x-death']
  if (!Array.isArray(deaths)) return []
  return (deaths as readonly FieldValue[]).filter(isTable)
}

function isTable(value: FieldValue): value is FieldTable {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof TypedValue)
  )
}

/** Deaths of one queue and reason are one record that counts; the latest comes first. */
function addDeath(deaths: readonly FieldTable[], death: FieldTable): FieldTable[] {
  const same = deaths.find((d) => d.queue === death.queue && d.reason === death.reason)
  if (same === undefined) return [death, ...deaths]
  const count = Number(plainValue(same.count ?? 0)) + 1
  const merged = { ...same, count: new TypedValue('l', count) }
  return [merged, ...deaths.filter((d) => d !== same)]
}

/** Back in a queue where it has died, with no rejection since: nobody would ever end that. */
function isAutomaticCycle(deaths: readonly FieldTable[], queueName: string): boolean {
  const index = deaths.findIndex((death) => death.queue === queueName)
  if (index < 0) return false
  return deaths.slice(0, index + 1).every((death) => death.reason !== 'rejected')
}
