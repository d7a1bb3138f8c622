// Users, who I am, and users' limits.

import type { PasswordHash, User } from '../../broker/access.ts'
import type { Context, CoreContext } from '../context.ts'
import { badRequest, objectNotFound } from '../errors.ts'
import type { Listed, View } from '../listing.ts'
import { answerList } from '../listing.ts'
import type { Asked, Body, Resource, Route } from '../route.ts'
import { answerPut, tagsField, textField } from '../route.ts'

export const userView = ({ name, password, tags, limits }: User): View => ({
  name,
  password_hash: password.hash,
  hashing_algorithm: password.algorithm,
  tags,
  limits,
})

const listed: Listed<User> = { name: ({ name }) => name, view: userView }

export const users: Resource = (context) => [...accountRoutes(context), ...limitRoutes(context)]

function accountRoutes(context: Context): Route[] {
  const { access } = context.core
  return [
    {
      method: 'GET',
      path: '/whoami',
      access: 'any',
      summary: 'Who the request comes from',
      answer: ({ identity }) => ({ name: identity.name, tags: identity.tags }),
    },
    {
      method: 'GET',
      path: '/users',
      access: 'administrator',
      summary: 'All users',
      answer: ({ query }) => answerList(query, [...access.users.values()], listed),
    },
    {
      method: 'GET',
      path: '/users/without-permissions',
      access: 'administrator',
      summary: 'Users that may enter no virtual host',
      answer: ({ query }) => {
        const permitted = new Set(access.listPermissions().map(({ user }) => user))
        const without = [...access.users.values()].filter(({ name }) => !permitted.has(name))
        return answerList(query, without, listed)
      },
    },
    {
      method: 'GET',
      path: '/users/:name',
      access: 'administrator',
      summary: 'One user',
      answer: (asked) => userView(findUser(context, asked)),
    },
    {
      method: 'PUT',
      path: '/users/:name',
      access: 'administrator',
      summary: 'Creates or changes a user: password or password_hash, and tags',
      body: 'user',
      answer: (asked) => {
        const name = asked.param('name')
        const isNew = !access.users.has(name)
        putUser(context, name, asked.body)
        answerPut(asked, isNew)
      },
    },
    {
      method: 'DELETE',
      path: '/users/:name',
      access: 'administrator',
      summary: 'Deletes a user, with permissions; closes what the user has open',
      answer: (asked) => deleteUser(context, findUser(context, asked).name),
    },
    {
      method: 'POST',
      path: '/users/bulk-delete',
      access: 'administrator',
      summary: 'Deletes the users named',
      body: 'bulkDelete',
      answer: ({ body }) => {
        for (const name of Array.isArray(body.users) ? body.users.map(String) : []) {
          if (access.users.has(name)) deleteUser(context, name)
        }
      },
    },
  ]
}

/** Also what an import of definitions does with each user. */
export function putUser({ core }: CoreContext, name: string, body: Body): void {
  if (body.tags === undefined) throw badRequest('tags_not_present')
  const previous = core.access.users.get(name)
  core.access.putUser({
    name,
    password: passwordOf(core, body),
    tags: tagsField(body.tags),
    limits: previous?.limits ?? {},
  })
}

const algorithms = [
  'rabbit_password_hashing_sha256',
  'rabbit_password_hashing_sha512',
  'rabbit_password_hashing_md5',
]

function passwordOf(core: Context['core'], body: Body): PasswordHash {
  const password = textField(body, 'password')
  if (password !== undefined && password !== '') return core.hasher.hash(password)
  const algorithm = textField(body, 'hashing_algorithm') ?? algorithms[0]!
  if (!algorithms.includes(algorithm)) throw badRequest(`unknown hashing algorithm ${algorithm}`)
  const hash = textField(body, 'password_hash') ?? ''
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(hash)) throw badRequest('body_invalid_base64_password_hash')
  return { hash, algorithm }
}

function deleteUser({ core }: Context, name: string): void {
  core.access.deleteUser(name)
  for (const connection of core.connections) {
    if (connection.user === name) connection.control.close(`user '${name}' was deleted`)
  }
}

function findUser({ core }: Context, asked: Asked): User {
  const user = core.access.users.get(asked.param('name'))
  if (user === undefined) throw objectNotFound()
  return user
}

const limitNames = ['max-connections', 'max-channels']

function limitRoutes(context: Context): Route[] {
  const { access } = context.core
  const limited = (users: readonly User[]): object[] =>
    users
      .filter(({ limits }) => Object.keys(limits).length > 0)
      .map(({ name, limits }) => ({ user: name, value: limits }))
  return [
    {
      method: 'GET',
      path: '/user-limits',
      access: 'administrator',
      summary: 'The limits of all users that have any',
      answer: () => limited([...access.users.values()]),
    },
    {
      method: 'GET',
      path: '/user-limits/:name',
      access: 'administrator',
      summary: 'The limits of one user',
      answer: (asked) => limited([findUser(context, asked)]),
    },
    {
      method: 'PUT',
      path: '/user-limits/:name/:limit',
      access: 'administrator',
      summary: 'Sets max-connections or max-channels of a user',
      body: 'limit',
      answer: (asked) => {
        const user = findUser(context, asked)
        const [limit, value] = [asked.param('limit'), limitValue(asked.body)]
        checkLimitName(limit, limitNames)
        access.putUser({ ...user, limits: { ...user.limits, [limit]: value } })
      },
    },
    {
      method: 'DELETE',
      path: '/user-limits/:name/:limit',
      access: 'administrator',
      summary: 'Takes a limit of a user away',
      answer: (asked) => {
        const user = findUser(context, asked)
        const { [asked.param('limit')]: _, ...rest } = user.limits
        access.putUser({ ...user, limits: rest })
      },
    },
  ]
}

export function limitValue(body: Body): number {
  const value = Number(body.value)
  if (Number.isInteger(value)) return value
  throw badRequest('Validation failed\n\nlimits must be whole numbers\n')
}

export function checkLimitName(name: string, known: readonly string[]): void {
  if (known.includes(name)) return
  throw badRequest(`Validation failed\n\nUnrecognised terms [{<<"${name}">>}] in limits\n`)
}
