// Exchanges: listing, declaring, deleting.

import type { Exchange } from '../../broker/exchanges/exchange.ts'
import { tableFromJson } from '../../broker/json-values.ts'
import { checkReservedName } from '../../broker/topology.ts'
import type { VirtualHost } from '../../broker/vhost.ts'
import type { Context } from '../context.ts'
import { notAuthorised, objectNotFound } from '../errors.ts'
import { answerList, pickColumns } from '../listing.ts'
import type { Asked, Body, Resource, Route } from '../route.ts'
import {
  answerPut,
  enteredVhost,
  flagField,
  requirePermission,
  textField,
  visibleVhost,
  visibleVhosts,
} from '../route.ts'
import { spansOf } from '../statistics/details.ts'
import {
  bindingView,
  defaultBindingView,
  defaultExchangeName,
  exchangeView,
  listedExchange,
} from '../views/messaging-views.ts'

export const exchanges: Resource = (context) => [
  ...listRoutes(context),
  ...bindingRoutes(context),
  ...changeRoutes(context),
]

function listRoutes(context: Context): Route[] {
  return [
    ...(['/exchanges', '/exchanges/:vhost'] as const).map(
      (path): Route => ({
        method: 'GET',
        path,
        access: 'management',
        summary: 'Exchanges',
        answer: (asked) => {
          const all = visibleVhosts(context, asked).flatMap((vhost) =>
            [...vhost.topology.exchanges.values()].map((object) => ({ vhost, object })),
          )
          return answerList(asked.query, all, listedExchange(context, spansOf(asked.query)))
        },
      }),
    ),
    {
      method: 'GET',
      path: '/exchanges/:vhost/:name',
      access: 'management',
      summary: 'One exchange',
      answer: (asked) => {
        const vhost = visibleVhost(context, asked)
        const exchange = exchangeOf(vhost, asked.param('name'))
        const view = exchangeView(context, { vhost, object: exchange }, spansOf(asked.query))
        return pickColumns(
          { ...view, incoming: [], outgoing: [] },
          asked.query.columns?.split(',') ?? [],
        )
      },
    },
  ]
}

function bindingRoutes(context: Context): Route[] {
  return [
    {
      method: 'GET',
      path: '/exchanges/:vhost/:name/bindings/source',
      access: 'management',
      summary: 'The bindings that leave an exchange',
      answer: (asked) => {
        const vhost = visibleVhost(context, asked)
        const exchange = exchangeOf(vhost, asked.param('name'))
        return bindingsFrom(vhost, exchange)
      },
    },
    {
      method: 'GET',
      path: '/exchanges/:vhost/:name/bindings/destination',
      access: 'management',
      summary: 'The bindings that lead to an exchange',
      answer: (asked) => {
        const vhost = visibleVhost(context, asked)
        const exchange = exchangeOf(vhost, asked.param('name'))
        const bindings = vhost.topology.bindingsTo(exchange)
        return bindings.map((binding) => bindingView(vhost, binding))
      },
    },
  ]
}

function bindingsFrom(vhost: VirtualHost, exchange: Exchange): object[] {
  if (exchange.name === '') {
    return [...vhost.topology.queues.values()].map((queue) => defaultBindingView(vhost, queue))
  }
  return [...exchange.bindings.values()].map((binding) => bindingView(vhost, binding))
}

function changeRoutes(context: Context): Route[] {
  return [
    {
      method: 'PUT',
      path: '/exchanges/:vhost/:name',
      access: 'management',
      summary: 'Declares an exchange: type, durable, auto_delete, internal, arguments',
      body: 'exchange',
      answer: (asked) => {
        const vhost = enteredVhost(context, asked)
        const name = realName(asked.param('name'))
        if (name === '') throw notAuthorised('Access refused.')
        const isNew = !vhost.topology.exchanges.has(name)
        requirePermission(asked, vhost, { kind: 'exchange', name }, 'configure')
        if (isNew) checkReservedName('exchange', name)
        declareExchange(vhost, name, asked.body)
        answerPut(asked, isNew)
      },
    },
    {
      method: 'DELETE',
      path: '/exchanges/:vhost/:name',
      access: 'management',
      summary: 'Deletes an exchange, with ?if-unused=true only then',
      answer: (asked) => {
        const vhost = enteredVhost(context, asked)
        const exchange = deletableExchange(vhost, asked)
        vhost.topology.deleteExchange(exchange, asked.query['if-unused'] === 'true')
      },
    },
  ]
}

function deletableExchange(vhost: VirtualHost, asked: Asked): Exchange {
  const exchange = exchangeOf(vhost, asked.param('name'))
  if (exchange.name === '' || exchange.name.startsWith('amq.')) {
    throw notAuthorised('Access refused.')
  }
  requirePermission(asked, vhost, exchange, 'configure')
  return exchange
}

const realName = (name: string): string => (name === defaultExchangeName ? '' : name)

export function exchangeOf(vhost: VirtualHost, name: string): Exchange {
  const exchange = vhost.topology.exchanges.get(realName(name))
  if (exchange === undefined) throw objectNotFound()
  return exchange
}

/** Also what an import of definitions does with each exchange. */
export function declareExchange(vhost: VirtualHost, name: string, body: Body): void {
  vhost.topology.declareExchange({
    name,
    type: textField(body, 'type') ?? 'direct',
    durable: flagField(body, 'durable', false),
    autoDelete: flagField(body, 'auto_delete', false),
    internal: flagField(body, 'internal', false),
    arguments: tableFromJson(body.arguments),
  })
}
