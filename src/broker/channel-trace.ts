// What a channel tells those who watch it: the firehose [RMQ: firehose tracer], and spans.

import type { ChannelOwner } from './channel-owner.ts'
import type { Delivery } from './delivery.ts'
import type { Message } from './message.ts'
import type { SpanParty } from './message-spans.ts'
import type { PublishTarget } from './publish-target.ts'
import type { QueueEntry } from './queues/entry.ts'
import type { Queue } from './queues/queue.ts'
import { type TraceContext, tracedDelivery, tracedPublish, traceExchange } from './trace.ts'

/** A channel, as far as it is told of. */
interface Watched {
  readonly number: number
  readonly connection: ChannelOwner
}

export function tracePublish(channel: Watched, target: PublishTarget, message: Message): void {
  const { vhost } = channel.connection
  const routed = vhost.routedQueues(target, message)
  vhost.publishInternal(tracedPublish(contextOf(channel), partyOf(channel), message, routed))
}

export function traceDelivery(channel: Watched, queue: Queue, entry: QueueEntry): void {
  // A trace of the traces would never end.
  if (entry.message!.envelope.exchange === traceExchange) return
  const place = { queue: queue.name, redelivered: entry.redelivered }
  const copy = tracedDelivery(contextOf(channel), partyOf(channel), entry.message!, place)
  channel.connection.vhost.publishInternal(copy)
}

/** `delivery`: null if it needs no acknowledgement. */
export function spanDelivery(
  channel: Watched,
  queue: Queue,
  { entry, tag, delivery }: { entry: QueueEntry; tag: number; delivery: Delivery | null },
): void {
  const { redelivered, message } = entry
  const place = { queue: queue.name, redelivered, deliveryTag: tag }
  channel.connection.vhost.spans!.deliver(message!, partyOf(channel), place, delivery)
}

export function partyOf({ connection, number }: Watched): SpanParty {
  const { name, user, vhost } = connection
  return { connection: name, channel: number, user, vhost: vhost.name }
}

function contextOf({ connection }: Watched): TraceContext {
  const { vhost } = connection
  return { vhost: vhost.name, node: vhost.nodeName, nowMs: vhost.nowMs }
}
