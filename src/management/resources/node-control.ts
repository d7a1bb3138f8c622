// The node itself through the API: settings in force, stopping it, and the questions that RabbitMQ's
// tools ask about features, logins and extensions.

import { LoginCounts } from '../../broker/counters.ts'
import type { Context, NodeOperations } from '../context.ts'
import { badRequest, notAvailable, objectNotFound, requireKeys } from '../errors.ts'
import type { Asked, Resource, Route } from '../route.ts'

export const nodeControl: Resource = (context) => [
  ...settingRoutes(context),
  ...featureRoutes(context),
  {
    method: 'POST',
    path: '/node/operations',
    access: 'administrator',
    summary: 'Does something to the node: action stop, suspend, resume, …',
    body: 'nodeOperation',
    answer: async ({ body }) => operate(context.operations, String(body.action)),
  },
  {
    method: 'POST',
    path: '/rebalance/queues',
    access: 'administrator',
    summary: 'Queues have one node to be on: succeeds',
    answer: () => undefined,
  },
]

async function operate(operations: NodeOperations, action: string): Promise<void> {
  switch (action) {
    case 'stop':
      return required(operations.stop, action)()
    case 'suspend':
      return required(operations.suspend, action)()
    case 'resume':
      return required(operations.resume, action)()
    case 'suspend_listeners':
      return required(operations.suspendListeners, action)()
    case 'resume_listeners':
      return required(operations.resumeListeners, action)()
    case 'reset':
      return required(operations.reset, action)()
    default:
      throw badRequest(`unknown action: ${action}`)
  }
}

function required<T>(operation: T | undefined, action: string): T {
  if (operation === undefined) throw notAvailable(`this node cannot ${action} through its API`)
  return operation
}

function settingRoutes({ operations, settings }: Context): Route[] {
  return [
    {
      method: 'GET',
      path: '/config/effective',
      access: 'administrator',
      summary: 'Every setting in force and where its value comes from',
      answer: () => ({
        settings: settings().map(({ key, value, origin }) => ({ key, value, source: origin })),
      }),
    },
    {
      method: 'PUT',
      path: '/config/effective/:key',
      access: 'administrator',
      summary: 'Changes a setting until the next start: value',
      body: 'setting',
      answer: (asked) => {
        requireKeys(asked.body, ['value'])
        const change = required(operations.changeSetting, 'change settings')
        if (!change(asked.param('key'), String(asked.body.value))) {
          throw badRequest(`${asked.param('key')} cannot be changed while the node runs`)
        }
      },
    },
  ]
}

/** What RabbitMQ's plugins list. */
const emptyLists = [
  '/shovels',
  '/shovels/:vhost',
  '/federation-links',
  '/federation-links/:vhost',
  '/traces',
  '/traces/:vhost',
  '/trace-files',
]

function loginRoutes({ core, node }: Pick<Context, 'core' | 'node'>): Route[] {
  const { logins } = core.counters
  const checkNode = (asked: Asked): void => {
    if (asked.param('node') !== node.name) throw objectNotFound()
  }
  return [
    {
      method: 'GET',
      path: '/auth/attempts/:node',
      access: 'monitoring',
      summary: 'How many logins succeeded and failed, by protocol',
      answer: (asked) => {
        checkNode(asked)
        return Object.entries(logins).map(([protocol, { succeeded, failed }]) => ({
          protocol,
          auth_attempts: succeeded + failed,
          auth_attempts_failed: failed,
          auth_attempts_succeeded: succeeded,
        }))
      },
    },
    {
      method: 'DELETE',
      path: '/auth/attempts/:node',
      access: 'administrator',
      summary: 'Counts logins from nothing again',
      answer: (asked) => {
        checkNode(asked)
        for (const counts of Object.values(logins)) Object.assign(counts, new LoginCounts())
      },
    },
    {
      method: 'GET',
      path: '/auth/attempts/:node/source',
      access: 'monitoring',
      summary: 'Logins by address and user, which are not kept: an empty list',
      answer: (asked) => {
        checkNode(asked)
        return []
      },
    },
  ]
}

/** Tools ask whether a feature is on; the ones that are, by RabbitMQ's names. */
const features: Readonly<Record<string, string>> = {
  classic_mirrored_queue_version: 'Support setting version for classic mirrored queues',
  classic_queue_type_delivery_support: 'Bug fix for classic queue deliveries using mixed versions',
  direct_exchange_routing_v2: 'v2 direct exchange routing implementation',
  drop_unroutable_metric: 'Count unroutable publishes to be dropped in stats',
  empty_basic_get_metric: 'Count AMQP `basic.get` on empty queues in stats',
  feature_flags_v2: 'Feature flags subsystem V2',
  implicit_default_bindings: 'Default bindings are now implicit, instead of being stored',
  listener_records_in_ets: 'Store listener records in ETS instead of Mnesia',
  maintenance_mode_status: 'Maintenance mode status',
  message_containers: 'Message containers',
  quorum_queue: 'Support queues of type `quorum`',
  stream_queue: 'Support queues of type `stream`',
  user_limits: 'Configure connection and channel limits for a user',
  virtual_host_metadata: 'Virtual host metadata (description, tags, etc)',
}

function featureRoutes({ core, node }: Context): Route[] {
  return [
    {
      method: 'GET',
      path: '/feature-flags',
      access: 'management',
      summary: 'Feature flags, all of them on',
      answer: () =>
        Object.entries(features).map(([name, desc]) => ({
          name,
          state: 'enabled',
          desc,
          doc_url: '',
          stability: 'required',
          provided_by: 'rabbit',
        })),
    },
    {
      method: 'PUT',
      path: '/feature-flags/:name/enable',
      access: 'administrator',
      summary: 'Feature flags are on: succeeds for those that exist',
      answer: (asked) => {
        if (features[asked.param('name')] === undefined) throw objectNotFound()
      },
    },
    ...(['/deprecated-features', '/deprecated-features/used'] as const).map(
      (path): Route => ({
        method: 'GET',
        path,
        access: 'management',
        summary: 'Nothing is deprecated',
        answer: () => [],
      }),
    ),
    {
      method: 'GET',
      path: '/extensions',
      access: 'management',
      summary: 'Extensions of the page',
      answer: () => [],
    },
    {
      method: 'GET',
      path: '/auth',
      access: 'none',
      summary: 'How to log in: with a password',
      answer: () => ({ oauth_enabled: false }),
    },
    {
      method: 'GET',
      path: '/auth/hash_password/:password',
      access: 'administrator',
      summary: 'Hashes a password as definitions hold it',
      answer: (asked) => ({ ok: core.hasher.hash(asked.param('password')).hash }),
    },
    ...loginRoutes({ core, node }),
    {
      method: 'GET',
      path: '/version',
      access: 'none',
      summary: 'The version of the broker',
      answer: () => ({ version: node.version, product: node.product }),
    },
    ...emptyLists.map(
      (path): Route => ({
        method: 'GET',
        path,
        access: 'monitoring',
        summary: 'There are none',
        answer: () => [],
      }),
    ),
  ]
}
