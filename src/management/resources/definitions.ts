// Definitions: everything but the messages as one JSON document, out and in. What is there already is
// left as it is or changed to what the document says; nothing is deleted.

import { tableToJson } from '../../broker/json-values.ts'
import { globalComponent } from '../../broker/parameters.ts'
import type { VirtualHost } from '../../broker/vhost.ts'
import type { Context, CoreContext } from '../context.ts'
import { badRequest } from '../errors.ts'
import type { View } from '../listing.ts'
import type { Asked, Body, Resource } from '../route.ts'
import { visibleVhost } from '../route.ts'
import { bindingView } from '../views/messaging-views.ts'
import { declareBinding } from './bindings.ts'
import { declareExchange } from './exchanges.ts'
import { parameterView } from './parameters.ts'
import { putPermissions, putTopicPermissions } from './permissions.ts'
import { policiesOf, policyView, putPolicy } from './policies.ts'
import { declareQueue } from './queues.ts'
import { putUser, userView } from './users.ts'
import { putVhost, vhostView } from './vhosts.ts'

export const definitions: Resource = (context) => [
  {
    method: 'GET',
    path: '/definitions',
    access: 'administrator',
    summary: 'All definitions',
    answer: (asked) => download(asked, exportAll(context)),
  },
  {
    method: 'POST',
    path: '/definitions',
    access: 'administrator',
    summary: 'Imports definitions, as JSON or as a form with a file',
    body: 'definitions',
    answer: ({ body }) => importDefinitions(context, body, null),
  },
  {
    method: 'GET',
    path: '/definitions/:vhost',
    access: 'policymaker',
    summary: 'The definitions of one virtual host',
    answer: (asked) => download(asked, exportVhost(context, visibleVhost(context, asked))),
  },
  {
    method: 'POST',
    path: '/definitions/:vhost',
    access: 'policymaker',
    summary: 'Imports definitions into one virtual host',
    body: 'definitions',
    answer: (asked) => importDefinitions(context, asked.body, visibleVhost(context, asked)),
  },
]

function download(asked: Asked, document: object): object {
  const name = asked.query.download
  if (name !== undefined && /^[\w.-]+$/.test(name)) {
    asked.answerHeader('content-disposition', `attachment; filename=${name}`)
  }
  return document
}

function versions({ node }: Context): object {
  return {
    rabbit_version: node.version,
    rabbitmq_version: node.version,
    product_name: node.product,
    product_version: node.version,
  }
}

function exportAll(context: Context): object {
  const { core } = context
  const vhosts = [...core.vhosts.values()]
  return {
    ...versions(context),
    users: [...core.access.users.values()].map(userView),
    vhosts: vhosts.map((vhost) => ({ ...vhostView(vhost), limits: limitsList(vhost) })),
    permissions: core.access.listPermissions(),
    topic_permissions: core.access.listTopicPermissions(),
    global_parameters: core.parameters.all.map(({ name, value }) => ({ name, value })),
    ...mergeParts(vhosts.map((vhost) => partsOf(vhost, true))),
  }
}

const limitsList = ({ quotas }: VirtualHost): object[] =>
  Object.keys(quotas).length === 0 ? [] : [quotas]

function exportVhost(context: Context, vhost: VirtualHost): object {
  return { ...versions(context), ...partsOf(vhost, false) }
}

type Parts = Readonly<Record<string, readonly View[]>>

function mergeParts(all: readonly Parts[]): Parts {
  const merged: Record<string, View[]> = {
    parameters: [],
    policies: [],
    queues: [],
    exchanges: [],
    bindings: [],
  }
  for (const parts of all) {
    for (const [name, views] of Object.entries(parts)) merged[name]?.push(...views)
  }
  return merged
}

