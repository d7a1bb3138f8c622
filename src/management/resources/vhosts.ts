// Virtual hosts and their limits.

import type { VirtualHost } from '../../broker/vhost.ts'
import type { Context, CoreContext } from '../context.ts'
import { badRequest, objectNotFound } from '../errors.ts'
import type { Listed, View } from '../listing.ts'
import { answerList, columnsOf } from '../listing.ts'
import type { Body, Query, Resource, Route } from '../route.ts'
import {
  answerPut,
  flagField,
  tagsField,
  textField,
  visibleVhost,
  visibleVhosts,
} from '../route.ts'
import { totalColumns } from '../statistics/columns.ts'
import { messageStatistics, spansOf, withDetails } from '../statistics/details.ts'
import { checkLimitName, limitValue } from './users.ts'

export const vhosts: Resource = (context) => [...vhostRoutes(context), ...limitRoutes(context)]

function listedVhost(context: Context, query: Query): Listed<VirtualHost> {
  const spans = spansOf(query)
  return {
    name: ({ name }) => name,
    view: (vhost) => {
      const { ring, current } = context.statistics.vhostTotals(vhost)
      const series = { columns: totalColumns, ring, current }
      const stats = messageStatistics(series, spans.rates)
      return {
        ...vhostView(vhost),
        tracing: vhost.info.tracing,
        cluster_state: { [context.node.name]: 'running' },
        ...withDetails(
          series,
          ['messages', 'messages_ready', 'messages_unacknowledged'],
          spans.lengths,
        ),
        ...withDetails(series, ['recv_oct', 'send_oct'], spans.data),
        ...(stats === null ? {} : { message_stats: stats }),
      }
    },
  }
}

/** What definitions files hold of a virtual host as well. */
export function vhostView({ name, info }: VirtualHost): View {
  const { description, tags, defaultQueueType } = info
  return {
    name,
    description,
    tags,
    default_queue_type: defaultQueueType,
    metadata: { description, tags, default_queue_type: defaultQueueType },
  }
}

function vhostRoutes(context: Context): Route[] {
  const { core, statistics } = context
  return [
    {
      method: 'GET',
      path: '/vhosts',
      access: 'management',
      summary: 'Virtual hosts',
      answer: (asked) => {
        const { query } = asked
        const columns = columnsOf(query)
        // The console asks for the names again and again.
        if (columns.length === 0 || columns.some((name) => name !== 'name')) statistics.refresh()
        return answerList(query, visibleVhosts(context, asked), listedVhost(context, query))
      },
    },
    {
      method: 'GET',
      path: '/vhosts/:vhost',
      access: 'management',
      summary: 'One virtual host',
      answer: (asked) => {
        statistics.refresh()
        return listedVhost(context, asked.query).view(visibleVhost(context, asked))
      },
    },
    {
      method: 'PUT',
      path: '/vhosts/:vhost',
      access: 'administrator',
      summary: 'Creates a virtual host, or changes its description, tags and default queue type',
      body: 'vhost',
      answer: (asked) => {
        const name = asked.param('vhost')
        const isNew = !core.vhosts.has(name)
        putVhost(context, name, asked.body)
        // As RabbitMQ: who creates a virtual host may do everything in it.
        if (isNew && !asked.identity.isOwner) grantAll(context, asked.identity.name, name)
        answerPut(asked, isNew)
      },
    },
    {
      method: 'DELETE',
      path: '/vhosts/:vhost',
      access: 'administrator',
      summary: 'Deletes a virtual host with all that is in it',
      answer: (asked) => core.deleteVhost(visibleVhost(context, asked)),
    },
    {
      method: 'POST',
      path: '/vhosts/:vhost/start/:node',
      access: 'administrator',
      summary: 'Virtual hosts always run: succeeds',
      answer: (asked) => void visibleVhost(context, asked),
    },
  ]
}

const queueTypes = ['classic', 'quorum', 'undefined', '']

/** Also what an import of definitions does with each virtual host. */
export function putVhost({ core }: CoreContext, name: string, body: Body): void {
  const metadata = typeof body.metadata === 'object' ? (body.metadata ?? {}) : {}
  const given: Body = { ...Object.fromEntries(Object.entries(metadata)), ...body }
  const type = textField(given, 'default_queue_type')
  if (type !== undefined && !queueTypes.includes(type)) {
    throw badRequest(`Unsupported default queue type: ${type}`)
  }
  const description = textField(given, 'description')
  const info = {
    ...(description === undefined ? {} : { description }),
    ...(given.tracing === undefined ? {} : { tracing: flagField(given, 'tracing', false) }),
    ...(given.tags === undefined ? {} : { tags: tagsField(given.tags) }),
    ...(type === undefined ? {} : { defaultQueueType: type === 'quorum' ? 'quorum' : 'classic' }),
  }
  const existing = core.vhosts.get(name)
  if (existing === undefined) core.addVhost(name, info)
  else core.updateVhost(existing, info)
}

function grantAll({ core }: Context, user: string, vhost: string): void {
  core.access.setPermissions(user, vhost, { configure: '.*', write: '.*', read: '.*' })
}

const limitNames = ['max-connections', 'max-queues']

function limitRoutes(context: Context): Route[] {
  const limited = (all: readonly VirtualHost[]): object[] =>
    all
      .filter(({ quotas }) => Object.keys(quotas).length > 0)
      .map(({ name, quotas }) => ({ vhost: name, value: quotas }))
  return [
    {
      method: 'GET',
      path: '/vhost-limits',
      access: 'management',
      summary: 'The limits of all virtual hosts that have any',
      answer: (asked) => limited(visibleVhosts(context, asked)),
    },
    {
      method: 'GET',
      path: '/vhost-limits/:vhost',
      access: 'management',
      summary: 'The limits of one virtual host',
      answer: (asked) => limited([visibleVhost(context, asked)]),
    },
    {
      method: 'PUT',
      path: '/vhost-limits/:vhost/:limit',
      access: 'administrator',
      summary: 'Sets max-connections or max-queues',
      body: 'limit',
      answer: (asked) => {
        const vhost = visibleVhost(context, asked)
        const limit = asked.param('limit')
        checkLimitName(limit, limitNames)
        vhost.setQuotas({ ...vhost.quotas, [limit]: limitValue(asked.body) })
      },
    },
    {
      method: 'DELETE',
      path: '/vhost-limits/:vhost/:limit',
      access: 'administrator',
      summary: 'Takes a limit away',
      answer: (asked) => {
        const vhost = visibleVhost(context, asked)
        const { [asked.param('limit')]: removed, ...rest } = vhost.quotas
        if (removed === undefined) throw objectNotFound()
        vhost.setQuotas(rest)
      },
    },
  ]
}
