// Everything that is served on the management port, as one application: the HTTP API under /api, with
// what all of its requests share, the console, and /metrics. What the API answers is in resources/,
// one file per kind of object. Loaded with the first request: see server.ts.

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import fastify, { type FastifyInstance } from 'fastify'
import { addConsole } from './console-files.ts'
import type { Context } from './context.ts'
import { addErrorHandling, refuseOtherMethods } from './error-handling.ts'
import { type AuthenticationOptions, authenticate, requireAccess } from './identity.ts'
import { renderMetrics } from './metrics/broker-metrics.ts'
import { metricsContentType } from './metrics/server.ts'
import { addDocsPage } from './openapi/docs-page.ts'
import { documentRoute } from './openapi/document-route.ts'
import { addRequestParsing } from './request-parsing.ts'
import { bindings } from './resources/bindings.ts'
import { browse } from './resources/browse.ts'
import { clients } from './resources/clients.ts'
import { definitions } from './resources/definitions.ts'
import { delayed } from './resources/delayed.ts'
import { events } from './resources/events.ts'
import { exchanges } from './resources/exchanges.ts'
import { explain } from './resources/explain.ts'
import { gateways } from './resources/gateways.ts'
import { health } from './resources/health.ts'
import { live } from './resources/live.ts'
import { messages } from './resources/messages.ts'
import { nodeControl } from './resources/node-control.ts'
import { overview } from './resources/overview.ts'
import { parameters } from './resources/parameters.ts'
import { permissions } from './resources/permissions.ts'
import { policies } from './resources/policies.ts'
import { queues } from './resources/queues.ts'
import { users } from './resources/users.ts'
import { vhosts } from './resources/vhosts.ts'
import type { Resource, Route } from './route.ts'
import { addRoute } from './route.ts'

export interface HttpAppOptions extends AuthenticationOptions {
  readonly pathPrefix: string
  readonly bodyBytesMax: number
  readonly allowedOrigins: readonly string[]
  /** What listens; the application does not. */
  readonly server: Server
}

export interface HttpApp {
  answer(request: IncomingMessage, response: ServerResponse): void
  close(): Promise<void>
}

const resources: readonly Resource[] = [
  overview,
  users,
  vhosts,
  permissions,
  queues,
  messages,
  delayed,
  browse,
  exchanges,
  explain,
  bindings,
  clients,
  policies,
  parameters,
  definitions,
  health,
  events,
  live,
  gateways,
  nodeControl,
]

/** Everything that is under /api; its document is one of the routes and lists them all. */
export function apiRoutes(context: Context): readonly Route[] {
  const routes = resources.flatMap((resource) => [...resource(context)])
  const all: readonly Route[] = [...routes, documentRoute(context, () => all)]
  return all
}

/** Names in paths: four bytes of UTF-8 percent-encoded, 255 of them, and a connection's name. */
const pathPartMax = 4096

/** No route has a schema that Fastify sees: bodies are checked by ours. Its own compilers are 10 MB. */
const noCompilers = {
  compilersFactory: { buildValidator: refuseSchema, buildSerializer: refuseSchema },
}

function refuseSchema(): never {
  throw new Error('schemas of bodies belong into schemas.ts')
}

export async function buildHttpApp(context: Context, options: HttpAppOptions): Promise<HttpApp> {
  const app = fastify({
    bodyLimit: options.bodyBytesMax,
    routerOptions: { maxParamLength: pathPartMax, ignoreTrailingSlash: true },
    schemaController: noCompilers,
    serverFactory: () => options.server,
  })
  addRequestParsing(app)
  addErrorHandling(app, context.logger)
  addCrossOrigin(app, options.allowedOrigins)
  addAuthentication(app, options)
  await app.register(
    (api, _options, done) => {
      const routes = apiRoutes(context)
      for (const route of routes) addRoute(api, context, route)
      refuseOtherMethods(api, routes)
      done()
    },
    { prefix: `${options.pathPrefix}/api` },
  )
  await addConsole(app, options.pathPrefix)
  await addDocsPage(app, `${options.pathPrefix}/api`)
  addMetrics(app, context, options.pathPrefix)
  await app.ready()
  return {
    answer: (request, response) => app.routing(request, response),
    close: () => app.close(),
  }
}

/** Behind a password here, unlike on the listener for Prometheus, which may be kept to itself. */
function addMetrics(app: FastifyInstance, context: Context, prefix: string): void {
  for (const [path, perObject] of [
    ['/metrics', false],
    ['/metrics/per-object', true],
    ['/metrics/detailed', true],
  ] as const) {
    app.get(`${prefix}${path}`, { config: { access: 'monitoring' } }, async (_request, reply) => {
      reply.type(metricsContentType)
      return renderMetrics(context, perObject)
    })
  }
}

function addAuthentication(app: FastifyInstance, options: AuthenticationOptions): void {
  app.decorateRequest('identity', null)
  app.addHook('onRequest', async (request) => {
    const { access } = request.routeOptions.config
    // A path that does not exist is told so without asking who wants to know.
    if (access === undefined || access === 'none') return
    const credentials = {
      authorization: request.headers.authorization,
      remoteAddress: request.ip,
    }
    request.identity = authenticate(credentials, options)
    requireAccess(request.identity, access)
  })
}

function addCrossOrigin(app: FastifyInstance, allowed: readonly string[]): void {
  if (allowed.length === 0) return
  app.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers
    if (origin === undefined || !(allowed.includes('*') || allowed.includes(origin))) return
    reply.header('access-control-allow-origin', origin)
    reply.header('access-control-allow-credentials', 'true')
    reply.header('vary', 'origin')
    if (request.method !== 'OPTIONS') return
    reply.header('access-control-allow-methods', 'GET, PUT, POST, DELETE, OPTIONS')
    reply.header('access-control-allow-headers', 'authorization, content-type, x-reason')
    await reply.code(204).send()
  })
}
