// Reads why a message died from its `x-death` header, newest death first [RabbitMQ, dead lettering].

import type { MessageInfo } from '../api/types.ts'

export interface Death {
  readonly queue: string
  readonly reason: string
  readonly exchange: string
  readonly routingKeys: readonly string[]
  readonly count: number
  /** Milliseconds since the epoch, or null when the broker did not say. */
  readonly at: number | null
}

export function deathsOf(message: MessageInfo): readonly Death[] {
  const list = message.properties.headers?.['x-death']
  if (!Array.isArray(list)) return []
  return list.filter((entry) => typeof entry === 'object' && entry !== null).map(readDeath)
}

export interface ReasonCount {
  readonly reason: string
  readonly queue: string
  readonly count: number
}

/** How many messages came from which queue for which reason, most first. */
export function countReasons(messages: readonly MessageInfo[]): readonly ReasonCount[] {
  const counts = new Map<string, ReasonCount>()
  for (const message of messages) {
    const last = deathsOf(message)[0]
    const { reason, queue } = last ?? { reason: 'unknown', queue: '' }
    const key = JSON.stringify([reason, queue])
    counts.set(key, { reason, queue, count: (counts.get(key)?.count ?? 0) + 1 })
  }
  return [...counts.values()].sort((a, b) => b.count - a.count)
}

function readDeath(entry: Readonly<Record<string, unknown>>): Death {
  const keys = entry['routing-keys']
  return {
    queue: text(entry.queue),
    reason: text(entry.reason),
    exchange: text(entry.exchange),
    routingKeys: Array.isArray(keys) ? keys.map(text) : [],
    count: typeof entry.count === 'number' ? entry.count : 1,
    at: typeof entry.time === 'number' ? entry.time * 1000 : null,
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
