// What became of messages that nobody got: a bounded list per virtual host, so that "where did my
// message go" has an answer. Drops of one kind that follow each other are one line that counts.

import { Recent } from '../base/recent.ts'
import type { Message } from './message.ts'
import type { DeathReason } from './queues/queue.ts'

export interface Drop {
  atMs: number
  readonly reason: DeathReason | 'unroutable'
  readonly exchange: string
  readonly routingKey: string
  /** The queue in which it died; null when it never was in one. */
  readonly queue: string | null
  /** Where it went instead of being lost; null: nowhere. */
  readonly deadLetterExchange: string | null
  readonly bodyBytes: number
  count: number
}

const dropsMax = 1000

export interface DropPlace {
  readonly queue: string | null
  readonly deadLetterExchange: string | null
}

const nowhere: DropPlace = { queue: null, deadLetterExchange: null }

export class Drops {
  readonly recent: Recent<Drop> = new Recent(dropsMax)

  add(reason: Drop['reason'], message: Message, nowMs: number, place: DropPlace = nowhere): void {
    const { exchange, routingKey } = message.envelope
    const { last } = this.recent
    if (
      last !== undefined &&
      last.reason === reason &&
      last.queue === place.queue &&
      last.deadLetterExchange === place.deadLetterExchange &&
      last.exchange === exchange &&
      last.routingKey === routingKey
    ) {
      last.count += 1
      last.atMs = nowMs
      return
    }
    const { bodyBytes } = message
    this.recent.add({ atMs: nowMs, reason, exchange, routingKey, ...place, bodyBytes, count: 1 })
  }
}
