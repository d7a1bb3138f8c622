// Messages through the API: publishing to an exchange, getting from a queue. For looking at things and
// for tests; a client that means it speaks AMQP.

import { headerFromJson, propertiesToJson } from '../../broker/json-values.ts'
import { Message } from '../../broker/message.ts'
import { checkExpiration } from '../../broker/publish-checks.ts'
import type { QueueEntry } from '../../broker/queues/entry.ts'
import type { Queue } from '../../broker/queues/queue.ts'
import { makeTarget } from '../../broker/resolve-target.ts'
import type { VirtualHost } from '../../broker/vhost.ts'
import type { Context } from '../context.ts'
import { badRequest, notAuthorised, requireKeys } from '../errors.ts'
import type { Asked, Body, Resource } from '../route.ts'
import { enteredVhost, queueOf, requirePermission } from '../route.ts'
import { defaultExchangeName } from '../views/messaging-views.ts'
import { payloadView } from '../views/payload-view.ts'

/** What one request may take out of a queue; it is all held in memory at once. */
const getCountMax = 10_000
const persistentMode = 2

export const messages: Resource = (context) => [
  {
    method: 'POST',
    path: '/exchanges/:vhost/:name/publish',
    access: 'management',
    summary: 'Publishes a message: properties, routing_key, payload, payload_encoding',
    body: 'publish',
    answer: (asked) => {
      const given = asked.param('name')
      const name = given === defaultExchangeName ? '' : given
      const vhost = enteredVhost(context, asked)
      requireKeys(asked.body, ['properties', 'routing_key', 'payload', 'payload_encoding'])
      const exchange = vhost.topology.exchanges.get(name)
      if (exchange === undefined) {
        throw badRequest(`404 NOT_FOUND - no exchange '${name}' in vhost '${vhost.name}'`)
      }
      requirePermission(asked, vhost, exchange, 'write')
      if (exchange.internal) throw notAuthorised('Access refused.')
      return { routed: publish(context, asked, vhost, name) }
    },
  },
  {
    method: 'POST',
    path: '/queues/:vhost/:name/get',
    access: 'management',
    summary: 'Gets messages: count, ackmode, encoding, truncate',
    body: 'get',
    answer: async (asked) => {
      const vhost = enteredVhost(context, asked)
      requireKeys(asked.body, ['count', 'ackmode', 'encoding'])
      const queue = queueOf(vhost, asked.param('name'))
      requirePermission(asked, vhost, queue, 'read')
      return getMessages(context, queue, asked.body)
    },
  },
]

function publish(
  context: Context,
  asked: Asked,
  vhost: VirtualHost,
  exchangeName: string,
): boolean {
  const { body } = asked
  const payload = payloadOf(body)
  const properties = body.properties
  const { expiration, user_id: userId } = propertiesOf(properties)
  if (expiration !== undefined) checkExpiration(String(expiration))
  if (userId !== undefined && userId !== asked.identity.name && !asked.identity.isOwner) {
    throw badRequest(
      `user_id property set to '${userId}' but authenticated user was '${asked.identity.name}'`,
    )
  }
  const routingKey = String(body.routing_key)
  const exchange = vhost.topology.exchange(exchangeName)
  if (exchange.type.name === 'topic' && !asked.identity.isOwner) {
    const topic = { exchange: exchange.name, routingKey }
    vhost.access.checkTopic(asked.identity.name, vhost.name, topic, 'write')
  }
  const header = headerFromJson(properties, payload.length)
  const content = {
    header,
    headerStart: 0,
    headerEnd: header.length,
    body: payload,
    bodyStart: 0,
    bodyEnd: payload.length,
  }
  const target = makeTarget(vhost, exchange, routingKey)
  const persistent = Number(propertiesOf(properties).delivery_mode) === persistentMode
  const message = new Message(content, target.envelope, persistent, context.core.nowMs)
  const outcome = vhost.publish(target, message)
  if (outcome === 'unroutable') context.core.counters.unroutableReturned += 1
  return outcome === 'routed'
}

function propertiesOf(value: unknown): Body {
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value))
    : {}
}

function payloadOf(body: Body): Buffer {
  const payload = String(body.payload)
  if (body.payload_encoding === 'string') return Buffer.from(payload, 'utf8')
  if (body.payload_encoding !== 'base64') {
    throw badRequest('payload_encoding must be string or base64')
  }
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(payload)) throw badRequest('payload is not base64')
  return Buffer.from(payload, 'base64')
}

type AckMode = 'ack' | 'requeue' | 'reject'
const ackModes: Readonly<Record<string, AckMode>> = {
  ack_requeue_true: 'requeue',
  reject_requeue_true: 'requeue',
  ack_requeue_false: 'ack',
  reject_requeue_false: 'reject',
}

async function getMessages(context: Context, queue: Queue, body: Body): Promise<object[]> {
  const mode = ackModes[String(body.ackmode)]
  if (mode === undefined) throw badRequest(`unknown ackmode: ${String(body.ackmode)}`)
  const count = Number(body.count)
  if (!Number.isInteger(count) || count < 0 || count > getCountMax) {
    throw badRequest(`count must be a whole number up to ${getCountMax}`)
  }
  const encoding = String(body.encoding)
  if (!['auto', 'base64'].includes(encoding)) throw badRequest(`unknown encoding: ${encoding}`)
  const truncate = body.truncate === undefined ? Number.POSITIVE_INFINITY : Number(body.truncate)
  const taken: QueueEntry[] = []
  const shown: object[] = []
  try {
    while (taken.length < count) {
      const entry = await take(context, queue)
      if (entry === null) break
      taken.push(entry)
      shown.push(messageView(queue, entry, encoding === 'base64', truncate))
    }
  } finally {
    settle(queue, taken, mode)
  }
  if (mode === 'ack') queue.statistics.gotNoAck += taken.length
  else queue.statistics.got += taken.length
  if (taken.length === 0) queue.statistics.gotEmpty += 1
  return shown
}

/** The message may have to be read back from disk, which takes turns of its own. */
function take(context: Context, queue: Queue): Promise<QueueEntry | null> {
  return new Promise((resolve) => {
    queue.get(resolve)
    context.core.requestTurn()
  })
}

function settle(queue: Queue, entries: readonly QueueEntry[], mode: AckMode): void {
  if (mode === 'requeue') {
    if (entries.length > 0) queue.requeue(entries)
    return
  }
  for (const entry of entries) {
    if (mode === 'ack') queue.settle(entry)
    else queue.reject(entry)
  }
}

function messageView(queue: Queue, entry: QueueEntry, asBase64: boolean, truncate: number): object {
  const message = entry.message!
  return {
    redelivered: entry.redelivered,
    exchange: message.envelope.exchange,
    routing_key: message.envelope.routingKey,
    message_count: queue.readyCount,
    properties: propertiesToJson(message),
    ...payloadView(message, { truncate, asBase64 }),
  }
}
