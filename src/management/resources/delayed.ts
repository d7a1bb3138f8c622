// Delayed messages: what waits in a virtual host, for an exchange or a queue, by pages in the order in
// which it is due, and its cancellation. RabbitMQ has no such thing.

import type { DelayFilter, ListedDelay } from '../../broker/delays/delay-store.ts'
import { propertiesToJson } from '../../broker/json-values.ts'
import type { Context } from '../context.ts'
import { badRequest, HttpError, objectNotFound } from '../errors.ts'
import type { Page, View } from '../listing.ts'
import type { Asked, Resource, Route } from '../route.ts'
import { enteredVhost, requirePermission, visibleVhost } from '../route.ts'

const pageSizeDefault = 100
const pageSizeMax = 500

const kinds = [
  ['exchanges', 'exchange'],
  ['queues', 'queue'],
] as const

export const delayed: Resource = (context) => [
  {
    method: 'GET',
    path: '/delayed/:vhost',
    access: 'management',
    summary: 'Delayed messages of a virtual host, in the order in which they are due',
    answer: (asked) => page(context, asked, { vhost: visibleVhost(context, asked).name }),
  },
  {
    method: 'DELETE',
    path: '/delayed/:vhost/:id',
    access: 'management',
    summary: 'Cancels one delayed message',
    answer: (asked) => cancelOne(context, asked),
  },
  ...kinds.flatMap(([path, kind]) => targetRoutes(context, path, kind)),
]

function targetRoutes(context: Context, path: string, kind: 'exchange' | 'queue'): Route[] {
  return [
    {
      method: 'GET',
      path: `/delayed/:vhost/${path}/:name`,
      access: 'management',
      summary: `Delayed messages of one ${kind}`,
      answer: (asked) => {
        const vhost = visibleVhost(context, asked).name
        return page(context, asked, { vhost, kind, name: asked.param('name') })
      },
    },
    {
      method: 'DELETE',
      path: `/delayed/:vhost/${path}/:name`,
      access: 'management',
      summary: `Cancels all delayed messages of one ${kind}; answers with their number`,
      answer: (asked) => cancelAll(context, asked, kind),
    },
  ]
}

function page({ core }: Context, { query }: Asked, filter: DelayFilter): Page {
  const number = wholeNumber(query.page ?? '1', 'page')
  const size = wholeNumber(query.page_size ?? String(pageSizeDefault), 'page_size')
  if (number < 1 || size < 1 || size > pageSizeMax) {
    throw new HttpError(
      400,
      'invalid_pagination_parameters',
      `Invalid pagination parameters: page number ${number}, page size ${size}`,
    )
  }
  const { store } = core.delays
  const items = store.list(filter, (number - 1) * size, size).map(view)
  const count = store.count(filter)
  return {
    filtered_count: count,
    item_count: items.length,
    items,
    page: number,
    page_count: Math.max(1, Math.ceil(count / size)),
    page_size: size,
    total_count: store.count({}),
  }
}

function wholeNumber(text: string, name: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw badRequest(`${name} must be a whole number`)
}

function view({ id, target, dueMs, addedMs, message, bodyBytes }: ListedDelay): View {
  return {
    id,
    vhost: target.vhost,
    kind: target.kind,
    name: target.name,
    due: dueMs,
    added: addedMs,
    exchange: message.envelope.exchange,
    routing_key: message.envelope.routingKey,
    properties: propertiesToJson(message),
    payload_bytes: bodyBytes,
  }
}

/** Who may take messages out of it may also see to it that they do not come. */
function cancelOne(context: Context, asked: Asked): void {
  const vhost = enteredVhost(context, asked)
  const id = Number(asked.param('id'))
  if (!Number.isSafeInteger(id)) throw objectNotFound()
  const { delays } = context.core
  const target = delays.store.find(id)
  if (target === null || target.vhost !== vhost.name) throw objectNotFound()
  requirePermission(asked, vhost, target, 'configure')
  if (!delays.cancel(id, { vhost: vhost.name })) throw objectNotFound()
}

function cancelAll(
  context: Context,
  asked: Asked,
  kind: 'exchange' | 'queue',
): Promise<{ cancelled: number }> {
  const vhost = enteredVhost(context, asked)
  const name = asked.param('name')
  requirePermission(asked, vhost, { kind, name }, 'configure')
  return new Promise((resolve) => {
    context.core.delays.cancelAll({ vhost: vhost.name, kind, name }, (cancelled) =>
      resolve({ cancelled }),
    )
  })
}
