// Runtime parameters of virtual hosts and of the whole broker, and the cluster's name, which is one.

import { globalComponent, type Parameter } from '../../broker/parameters.ts'
import type { VirtualHost } from '../../broker/vhost.ts'
import type { Context } from '../context.ts'
import { objectNotFound, requireKeys } from '../errors.ts'
import type { View } from '../listing.ts'
import { answerList } from '../listing.ts'
import type { Asked, Resource, Route } from '../route.ts'
import { answerPut, visibleVhost, visibleVhosts } from '../route.ts'

export const parameters: Resource = (context) => [
  ...vhostRoutes(context),
  ...globalRoutes(context),
  {
    method: 'GET',
    path: '/cluster-name',
    access: 'management',
    summary: 'What the cluster is called',
    answer: () => ({ name: clusterNameOf(context) }),
  },
  {
    method: 'PUT',
    path: '/cluster-name',
    access: 'administrator',
    summary: 'Names the cluster',
    body: 'clusterName',
    answer: ({ body }) => {
      requireKeys(body, ['name'])
      context.core.parameters.put({
        component: globalComponent,
        name: clusterNameKey,
        value: String(body.name),
      })
    },
  },
]

const clusterNameKey = 'cluster_name'

/** The name given over the API wins over the configuration's. */
export function clusterNameOf({ core, node }: Context): string {
  const given = core.parameters.get(globalComponent, clusterNameKey)?.value
  return typeof given === 'string' ? given : node.clusterName
}

export function parameterView(vhost: VirtualHost, { component, name, value }: Parameter): View {
  return { vhost: vhost.name, component, name, value }
}

function vhostRoutes(context: Context): Route[] {
  const all = (asked: Asked): View[] =>
    visibleVhosts(context, asked).flatMap((vhost) =>
      vhost.parameters.all.map((parameter) => parameterView(vhost, parameter)),
    )
  return [
    ...(['/parameters', '/parameters/:component', '/parameters/:component/:vhost'] as const).map(
      (path): Route => ({
        method: 'GET',
        path,
        access: 'policymaker',
        summary: 'Runtime parameters',
        answer: (asked) => {
          const component = asked.param('component')
          const kept = all(asked).filter((view) => component === '' || view.component === component)
          return answerList(asked.query, kept, {
            name: (view) => String(view.name),
            view: (view) => view,
          })
        },
      }),
    ),
    {
      method: 'GET',
      path: '/parameters/:component/:vhost/:name',
      access: 'policymaker',
      summary: 'One runtime parameter',
      answer: (asked) => {
        const vhost = visibleVhost(context, asked)
        const found = vhost.parameters.get(asked.param('component'), asked.param('name'))
        if (found === undefined) throw objectNotFound()
        return parameterView(vhost, found)
      },
    },
    {
      method: 'PUT',
      path: '/parameters/:component/:vhost/:name',
      access: 'policymaker',
      summary: 'Sets a runtime parameter: value',
      body: 'parameter',
      answer: (asked) => {
        const vhost = visibleVhost(context, asked)
        requireKeys(asked.body, ['value'])
        const [component, name] = [asked.param('component'), asked.param('name')]
        const isNew = vhost.parameters.get(component, name) === undefined
        vhost.parameters.put({ component, name, value: asked.body.value })
        answerPut(asked, isNew)
      },
    },
    {
      method: 'DELETE',
      path: '/parameters/:component/:vhost/:name',
      access: 'policymaker',
      summary: 'Deletes a runtime parameter',
      answer: (asked) => {
        const vhost = visibleVhost(context, asked)
        if (!vhost.parameters.delete(asked.param('component'), asked.param('name'))) {
          throw objectNotFound()
        }
      },
    },
  ]
}

function globalRoutes({ core }: Context): Route[] {
  const book = core.parameters
  return [
    {
      method: 'GET',
      path: '/global-parameters',
      access: 'policymaker',
      summary: 'Runtime parameters of the whole broker',
      answer: () => book.all.map(({ name, value }) => ({ name, value })),
    },
    {
      method: 'GET',
      path: '/global-parameters/:name',
      access: 'policymaker',
      summary: 'One of them',
      answer: (asked) => {
        const found = book.get(globalComponent, asked.param('name'))
        if (found === undefined) throw objectNotFound()
        return { name: found.name, value: found.value }
      },
    },
    {
      method: 'PUT',
      path: '/global-parameters/:name',
      access: 'administrator',
      summary: 'Sets one: value',
      body: 'parameter',
      answer: (asked) => {
        requireKeys(asked.body, ['value'])
        const name = asked.param('name')
        const isNew = book.get(globalComponent, name) === undefined
        book.put({ component: globalComponent, name, value: asked.body.value })
        answerPut(asked, isNew)
      },
    },
    {
      method: 'DELETE',
      path: '/global-parameters/:name',
      access: 'administrator',
      summary: 'Deletes one',
      answer: (asked) => {
        if (!book.delete(globalComponent, asked.param('name'))) throw objectNotFound()
      },
    },
  ]
}
