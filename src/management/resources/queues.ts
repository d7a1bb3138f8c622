// Queues: listing, declaring, deleting, purging. Their messages are in messages.ts.

import { tableFromJson } from '../../broker/json-values.ts'
import type { Queue } from '../../broker/queues/queue.ts'
import { checkReservedName } from '../../broker/topology.ts'
import type { VirtualHost } from '../../broker/vhost.ts'
import type { Context } from '../context.ts'
import { badRequest } from '../errors.ts'
import { answerList, pickColumns } from '../listing.ts'
import type { Asked, Body, Resource, Route } from '../route.ts'
import {
  answerPut,
  enteredVhost,
  flagField,
  queueOf,
  requirePermission,
  visibleVhost,
  visibleVhosts,
} from '../route.ts'
import { spansOf } from '../statistics/details.ts'
import { allConsumers, consumerView } from '../views/client-views.ts'
import type { InVhost } from '../views/messaging-views.ts'
import {
  bindingView,
  defaultBindingView,
  listedQueue,
  queueView,
} from '../views/messaging-views.ts'

export const queues: Resource = (context) => [...listRoutes(context), ...changeRoutes(context)]

function listRoutes(context: Context): Route[] {
  const list = (asked: Asked): object => {
    const all = visibleVhosts(context, asked).flatMap(queuesOf)
    return answerList(asked.query, all, listedQueue(context, spansOf(asked.query)))
  }
  return [
    ...(['/queues', '/queues/detailed', '/queues/:vhost'] as const).map(
      (path): Route => ({
        method: 'GET',
        path,
        access: 'management',
        summary: 'Queues',
        answer: list,
      }),
    ),
    {
      method: 'GET',
      path: '/queues/:vhost/:name',
      access: 'management',
      summary: 'One queue, with its consumers',
      answer: (asked) => {
        const vhost = visibleVhost(context, asked)
        const queue = queueOf(vhost, asked.param('name'))
        const view = queueView(context, { vhost, object: queue }, spansOf(asked.query))
        const detailed = { ...view, ...moreOf(context, queue) }
        const columns = asked.query.columns?.split(',') ?? []
        return pickColumns(detailed, columns)
      },
    },
    {
      method: 'GET',
      path: '/queues/:vhost/:name/bindings',
      access: 'management',
      summary: 'The bindings that lead to a queue',
      answer: (asked) => {
        const vhost = visibleVhost(context, asked)
        const queue = queueOf(vhost, asked.param('name'))
        const bindings = vhost.topology.bindingsTo(queue)
        return [
          defaultBindingView(vhost, queue),
          ...bindings.map((binding) => bindingView(vhost, binding)),
        ]
      },
    },
  ]
}

export function queuesOf(vhost: VirtualHost): InVhost<Queue>[] {
  return [...vhost.topology.queues.values()].map((object) => ({ vhost, object }))
}

/** What only the answer about a single queue has. */
function moreOf(context: Context, queue: Queue): object {
  const running = allConsumers(context.core.connections).filter(
    ({ consumer }) => consumer.queue === queue,
  )
  const owner = [...context.core.connections].find((connection) => connection === queue.owner)
  return {
    consumer_details: running.map((one) => consumerView(context, one)),
    incoming: [],
    deliveries: [],
    ...(owner === undefined
      ? {}
      : {
          owner_pid_details: {
            name: owner.details.name,
            peer_host: owner.details.peerHost,
            peer_port: owner.details.peerPort,
          },
        }),
  }
}

function changeRoutes(context: Context): Route[] {
  return [
    {
      method: 'PUT',
      path: '/queues/:vhost/:name',
      access: 'management',
      summary: 'Declares a queue: durable, auto_delete, arguments',
      body: 'queue',
      answer: (asked) => {
        const vhost = enteredVhost(context, asked)
        const name = asked.param('name')
        const isNew = !vhost.topology.queues.has(name)
        requirePermission(asked, vhost, { kind: 'queue', name }, 'configure')
        if (isNew) checkReservedName('queue', name)
        declareQueue(vhost, name, asked.body)
        answerPut(asked, isNew)
      },
    },
    {
      method: 'DELETE',
      path: '/queues/:vhost/:name',
      access: 'management',
      summary: 'Deletes a queue, with ?if-empty=true or ?if-unused=true only then',
      answer: (asked) => {
        const vhost = enteredVhost(context, asked)
        const queue = queueOf(vhost, asked.param('name'))
        requirePermission(asked, vhost, queue, 'configure')
        vhost.topology.deleteQueue(queue, {
          ifEmpty: asked.query['if-empty'] === 'true',
          ifUnused: asked.query['if-unused'] === 'true',
        })
      },
    },
    {
      method: 'DELETE',
      path: '/queues/:vhost/:name/contents',
      access: 'management',
      summary: 'Purges a queue of what waits in it',
      answer: (asked) => {
        const vhost = enteredVhost(context, asked)
        const queue = queueOf(vhost, asked.param('name'))
        requirePermission(asked, vhost, queue, 'read')
        queue.purge()
      },
    },
    {
      method: 'POST',
      path: '/queues/:vhost/:name/actions',
      access: 'policymaker',
      summary: 'RabbitMQ’s mirror actions, which have nothing to do here: sync, cancel_sync',
      body: 'queueAction',
      answer: (asked) => {
        queueOf(enteredVhost(context, asked), asked.param('name'))
        const action = String(asked.body.action)
        if (!['sync', 'cancel_sync'].includes(action)) {
          throw badRequest(`unknown action: ${action}`)
        }
      },
    },
  ]
}

/** Also what an import of definitions does with each queue. */
export function declareQueue(vhost: VirtualHost, name: string, body: Body): void {
  const args = tableFromJson(body.arguments)
  const type = body.type ?? vhost.info.defaultQueueType
  if (args['x-queue-type'] === undefined && type === 'quorum') args['x-queue-type'] = 'quorum'
  vhost.topology.declareQueue({
    name,
    durable: flagField(body, 'durable', false),
    autoDelete: flagField(body, 'auto_delete', false),
    owner: null,
    arguments: args,
  })
}
