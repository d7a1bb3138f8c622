// Where a channel publishes to, worked out once and kept while nothing that it depends on changes:
// the permission to write, the exchange, the route, and the bytes that go into each delivery.

import { encodeShortString } from '../protocol/amqp/strings.ts'
import type { Exchange } from './exchanges/exchange.ts'
import type { Envelope } from './message.ts'
import type { Queue } from './queues/queue.ts'

export interface PublishTarget {
  readonly exchange: Exchange
  readonly envelope: Envelope
  /** Null when the route depends on the message's headers. */
  readonly queues: readonly Queue[] | null
  /** Null, or the opaque part of a direct reply-to address. */
  readonly replyToken: string | null
  readonly topologyVersion: number
  readonly accessVersion: number
}

/** Prefix of the addresses that direct reply-to gives out [RMQ: direct reply-to]. */
export const replyPrefix = 'amq.rabbitmq.reply-to.'

export function makeEnvelope(exchange: string, routingKey: string): Envelope {
  const head = encodeShortString(exchange)
  const tail = encodeShortString(routingKey)
  // Not from the pool of small buffers, of which each kept target would keep 64 KiB alive.
  const encoded = Buffer.allocUnsafeSlow(head.length + tail.length)
  head.copy(encoded)
  tail.copy(encoded, head.length)
  return { exchange, routingKey, encoded }
}
