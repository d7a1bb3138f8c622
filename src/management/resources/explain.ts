// Explains where a message would go, and tells what became of those that went nowhere.

import type { Drop } from '../../broker/drops.ts'
import { explainRoute, type RouteStep } from '../../broker/explain.ts'
import { tableFromJson } from '../../broker/json-values.ts'
import type { VirtualHost } from '../../broker/vhost.ts'
import type { Context } from '../context.ts'
import { objectNotFound } from '../errors.ts'
import type { Asked, Resource, Route } from '../route.ts'
import { visibleVhost, visibleVhosts } from '../route.ts'
import { bindingView, defaultExchangeName } from '../views/messaging-views.ts'
import { countOf } from './browse.ts'

const dropsMax = 1000

export const explain: Resource = (context) => [
  {
    method: 'POST',
    path: '/exchanges/:vhost/:name/explain',
    access: 'management',
    summary: 'Which queues a message would reach, by which bindings: routing_key, headers',
    body: 'explain',
    answer: (asked) => explained(visibleVhost(context, asked), asked),
  },
  ...dropRoutes(context),
]

function explained(vhost: VirtualHost, asked: Asked): object {
  const given = asked.param('name')
  const exchange = vhost.topology.exchanges.get(given === defaultExchangeName ? '' : given)
  if (exchange === undefined) throw objectNotFound()
  const routingKey = String(asked.body.routing_key ?? '')
  const headers = tableFromJson(asked.body.headers ?? {})
  const { steps, queues } = explainRoute(vhost.topology, exchange, { routingKey, headers })
  return { steps: steps.map((step) => stepView(vhost, step)), queues }
}

function stepView(vhost: VirtualHost, step: RouteStep): object {
  return {
    exchange: step.exchange,
    type: step.type,
    bindings: step.bindingCount,
    matched: step.matched.map((binding) => bindingView(vhost, binding)),
    alternate: step.alternate,
  }
}

function dropRoutes(context: Context): Route[] {
  return (['/drops', '/drops/:vhost'] as const).map(
    (path): Route => ({
      method: 'GET',
      path,
      access: 'management',
      summary: 'Messages that were dropped, expired, rejected or dead-lettered of late, and why',
      answer: (asked) => {
        const limit = countOf(asked.query.limit, 200, dropsMax)
        const drops = visibleVhosts(context, asked).flatMap(({ name, drops }) =>
          drops.recent.newest(limit).map((drop) => dropView(name, drop)),
        )
        return drops.sort((a, b) => b.at - a.at).slice(0, limit)
      },
    }),
  )
}

function dropView(vhost: string, drop: Drop): { at: number } & Record<string, unknown> {
  return {
    at: drop.atMs,
    vhost,
    reason: drop.reason,
    exchange: drop.exchange,
    routing_key: drop.routingKey,
    queue: drop.queue,
    dead_letter_exchange: drop.deadLetterExchange,
    payload_bytes: drop.bodyBytes,
    count: drop.count,
  }
}
