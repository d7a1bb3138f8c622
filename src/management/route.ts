// How resources say what they answer: a method, a path, who may ask, and a function from a request to
// what is sent. Everything that all requests share happens here, once.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Queue } from '../broker/queues/queue.ts'
import type { VirtualHost } from '../broker/vhost.ts'
import type { BodyName } from './body-name.ts'
import type { Context } from './context.ts'
import { badRequest, notAuthorised, objectNotFound } from './errors.ts'
import type { Access, Identity } from './identity.ts'
import { mayEnter, sees } from './identity.ts'
import type { ListQuery } from './listing.ts'
import type { StatisticsQuery } from './statistics/details.ts'

export type Query = ListQuery & StatisticsQuery & Readonly<Record<string, string | undefined>>
export type Body = Readonly<Record<string, unknown>>

/** One request as a resource sees it. */
export interface Asked {
  readonly identity: Identity
  readonly query: Query
  /** An empty object when there was no body. */
  readonly body: Body
  /** A part of the path by its name; percent-decoded. */
  param(name: string): string
  header(name: string): string | undefined
  /** The status of the answer; 200 with a body and 204 without one unless it is set. */
  status(code: number): void
  /** A header of the answer. */
  answerHeader(name: string, value: string): void
}

export type Answer = unknown

export interface Route {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  readonly path: string
  readonly access: Access
  /** One line for the API's documentation. */
  readonly summary: string
  /** What the body has to be, by its name in schemas.ts. */
  readonly body?: BodyName
  readonly answer: (asked: Asked) => Answer | Promise<Answer>
}

/** The routes of one kind of object. */
export type Resource = (context: Context) => readonly Route[]

declare module 'fastify' {
  interface FastifyRequest {
    identity: Identity | null
  }
  interface FastifyContextConfig {
    access?: Access
  }
}

export function addRoute(app: FastifyInstance, { core }: Context, route: Route): void {
  app.route({
    method: route.method,
    url: route.path,
    config: { access: route.access },
    handler: async (request, reply) => {
      const asked = ask(request, reply)
      if (route.body !== undefined) {
        const { checkBody } = await import('./schemas.ts')
        checkBody(route.body, asked.body)
      }
      try {
        const answer = await route.answer(asked)
        if (answer === undefined && reply.statusCode === 200) reply.code(204)
        return answer
      } finally {
        // What was changed has to be as safe as a change made over AMQP before it is answered.
        if (route.method !== 'GET') core.endTurn()
      }
    },
  })
}

function ask(request: FastifyRequest, reply: FastifyReply): Asked {
  const params = toRecord(request.params)
  return {
    identity: request.identity ?? { name: '', tags: [], isOwner: false },
    query: toQuery(request.query),
    body: toRecord(request.body),
    param: (name) => String(params[name] ?? ''),
    header: (name) => {
      const value = request.headers[name]
      return Array.isArray(value) ? value[0] : value
    },
    status: (code) => void reply.code(code),
    answerHeader: (name, value) => void reply.header(name, value),
  }
}

function toRecord(value: unknown): Body {
  if (value === null || value === undefined) return {}
  if (typeof value === 'object' && !Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value))
  }
  throw badRequest('expected a JSON object')
}

/** A parameter given twice counts as given last. */
function toQuery(value: unknown): Query {
  const entries = Object.entries(toRecord(value)).map(([key, item]) => {
    const last: unknown = Array.isArray(item) ? item.at(-1) : item
    return [key, last === undefined ? undefined : String(last)] as const
  })
  return Object.fromEntries(entries)
}

/** The virtual host of the path, for looking at; throws 404 or 401. */
export function visibleVhost({ core }: Context, asked: Asked): VirtualHost {
  const vhost = core.vhosts.get(asked.param('vhost'))
  if (vhost === undefined) throw objectNotFound()
  if (!sees(asked.identity, vhost)) throw refusedVhost()
  return vhost
}

/** The virtual host of the path, for doing something in it. */
export function enteredVhost({ core }: Context, asked: Asked): VirtualHost {
  const vhost = core.vhosts.get(asked.param('vhost'))
  if (vhost === undefined) throw objectNotFound()
  if (!mayEnter(asked.identity, vhost)) throw refusedVhost()
  return vhost
}

function refusedVhost(): Error {
  return notAuthorised('User not authorised to access virtual host')
}

/** All virtual hosts that the user may look at, or the one of the path. */
export function visibleVhosts(context: Context, asked: Asked): VirtualHost[] {
  if (asked.param('vhost') !== '') return [visibleVhost(context, asked)]
  return [...context.core.vhosts.values()].filter((vhost) => sees(asked.identity, vhost))
}

export function queueOf(vhost: VirtualHost, name: string): Queue {
  const queue = vhost.topology.queues.get(name)
  if (queue === undefined) throw objectNotFound()
  return queue
}

/** Throws 401 unless the user's permissions in the virtual host cover the resource. */
export function requirePermission(
  { identity }: Asked,
  vhost: VirtualHost,
  resource: { readonly kind: 'queue' | 'exchange'; readonly name: string },
  permission: 'configure' | 'write' | 'read',
): void {
  if (identity.isOwner) return
  vhost.access.check(identity.name, vhost.name, resource, permission)
}

/** PUT answers 201 for what is new and 204 for what was there. */
export function answerPut(asked: Asked, isNew: boolean): void {
  asked.status(isNew ? 201 : 204)
}

export function textField(body: Body, name: string): string | undefined {
  const value = body[name]
  return value === undefined || value === null ? undefined : String(value)
}

/** Booleans come as words from some tools. */
export function flagField(body: Body, name: string, byDefault: boolean): boolean {
  const value = body[name]
  if (value === undefined || value === null) return byDefault
  if (typeof value === 'boolean') return value
  if (value === 'true') return true
  if (value === 'false') return false
  throw badRequest(`${name} must be true or false`)
}

/** Tags are a list or words separated by commas. */
export function tagsField(value: unknown): string[] {
  const words = Array.isArray(value) ? value.map(String) : String(value ?? '').split(',')
  return words.map((word) => word.trim()).filter((word) => word !== '')
}
