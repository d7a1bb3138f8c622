// The header x-delivery-count: how often a message has come back, shown to consumers of queues that
// count it [RMQ: quorum queues, poison message handling].

import { TypedValue } from '../protocol/amqp/field-table.ts'
import { readProperties, replaceProperties } from '../protocol/amqp/properties.ts'
import type { Message } from './message.ts'
import type { QueueEntry } from './queues/entry.ts'
import type { Queue } from './queues/queue.ts'

/** The message to deliver for an entry: the same, or a copy with its delivery count. */
export function withDeliveryCount(queue: Queue, entry: QueueEntry): Message {
  const message = entry.message!
  const { type, deliveryLimit, retry } = queue.settings
  const counts = type === 'quorum' || deliveryLimit !== null || retry !== null
  if (entry.deliveryCount === 0 || !counts) return message
  const { headers } = readProperties(message.header, message.headerStart, message.headerEnd)
  const count = new TypedValue('l', entry.deliveryCount)
  const header = replaceProperties(message.header, message.headerStart, message.headerEnd, {
    headers: { ...headers, 'x-delivery-count': count },
  })
  return message.withHeader(header)
}
