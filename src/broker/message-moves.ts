// Publishes waiting messages again: to another exchange or queue, to where they came from, or to
// where they were before they died.

import { contentOf } from '../protocol/amqp/content.ts'
import { type FieldTable, type FieldValue, TypedValue } from '../protocol/amqp/field-table.ts'
import { readProperties, replaceProperties } from '../protocol/amqp/properties.ts'
import { Message } from './message.ts'
import type { QueueEntry } from './queues/entry.ts'
import { makeTarget } from './resolve-target.ts'
import type { VirtualHost } from './vhost.ts'

interface Address {
  readonly exchange: string
  readonly routingKey: string
}

export type MoveTarget = Address | 'published' | 'died'

/** Returns the entries whose message found a queue; `allow` throws where the user may not publish. */
export function moveEntries(
  vhost: VirtualHost,
  entries: readonly QueueEntry[],
  target: MoveTarget,
  allow: (exchange: string) => void,
): QueueEntry[] {
  return entries.filter((entry) => {
    const message = entry.message!
    const address = addressFor(message, target)
    const exchange = address === null ? undefined : vhost.topology.exchanges.get(address.exchange)
    if (address === null || exchange === undefined || exchange.internal) return false
    allow(address.exchange)
    const header = target === 'died' ? withoutDeaths(message) : headerOf(message)
    const place = makeTarget(vhost, exchange, address.routingKey)
    const copy = new Message(
      contentOf(header, message),
      place.envelope,
      message.persistent,
      vhost.nowMs,
    )
    return vhost.publish(place, copy) === 'routed'
  })
}

function headerOf({ header, headerStart, headerEnd }: Message): Uint8Array {
  return header.subarray(headerStart, headerEnd)
}

function headersOf({ header, headerStart, headerEnd }: Message): FieldTable {
  return readProperties(header, headerStart, headerEnd).headers ?? {}
}

function addressFor(message: Message, target: MoveTarget): Address | null {
  if (target === 'published') return message.envelope
  if (target !== 'died') return target
  const deaths = headersOf(message)['x-death']
  const oldest = Array.isArray(deaths) ? (deaths.at(-1) as FieldValue) : undefined
  if (typeof oldest !== 'object' || oldest === null || oldest instanceof TypedValue) return null
  const { exchange, 'routing-keys': keys } = oldest as FieldTable
  const [routingKey] = Array.isArray(keys) ? (keys as readonly FieldValue[]) : []
  if (typeof exchange !== 'string' || typeof routingKey !== 'string') return null
  return { exchange, routingKey }
}

/** Sent back, the message begins anew: its story is taken off. */
function withoutDeaths(message: Message): Uint8Array {
  const kept = Object.entries(headersOf(message)).filter(
    ([name]) => name !== 'x-death' && !/^x-(first|last)-death-/.test(name),
  )
  const headers: FieldTable = Object.fromEntries(kept)
  const { header, headerStart, headerEnd } = message
  return replaceProperties(header, headerStart, headerEnd, { headers })
}