/** What is durable and nobody's own; `withVhost` says whether each object names its virtual host. */
function partsOf(vhost: VirtualHost, withVhost: boolean): Parts {
  const { queues, exchanges } = vhost.topology
  const stored = [...queues.values()].filter((queue) => queue.owner === null)
  const declared = [...exchanges.values()].filter(
    ({ name }) => name !== '' && !name.startsWith('amq.'),
  )
  const trim = (view: View): View => {
    if (withVhost) return view
    const { vhost: _, ...rest } = view
    return rest
  }
  return {
    parameters: [
      ...vhost.parameters.all.map((parameter) => trim(parameterView(vhost, parameter))),
      ...policiesOf(vhost, 'operator-policy').map((policy) =>
        trim({
          vhost: vhost.name,
          component: 'operator_policy',
          name: policy.name,
          value: { ...policyView(vhost, policy), vhost: undefined, name: undefined },
        }),
      ),
      ...(Object.keys(vhost.quotas).length === 0
        ? []
        : [
            trim({
              vhost: vhost.name,
              component: 'vhost-limits',
              name: 'limits',
              value: vhost.quotas,
            }),
          ]),
    ],
    policies: policiesOf(vhost, 'policy').map((policy) => trim(policyView(vhost, policy))),
    queues: stored.map((queue) =>
      trim({
        name: queue.name,
        vhost: vhost.name,
        type: queue.settings.type,
        durable: queue.durable,
        auto_delete: queue.autoDelete,
        arguments: tableToJson(queue.arguments),
      }),
    ),
    exchanges: declared.map((exchange) =>
      trim({
        name: exchange.name,
        vhost: vhost.name,
        type: exchange.type.name,
        durable: exchange.durable,
        auto_delete: exchange.autoDelete,
        internal: exchange.internal,
        arguments: tableToJson(exchange.arguments),
      }),
    ),
    bindings: [...exchanges.values()].flatMap((exchange) =>
      [...exchange.bindings.values()].map((binding) => {
        const { properties_key: _, ...view } = bindingView(vhost, binding)
        return trim(view)
      }),
    ),
  }
}

/** `only` is the virtual host that the document is for, or null for all. */
export function importDefinitions(
  context: CoreContext,
  body: Body,
  only: VirtualHost | null,
): void {
  const list = (name: string): Body[] => {
    const value = body[name] ?? []
    if (!Array.isArray(value)) throw badRequest(`${name} must be a list`)
    return value.map((item) => toBody(item, name))
  }
  if (only === null) {
    for (const user of list('users')) importUser(context, user)
    for (const vhost of list('vhosts')) putVhost(context, String(vhost.name), vhost)
    for (const item of list('permissions')) {
      putPermissions(context, String(item.user), String(item.vhost), item)
    }
    for (const item of list('topic_permissions')) {
      putTopicPermissions(context, String(item.user), String(item.vhost), item)
    }
    for (const { name, value } of list('global_parameters')) {
      if (name === 'internal_cluster_id') continue
      context.core.parameters.put({ component: globalComponent, name: String(name), value })
    }
  }
  const vhostOf = (item: Body): VirtualHost => only ?? knownVhost(context, item)
  for (const item of list('parameters')) importParameter(vhostOf(item), item)
  for (const item of list('policies')) {
    putPolicy(vhostOf(item), 'policy', String(item.name), item)
  }
  for (const item of list('exchanges')) declareExchange(vhostOf(item), String(item.name), item)
  for (const item of list('queues')) declareQueue(vhostOf(item), String(item.name), item)
  for (const item of list('bindings')) declareBinding(vhostOf(item), item)
}

function importUser(context: CoreContext, body: Body): void {
  const name = String(body.name)
  putUser(context, name, body)
  const user = context.core.access.users.get(name)
  const limits = numbersOf(body.limits)
  if (user !== undefined && Object.keys(limits).length > 0) {
    context.core.access.putUser({ ...user, limits })
  }
}

/** Operator policies and limits are parameters of their components in RabbitMQ's documents. */
function importParameter(vhost: VirtualHost, { component, name, value }: Body): void {
  if (component === 'operator_policy') {
    putPolicy(vhost, 'operator-policy', String(name), toBody(value, 'operator policies'))
  } else if (component === 'vhost-limits') {
    vhost.setQuotas(numbersOf(value))
  } else {
    vhost.parameters.put({ component: String(component), name: String(name), value })
  }
}

function numbersOf(value: unknown): Record<string, number> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {}
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, Number(item)]))
}

function toBody(value: unknown, where: string): Body {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value))
  }
  throw badRequest(`${where} must hold objects`)
}

function knownVhost({ core }: CoreContext, item: Body): VirtualHost {
  const vhost = core.vhosts.get(String(item.vhost ?? '/'))
  if (vhost === undefined) throw badRequest(`vhost ${String(item.vhost)} not found`)
  return vhost
}
