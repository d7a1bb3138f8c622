// What follows messages through the broker for distributed traces, as a port: the broker tells, and
// src/telemetry keeps and sends. Without one, a message's way costs three comparisons with null.

import type { Message } from './message.ts'
import type { TraceParty } from './trace.ts'

export interface SpanParty extends TraceParty {
  readonly vhost: string
}

export interface PublishSpan {
  /** The message to go on with: it may have got a trace context. */
  readonly message: Message
  /** `routed`, `unroutable`, `refused`, `delayed`, `repeated`. */
  end(outcome: string): void
}

export interface DeliveryPlace {
  readonly queue: string
  readonly redelivered: boolean
  readonly deliveryTag: number
}

export interface MessageSpans {
  /** A message is about to be routed; null when it is not traced. */
  publish(message: Message, party: SpanParty): PublishSpan | null
  /** A message goes out; `delivery` is what will be settled, or null where nothing will. */
  deliver(message: Message, party: SpanParty, place: DeliveryPlace, delivery: WeakKey | null): void
  /** `ack`, `reject`, `requeue`, `return`: what becomes of what was delivered. */
  settle(delivery: WeakKey, settlement: string): void
}
