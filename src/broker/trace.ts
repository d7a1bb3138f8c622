// The firehose: a copy of every message that is published or delivered in a virtual host goes to
// amq.rabbitmq.trace while tracing is on [RMQ: firehose tracer].

import { contentOf } from '../protocol/amqp/content.ts'
import { type FieldTable, type FieldValue, TypedValue } from '../protocol/amqp/field-table.ts'
import {
  encodeHeader,
  type MessageProperties,
  readProperties,
} from '../protocol/amqp/properties.ts'
import { Message } from './message.ts'
import { makeEnvelope } from './publish-target.ts'

export const traceExchange = 'amq.rabbitmq.trace'

/** Who published or took the message. */
export interface TraceParty {
  readonly connection: string
  readonly channel: number
  readonly user: string
}

export interface TraceContext {
  readonly vhost: string
  readonly node: string
  readonly nowMs: number
}

export function tracedPublish(
  context: TraceContext,
  party: TraceParty,
  message: Message,
  routedQueues: readonly string[],
): Message {
  const key = `publish.${message.envelope.exchange}`
  return copyOf(context, message, key, {
    ...shared(context, party, message),
    routed_queues: routedQueues,
  })
}

export function tracedDelivery(
  context: TraceContext,
  party: TraceParty,
  message: Message,
  { queue, redelivered }: { readonly queue: string; readonly redelivered: boolean },
): Message {
  const headers = { ...shared(context, party, message), redelivered: redelivered ? 1 : 0 }
  return copyOf(context, message, `deliver.${queue}`, headers)
}

function shared(context: TraceContext, party: TraceParty, message: Message): FieldTable {
  const { envelope, header, headerStart, headerEnd } = message
  return {
    exchange_name: envelope.exchange,
    routing_keys: [envelope.routingKey],
    properties: propertyTable(readProperties(header, headerStart, headerEnd)),
    node: context.node,
    vhost: context.vhost,
    connection: party.connection,
    channel: party.channel,
    user: party.user,
  }
}

const tableNames: Readonly<Record<keyof MessageProperties, string>> = {
  contentType: 'content_type',
  contentEncoding: 'content_encoding',
  headers: 'headers',
  deliveryMode: 'delivery_mode',
  priority: 'priority',
  correlationId: 'correlation_id',
  replyTo: 'reply_to',
  expiration: 'expiration',
  messageId: 'message_id',
  timestamp: 'timestamp',
  type: 'type',
  userId: 'user_id',
  appId: 'app_id',
  clusterId: 'cluster_id',
}

function propertyTable(properties: MessageProperties): FieldTable {
  const table: FieldTable = {}
  for (const [name, value] of Object.entries(properties)) {
    const key = tableNames[name as keyof MessageProperties]
    table[key] = name === 'timestamp' ? new TypedValue('T', Number(value)) : (value as FieldValue)
  }
  return table
}

function copyOf(
  context: TraceContext,
  message: Message,
  key: string,
  headers: FieldTable,
): Message {
  const content = contentOf(encodeHeader(message.bodyBytes, { headers }), message)
  return new Message(content, makeEnvelope(traceExchange, key), false, context.nowMs)
}
