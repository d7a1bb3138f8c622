// Bindings: from exchanges to queues (e/…/q/…) and to other exchanges (e/…/e/…).

import type { Binding, Destination } from '../../broker/exchanges/binding.ts'
import { tableFromJson, tableToJson } from '../../broker/json-values.ts'
import type { VirtualHost } from '../../broker/vhost.ts'
import type { Context } from '../context.ts'
import { notAuthorised, objectNotFound } from '../errors.ts'
import type { View } from '../listing.ts'
import { answerList } from '../listing.ts'
import type { Asked, Body, Resource, Route } from '../route.ts'
import {
  enteredVhost,
  queueOf,
  requirePermission,
  textField,
  visibleVhost,
  visibleVhosts,
} from '../route.ts'
import { bindingView, defaultBindingView } from '../views/messaging-views.ts'
import { propertiesKey } from '../views/properties-key.ts'
import { exchangeOf } from './exchanges.ts'

export const bindings: Resource = (context) => [
  ...listRoutes(context),
  ...pairRoutes(context, 'q'),
  ...pairRoutes(context, 'e'),
]

function listRoutes(context: Context): Route[] {
  return (['/bindings', '/bindings/:vhost'] as const).map((path) => ({
    method: 'GET',
    path,
    access: 'management',
    summary: 'Bindings',
    answer: (asked) =>
      answerList(asked.query, visibleVhosts(context, asked).flatMap(bindingsOf), {
        name: (view) => `${String(view.source)}\0${String(view.destination)}`,
        view: (view) => view,
      }),
  }))
}

function bindingsOf(vhost: VirtualHost): View[] {
  const { queues, exchanges } = vhost.topology
  return [
    ...[...queues.values()].map((queue) => defaultBindingView(vhost, queue)),
    ...[...exchanges.values()].flatMap((exchange) =>
      [...exchange.bindings.values()].map((binding) => bindingView(vhost, binding)),
    ),
  ]
}

/** The routes of one exchange and one destination: `q` for queues, `e` for exchanges. */
function pairRoutes(context: Context, kind: 'q' | 'e'): Route[] {
  const path = `/bindings/:vhost/e/:source/${kind}/:destination`
  const destinationOf = (vhost: VirtualHost, asked: Asked): Destination =>
    kind === 'q'
      ? queueOf(vhost, asked.param('destination'))
      : exchangeOf(vhost, asked.param('destination'))
  const between = (vhost: VirtualHost, asked: Asked): readonly Binding[] => {
    const source = exchangeOf(vhost, asked.param('source')).name
    return vhost.topology
      .bindingsTo(destinationOf(vhost, asked))
      .filter((binding) => binding.source === source)
  }
  const viewsBetween = (vhost: VirtualHost, asked: Asked): View[] => {
    const isDefault = exchangeOf(vhost, asked.param('source')).name === ''
    if (isDefault && kind === 'q') {
      return [defaultBindingView(vhost, queueOf(vhost, asked.param('destination')))]
    }
    return between(vhost, asked).map((binding) => bindingView(vhost, binding))
  }
  return [
    {
      method: 'GET',
      path,
      access: 'management',
      summary: 'The bindings between the two',
      answer: (asked) => viewsBetween(visibleVhost(context, asked), asked),
    },
    {
      method: 'POST',
      path,
      access: 'management',
      summary: 'Binds: routing_key, arguments',
      body: 'binding',
      answer: (asked) => post(context, asked, kind),
    },
    {
      method: 'GET',
      path: `${path}/:key`,
      access: 'management',
      summary: 'One binding, by its properties_key',
      answer: (asked) => {
        const views = viewsBetween(visibleVhost(context, asked), asked)
        const found = views.find((view) => sameKey(view, asked.param('key')))
        if (found === undefined) throw objectNotFound()
        return found
      },
    },
    {
      method: 'DELETE',
      path: `${path}/:key`,
      access: 'management',
      summary: 'Unbinds',
      answer: (asked) => {
        const vhost = enteredVhost(context, asked)
        const found = between(vhost, asked).find((binding) =>
          sameKey(bindingView(vhost, binding), asked.param('key')),
        )
        if (found === undefined) throw objectNotFound()
        requireBindingPermission(asked, vhost, found.source, found.destination)
        vhost.topology.unbind(found)
      },
    },
  ]
}

function post(context: Context, asked: Asked, kind: 'q' | 'e'): void {
  const vhost = enteredVhost(context, asked)
  const source = asked.param('source')
  const destination = {
    kind: kind === 'q' ? ('queue' as const) : ('exchange' as const),
    name: asked.param('destination'),
  }
  requireBindingPermission(asked, vhost, source, destination)
  if (source === 'amq.default' || source === '') throw notAuthorised('Access refused.')
  const body = { ...asked.body, source, destination: destination.name }
  declareBinding(vhost, { ...body, destination_type: destination.kind })
  const args = tableToJson(tableFromJson(asked.body.arguments))
  const key = propertiesKey(textField(asked.body, 'routing_key') ?? '', args)
  asked.answerHeader('location', `${encodeURIComponent(destination.name)}/${key}`)
  asked.status(201)
}

/** Binding writes to the destination and reads from the source [AMQP 0-9-1; RMQ: access control]. */
function requireBindingPermission(
  asked: Asked,
  vhost: VirtualHost,
  source: string,
  destination: { readonly kind: 'queue' | 'exchange'; readonly name: string },
): void {
  requirePermission(asked, vhost, { kind: destination.kind, name: destination.name }, 'write')
  requirePermission(asked, vhost, { kind: 'exchange', name: source }, 'read')
}

/** A key with percent signs reaches us decoded once; clients may also send it decoded. */
function sameKey(view: View, given: string): boolean {
  const key = String(view.properties_key)
  return key === given || decodeURIComponent(key) === given
}

/** Also what an import of definitions does with each binding. */
export function declareBinding(vhost: VirtualHost, body: Body): void {
  const kind = body.destination_type === 'exchange' ? 'exchange' : 'queue'
  vhost.topology.bind({
    source: String(body.source),
    destination: { kind, name: String(body.destination) },
    routingKey: textField(body, 'routing_key') ?? '',
    arguments: tableFromJson(body.arguments),
  })
}
