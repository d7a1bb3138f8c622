// The management listener: the HTTP API under /api, with everything that all of its requests share.
// What it answers is in resources/, one file per kind of object.

import type { AddressInfo } from 'node:net'
import fastify, { type FastifyInstance } from 'fastify'
import type { Logger } from '../base/logger.ts'
import type { BrokerCore } from '../broker/broker-core.ts'
import { addConsole } from './console-files.ts'
import type {
  AlarmFacts,
  Context,
  ListenerFacts,
  NodeFacts,
  NodeOperations,
  SettingFacts,
  StoreFacts,
} from './context.ts'
import { addErrorHandling, refuseOtherMethods } from './error-handling.ts'
import type { Gateways } from './gateways.ts'
import { authenticate, requireAccess } from './identity.ts'
import { Machine } from './machine.ts'
import { renderMetrics } from './metrics/broker-metrics.ts'
import { type MetricsServer, metricsContentType, startMetricsServer } from './metrics/server.ts'
import { addRequestParsing } from './request-parsing.ts'
import { bindings } from './resources/bindings.ts'
import { browse } from './resources/browse.ts'
import { clients } from './resources/clients.ts'
import { definitions } from './resources/definitions.ts'
import { delayed } from './resources/delayed.ts'
import { events } from './resources/events.ts'
import { exchanges } from './resources/exchanges.ts'
import { explain } from './resources/explain.ts'
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
import type { Resource } from './route.ts'
import { addRoute } from './route.ts'
import { Statistics } from './statistics/statistics.ts'

export interface ManagementOptions {
  readonly core: BrokerCore
  readonly logger: Logger
  readonly node: NodeFacts
  /** Null: every address. */
  readonly host: string | null
  readonly port: number
  /** What opens the API to whoever may read the data directory; null: nothing does. */
  readonly controlToken: string | null
  readonly loopbackUsers: readonly string[]
  readonly pathPrefix: string
  readonly bodyBytesMax: number
  readonly statisticsIntervalMs: number
  readonly allowedOrigins: readonly string[]
  /** The listeners besides this one. */
  readonly listeners: () => readonly ListenerFacts[]
  readonly alarms: () => AlarmFacts
  readonly settings: () => readonly SettingFacts[]
  readonly store: () => StoreFacts
  readonly operations: NodeOperations
  /** Missing or null: no RPC gateway is configured. */
  readonly gateways?: Gateways | null
  /** The listener for Prometheus; null: none, and /metrics is here alone. */
  readonly metrics: MetricsOptions | null
}

export interface MetricsOptions {
  readonly host: string | null
  readonly port: number
  readonly path: string
  readonly perObject: boolean
}

export interface ManagementServer {
  readonly port: number
  stop(): Promise<void>
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
  nodeControl,
]

/** Names in paths: four bytes of UTF-8 percent-encoded, 255 of them, and a connection's name. */
const pathPartMax = 4096

export async function startManagement(options: ManagementOptions): Promise<ManagementServer> {
  const { core, logger, node, operations, alarms, settings } = options
  const app = fastify({
    bodyLimit: options.bodyBytesMax,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: pathPartMax, ignoreTrailingSlash: true },
  })
  const statistics = new Statistics(core)
  const listenersOfAll = (): readonly ListenerFacts[] => [
    ...options.listeners(),
    { protocol: 'http', address: options.host ?? '::', port: portOf(app) },
    ...(metrics === null
      ? []
      : [
          {
            protocol: 'http/prometheus',
            address: options.metrics?.host ?? '::',
            port: metrics.port,
          },
        ]),
  ]
  let metrics: MetricsServer | null = null
  const context: Context = {
    core,
    logger,
    node,
    operations,
    alarms,
    settings,
    store: options.store,
    gateways: options.gateways ?? null,
    statistics,
    machine: new Machine(node.dataDirectory ?? '.'),
    listeners: listenersOfAll,
  }
  addRequestParsing(app)
  addErrorHandling(app, logger)
  addCrossOrigin(app, options.allowedOrigins)
  addAuthentication(app, options)
  await app.register(
    (api, _options, done) => {
      const routes = resources.flatMap((resource) => [...resource(context)])
      for (const route of routes) addRoute(api, context, route)
      refuseOtherMethods(api, routes)
      done()
    },
    { prefix: `${options.pathPrefix}/api` },
  )
  await addConsole(app, options.pathPrefix)
  addMetrics(app, context, options.pathPrefix)
  await app.listen({ port: options.port, ...(options.host === null ? {} : { host: options.host }) })
  metrics = await tryMetrics(context, options.metrics)
  const sampling = setInterval(
    () => statistics.sample(core.clock.now()),
    options.statisticsIntervalMs,
  )
  sampling.unref()
  return {
    port: portOf(app),
    stop: async () => {
      clearInterval(sampling)
      await metrics?.stop()
      await app.close()
    },
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

/** A port that another broker has is no reason not to start: the metrics are also at /metrics. */
async function tryMetrics(
  context: Context,
  options: MetricsOptions | null,
): Promise<MetricsServer | null> {
  if (options === null) return null
  const { logger } = context
  try {
    return await startMetricsServer({
      ...options,
      logger,
      render: (perObject) => renderMetrics(context, perObject),
    })
  } catch (error) {
    logger.warn('no listener for Prometheus', { port: options.port, error })
    return null
  }
}

function portOf(app: FastifyInstance): number {
  const address: AddressInfo | string | null = app.server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function addAuthentication(app: FastifyInstance, options: ManagementOptions): void {
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
