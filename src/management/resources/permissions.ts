// Who may do what in which virtual host, and by routing key on topic exchanges.

import type { PermissionPatterns, TopicPatterns } from '../../broker/access.ts'
import type { Context, CoreContext } from '../context.ts'
import { badRequest, objectNotFound, requireKeys } from '../errors.ts'
import type { Asked, Body, Resource, Route } from '../route.ts'
import { answerPut, visibleVhost } from '../route.ts'

export const permissions: Resource = (context) => [
  ...permissionRoutes(context),
  ...topicRoutes(context),
]

function permissionRoutes(context: Context): Route[] {
  const { access } = context.core
  const find = (asked: Asked): object => {
    const [user, vhost] = [asked.param('user'), asked.param('vhost')]
    const patterns = access.permissions(user, vhost)
    if (patterns === null) throw objectNotFound()
    return { user, vhost, ...patterns }
  }
  return [
    {
      method: 'GET',
      path: '/permissions',
      access: 'administrator',
      summary: 'All permissions',
      answer: () => access.listPermissions(),
    },
    {
      method: 'GET',
      path: '/permissions/:vhost/:user',
      access: 'administrator',
      summary: 'What a user may do in a virtual host',
      answer: find,
    },
    {
      method: 'PUT',
      path: '/permissions/:vhost/:user',
      access: 'administrator',
      summary: 'Sets what a user may configure, write and read: three patterns',
      body: 'permissions',
      answer: (asked) => {
        const [user, vhost] = [asked.param('user'), asked.param('vhost')]
        const isNew = access.permissions(user, vhost) === null
        putPermissions(context, user, vhost, asked.body)
        answerPut(asked, isNew)
      },
    },
    {
      method: 'DELETE',
      path: '/permissions/:vhost/:user',
      access: 'administrator',
      summary: 'Takes the permissions away',
      answer: (asked) => {
        find(asked)
        access.clearPermissions(asked.param('user'), asked.param('vhost'))
      },
    },
    {
      method: 'GET',
      path: '/vhosts/:vhost/permissions',
      access: 'administrator',
      summary: 'All permissions in a virtual host',
      answer: (asked) => {
        const { name } = visibleVhost(context, asked)
        return access.listPermissions().filter(({ vhost }) => vhost === name)
      },
    },
    {
      method: 'GET',
      path: '/users/:user/permissions',
      access: 'administrator',
      summary: 'All permissions of a user',
      answer: (asked) => {
        const name = knownUser(context, asked)
        return access.listPermissions().filter(({ user }) => user === name)
      },
    },
  ]
}

function topicRoutes(context: Context): Route[] {
  const { access } = context.core
  const listOf = (asked: Asked): readonly object[] =>
    access
      .listTopicPermissions()
      .filter(({ user, vhost }) => user === asked.param('user') && vhost === asked.param('vhost'))
  return [
    {
      method: 'GET',
      path: '/topic-permissions',
      access: 'administrator',
      summary: 'All topic permissions',
      answer: () => access.listTopicPermissions(),
    },
    {
      method: 'GET',
      path: '/topic-permissions/:vhost/:user',
      access: 'administrator',
      summary: 'A user’s topic permissions in a virtual host',
      answer: (asked) => {
        const found = listOf(asked)
        if (found.length === 0) throw objectNotFound()
        return found
      },
    },
    {
      method: 'PUT',
      path: '/topic-permissions/:vhost/:user',
      access: 'administrator',
      summary: 'Sets which routing keys a user may write and read on an exchange',
      body: 'permissions',
      answer: (asked) => {
        const isNew = listOf(asked).length === 0
        putTopicPermissions(context, asked.param('user'), asked.param('vhost'), asked.body)
        answerPut(asked, isNew)
      },
    },
    ...(['', '/:exchange'] as const).map(
      (suffix): Route => ({
        method: 'DELETE',
        path: `/topic-permissions/:vhost/:user${suffix}`,
        access: 'administrator',
        summary: 'Takes topic permissions away',
        answer: (asked) => {
          const [name, vhostName] = [asked.param('user'), asked.param('vhost')]
          for (const { user, vhost, exchange } of access.listTopicPermissions()) {
            const wanted = suffix === '' || exchange === asked.param('exchange')
            if (user !== name || vhost !== vhostName || !wanted) continue
            access.clearTopicPermissions(user, vhost, exchange)
          }
        },
      }),
    ),
    {
      method: 'GET',
      path: '/vhosts/:vhost/topic-permissions',
      access: 'administrator',
      summary: 'All topic permissions in a virtual host',
      answer: (asked) => {
        const { name } = visibleVhost(context, asked)
        return access.listTopicPermissions().filter(({ vhost }) => vhost === name)
      },
    },
    {
      method: 'GET',
      path: '/users/:user/topic-permissions',
      access: 'administrator',
      summary: 'All topic permissions of a user',
      answer: (asked) => {
        const name = knownUser(context, asked)
        return access.listTopicPermissions().filter(({ user }) => user === name)
      },
    },
  ]
}

/** Also what an import of definitions does with each permission. */
export function putPermissions(
  context: CoreContext,
  user: string,
  vhost: string,
  body: Body,
): void {
  requireKeys(body, ['configure', 'write', 'read'])
  requireBoth(context, user, vhost)
  const patterns: PermissionPatterns = {
    configure: String(body.configure),
    write: String(body.write),
    read: String(body.read),
  }
  withCheckedPatterns(() => context.core.access.setPermissions(user, vhost, patterns))
}

export function putTopicPermissions(
  context: CoreContext,
  user: string,
  vhost: string,
  body: Body,
): void {
  requireKeys(body, ['exchange', 'write', 'read'])
  requireBoth(context, user, vhost)
  const patterns: TopicPatterns = { write: String(body.write), read: String(body.read) }
  const exchange = String(body.exchange)
  withCheckedPatterns(() =>
    context.core.access.setTopicPermissions(user, vhost, exchange, patterns),
  )
}

function requireBoth({ core }: CoreContext, user: string, vhost: string): void {
  if (core.access.users.has(user) && core.vhosts.has(vhost)) return
  throw badRequest('vhost_or_user_not_found')
}

function withCheckedPatterns(set: () => void): void {
  try {
    set()
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw badRequest(`invalid_regexp: ${error.message}`)
  }
}

function knownUser({ core }: Context, asked: Asked): string {
  const name = asked.param('user')
  if (!core.access.users.has(name)) throw objectNotFound()
  return name
}
