// Looks at the messages of a queue without taking them, and acts on single ones: delete, move, copy.
// Only what is in memory is looked at: the head of the queue, however long it is.

import { propertiesToJson } from '../../broker/json-values.ts'
import type { Message } from '../../broker/message.ts'
import { type MoveTarget, moveEntries } from '../../broker/message-moves.ts'
import type { QueueEntry } from '../../broker/queues/entry.ts'
import type { Queue } from '../../broker/queues/queue.ts'
import type { Context } from '../context.ts'
import { badRequest, objectNotFound } from '../errors.ts'
import type { Asked, Resource } from '../route.ts'
import { enteredVhost, queueOf, requirePermission } from '../route.ts'
import { payloadView } from '../views/payload-view.ts'

/** How many entries one request goes over. */
const lookedAtMax = 10_000
const limitMax = 200
const truncateDefault = 8192

export const browse: Resource = (context) => [
  {
    method: 'GET',
    path: '/queues/:vhost/:name/messages',
    access: 'management',
    summary: 'Looks at waiting messages without taking them: offset, limit, search, truncate',
    answer: (asked) => page(readable(context, asked), asked),
  },
  {
    method: 'GET',
    path: '/queues/:vhost/:name/messages/:key',
    access: 'management',
    summary: 'One waiting message, whole',
    answer: (asked) => {
      const queue = readable(context, asked)
      const entry = findEntries(queue, [asked.param('key')])[0]
      if (entry === undefined) throw objectNotFound()
      return entryView(entry, 0, Number.POSITIVE_INFINITY)
    },
  },
  {
    method: 'POST',
    path: '/queues/:vhost/:name/messages/actions',
    access: 'management',
    summary: 'Deletes, moves or copies single messages: action, keys, to',
    body: 'messageAction',
    answer: (asked) => act(context, asked),
  },
]

function readable(context: Context, asked: Asked): Queue {
  const vhost = enteredVhost(context, asked)
  const queue = queueOf(vhost, asked.param('name'))
  requirePermission(asked, vhost, queue, 'read')
  return queue
}

/** A number in a query, or the default; throws when it is out of bounds. */
export function countOf(given: string | undefined, byDefault: number, max: number): number {
  if (given === undefined) return byDefault
  const count = Number(given)
  if (Number.isInteger(count) && count >= 0) return Math.min(count, max)
  throw badRequest(`expected a whole number, got '${given}'`)
}

function page(queue: Queue, asked: Asked): object {
  const { query } = asked
  const offset = countOf(query.offset, 0, Number.MAX_SAFE_INTEGER)
  const limit = countOf(query.limit, 50, limitMax)
  const truncate = countOf(query.truncate, truncateDefault, Number.MAX_SAFE_INTEGER)
  const search = query.search?.toLowerCase() ?? ''
  const items: object[] = []
  let matched = 0
  let lookedAt = 0
  for (const entry of queue.waiting()) {
    if (lookedAt >= lookedAtMax) break
    lookedAt += 1
    if (entry.message === null || !mentions(entry.message, search)) continue
    matched += 1
    if (matched > offset && items.length < limit) {
      items.push(entryView(entry, lookedAt - 1, truncate))
    }
  }
  return { items, offset, limit, matched, looked_at: lookedAt, messages_ready: queue.readyCount }
}

/** Whether the text stands in the key, the exchange, the headers or the body. */
function mentions(message: Message, search: string): boolean {
  if (search === '') return true
  const { exchange, routingKey } = message.envelope
  if (`${exchange}\n${routingKey}`.toLowerCase().includes(search)) return true
  const body = Buffer.from(message.body.subarray(message.bodyStart, message.bodyEnd))
  if (body.toString('utf8').toLowerCase().includes(search)) return true
  return JSON.stringify(propertiesToJson(message)).toLowerCase().includes(search)
}

/** Names the entry's place in its queue: a lane and a sequence, which never comes again. */
const keyOf = (entry: QueueEntry): string => `${entry.lane}-${entry.sequence}`

function entryView(entry: QueueEntry, index: number, truncate: number): object {
  const message = entry.message!
  return {
    key: keyOf(entry),
    index,
    exchange: message.envelope.exchange,
    routing_key: message.envelope.routingKey,
    redelivered: entry.redelivered,
    delivery_count: entry.deliveryCount,
    published_at: message.publishedAtMs,
    properties: propertiesToJson(message),
    ...payloadView(message, { truncate, asBase64: false }),
    truncated: message.bodyBytes > truncate,
  }
}

function findEntries(queue: Queue, keys: readonly string[]): QueueEntry[] {
  const wanted = new Set(keys)
  const found: QueueEntry[] = []
  for (const entry of queue.waiting()) {
    if (found.length === wanted.size) break
    if (entry.message !== null && wanted.has(keyOf(entry))) found.push(entry)
  }
  return found
}

function act(context: Context, asked: Asked): object {
  const vhost = enteredVhost(context, asked)
  const queue = readable(context, asked)
  const keys = (asked.body.keys as unknown[]).map(String)
  const entries = findEntries(queue, keys)
  const missing = keys.length - entries.length
  const action = String(asked.body.action)
  if (action === 'delete') {
    const done = queue.discard(new Set(entries))
    return { done, missing: keys.length - done, unroutable: 0 }
  }
  if (action !== 'move' && action !== 'copy') throw badRequest(`unknown action: ${action}`)
  const target = moveTarget(asked.body.to)
  const allow = (exchange: string): void =>
    requirePermission(asked, vhost, { kind: 'exchange', name: exchange }, 'write')
  const published = moveEntries(vhost, entries, target, allow)
  if (action === 'move') queue.discard(new Set(published))
  return { done: published.length, missing, unroutable: entries.length - published.length }
}

function moveTarget(given: unknown): MoveTarget {
  if (given === 'published' || given === 'died') return given
  if (
    typeof given === 'object' &&
    given !== null &&
    'exchange' in given &&
    'routing_key' in given
  ) {
    return { exchange: String(given.exchange), routingKey: String(given.routing_key) }
  }
  throw badRequest('to must be "published", "died" or an exchange with a routing_key')
}
