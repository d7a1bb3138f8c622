// Connections, channels and consumers: what clients have open, and closing it.

import type { BrokerConnection } from '../../broker/connection.ts'
import type { Context } from '../context.ts'
import { notAuthorised, objectNotFound } from '../errors.ts'
import { may, sees } from '../identity.ts'
import { answerList } from '../listing.ts'
import type { Asked, Resource, Route } from '../route.ts'
import { visibleVhost } from '../route.ts'
import { spansOf } from '../statistics/details.ts'
import {
  allChannels,
  allConsumers,
  channelName,
  channelView,
  connectionView,
  consumerView,
  listedChannel,
  listedConnection,
  listedConsumer,
} from '../views/client-views.ts'

export const clients: Resource = (context) => [
  ...connectionRoutes(context),
  ...channelRoutes(context),
  ...consumerRoutes(context),
]

/** A user without a monitor's tag sees what is his own. */
function visibleConnections({ core }: Context, { identity }: Asked): BrokerConnection[] {
  const all = [...core.connections]
  if (may(identity, 'monitoring')) return all
  return all.filter(({ user }) => user === identity.name)
}

function connectionOf(context: Context, asked: Asked): BrokerConnection {
  const name = asked.param('name')
  const found = [...context.core.connections].find(({ details }) => details.name === name)
  if (found === undefined) throw objectNotFound()
  if (!may(asked.identity, 'monitoring') && found.user !== asked.identity.name) {
    throw notAuthorised('Access refused.')
  }
  return found
}

function connectionRoutes(context: Context): Route[] {
  const list = (asked: Asked, keep: (connection: BrokerConnection) => boolean): object =>
    answerList(
      asked.query,
      visibleConnections(context, asked).filter(keep),
      listedConnection(context, spansOf(asked.query)),
    )
  return [
    {
      method: 'GET',
      path: '/connections',
      access: 'management',
      summary: 'Open connections',
      answer: (asked) => list(asked, () => true),
    },
    {
      method: 'GET',
      path: '/vhosts/:vhost/connections',
      access: 'management',
      summary: 'Open connections in a virtual host',
      answer: (asked) => {
        const vhost = visibleVhost(context, asked)
        return list(asked, (connection) => connection.vhost === vhost)
      },
    },
    {
      method: 'GET',
      path: '/connections/username/:user',
      access: 'management',
      summary: 'Open connections of a user',
      answer: (asked) => list(asked, ({ user }) => user === asked.param('user')),
    },
    {
      method: 'DELETE',
      path: '/connections/username/:user',
      access: 'administrator',
      summary: 'Closes all connections of a user',
      answer: (asked) => {
        for (const connection of context.core.connections) {
          if (connection.user === asked.param('user')) close(connection, asked)
        }
      },
    },
    {
      method: 'GET',
      path: '/connections/:name',
      access: 'management',
      summary: 'One connection',
      answer: (asked) =>
        connectionView(context, connectionOf(context, asked), spansOf(asked.query)),
    },
    {
      method: 'DELETE',
      path: '/connections/:name',
      access: 'management',
      summary: 'Closes a connection; the header X-Reason is what the client is told',
      answer: (asked) => {
        const connection = connectionOf(context, asked)
        const own = connection.user === asked.identity.name
        if (!own && !may(asked.identity, 'administrator')) throw notAuthorised('Access refused.')
        close(connection, asked)
      },
    },
    {
      method: 'GET',
      path: '/connections/:name/channels',
      access: 'management',
      summary: 'The channels of a connection',
      answer: (asked) =>
        answerList(
          asked.query,
          allChannels([connectionOf(context, asked)]),
          listedChannel(context, spansOf(asked.query)),
        ),
    },
  ]
}

function close(connection: BrokerConnection, asked: Asked): void {
  connection.control.close(asked.header('x-reason') ?? 'Closed via management plugin')
}

function channelRoutes(context: Context): Route[] {
  return [
    {
      method: 'GET',
      path: '/channels',
      access: 'management',
      summary: 'Open channels',
      answer: (asked) =>
        answerList(
          asked.query,
          allChannels(visibleConnections(context, asked)),
          listedChannel(context, spansOf(asked.query)),
        ),
    },
    {
      method: 'GET',
      path: '/vhosts/:vhost/channels',
      access: 'management',
      summary: 'Open channels in a virtual host',
      answer: (asked) => {
        const vhost = visibleVhost(context, asked)
        const connections = visibleConnections(context, asked).filter(
          (connection) => connection.vhost === vhost,
        )
        return answerList(
          asked.query,
          allChannels(connections),
          listedChannel(context, spansOf(asked.query)),
        )
      },
    },
    {
      method: 'GET',
      path: '/channels/:name',
      access: 'management',
      summary: 'One channel, with its consumers',
      answer: (asked) => {
        const name = asked.param('name')
        const open = allChannels(visibleConnections(context, asked))
        const found = open.find((one) => channelName(one) === name)
        if (found === undefined) throw objectNotFound()
        const consumers = [...found.channel.consumers.values()].map((consumer) =>
          consumerView(context, { ...found, consumer }),
        )
        return {
          ...channelView(context, found, spansOf(asked.query)),
          consumer_details: consumers,
          publishes: [],
          deliveries: [],
        }
      },
    },
  ]
}

function consumerRoutes(context: Context): Route[] {
  return (['/consumers', '/consumers/:vhost'] as const).map((path) => ({
    method: 'GET',
    path,
    access: 'management',
    summary: 'Consumers',
    answer: (asked) => {
      const only = asked.param('vhost') === '' ? null : visibleVhost(context, asked)
      const running = allConsumers(context.core.connections).filter(({ connection }) =>
        only === null ? sees(asked.identity, connection.vhost) : connection.vhost === only,
      )
      return answerList(asked.query, running, listedConsumer(context))
    },
  }))
}
