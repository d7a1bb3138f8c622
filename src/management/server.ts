// The management listener. It answers with an application that is loaded when the first request comes:
// a broker that nobody looks at is ready sooner and does without the application's 20 MB.

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Logger } from '../base/logger.ts'
import { createServer } from '../base/node-http.ts'
import type { TlsSource } from '../base/tls-settings.ts'
import type { BrokerCore } from '../broker/broker-core.ts'
import type {
  AlarmFacts,
  CertificateFacts,
  Context,
  ListenerFacts,
  NodeFacts,
  NodeOperations,
  SettingFacts,
  StoreFacts,
  TelemetryFacts,
} from './context.ts'
import type { Gateways } from './gateways.ts'
import type { HttpApp } from './http-app.ts'
import { Machine } from './machine.ts'
import { renderMetrics } from './metrics/broker-metrics.ts'
import { type MetricsServer, startMetricsServer } from './metrics/server.ts'
import { Statistics } from './statistics/statistics.ts'

export interface ManagementOptions {
  readonly core: BrokerCore
  readonly logger: Logger
  readonly node: NodeFacts
  /** Null: every address. */
  readonly host: string | null
  readonly port: number
  /** The same over TLS; missing or null: not served. */
  readonly tls?: TlsEndpoint | null
  /** What opens the API to whoever may read the data directory; null: nothing does. */
  readonly controlToken: string | null
  readonly loopbackUsers: readonly string[]
  readonly pathPrefix: string
  readonly bodyBytesMax: number
  readonly statisticsIntervalMs: number
  readonly allowedOrigins: readonly string[]
  /** The listeners besides this one. */
  readonly listeners: () => readonly ListenerFacts[]
  /** Missing or null: messages are not traced. */
  readonly telemetry?: () => TelemetryFacts | null
  /** Missing: there are none. */
  readonly certificates?: () => readonly CertificateFacts[]
  readonly alarms: () => AlarmFacts
  readonly settings: () => readonly SettingFacts[]
  readonly store: () => StoreFacts
  readonly operations: NodeOperations
  /** Missing or null: no RPC gateway is configured. */
  readonly gateways?: Gateways | null
  /** The listeners for Prometheus; without any, /metrics is here alone. */
  readonly metrics: readonly MetricsOptions[]
}

export interface TlsEndpoint {
  readonly host: string | null
  readonly port: number
  readonly source: TlsSource
}

export interface MetricsOptions {
  readonly host: string | null
  readonly port: number
  readonly path: string
  readonly perObject: boolean
  /** Null: plain HTTP. */
  readonly tls: TlsSource | null
}

export interface ManagementServer {
  readonly port: number
  /** Null: not served over TLS. */
  readonly tlsPort: number | null
  stop(): Promise<void>
}

interface RunningMetrics extends ListenerFacts {
  readonly server: MetricsServer
}

/** A page polls and listens: its connections are kept longer than the platform's five seconds. */
const keepAliveMs = 72_000

export async function startManagement(options: ManagementOptions): Promise<ManagementServer> {
  const { core, logger, node, operations, alarms, settings } = options
  const server = createServer({ keepAliveTimeout: keepAliveMs })
  const statistics = new Statistics(core)
  const listenersOfAll = (): readonly ListenerFacts[] => [
    ...options.listeners(),
    { protocol: 'http', address: options.host ?? '::', port: portOf(server) },
    ...(tls === null
      ? []
      : [{ protocol: 'https', address: options.tls?.host ?? '::', port: portOf(tls) }]),
    ...metrics.map(({ protocol, address, port }) => ({ protocol, address, port })),
  ]
  let tls: Server | null = null
  const metrics: RunningMetrics[] = []
  const context: Context = {
    core,
    logger,
    node,
    operations,
    certificates: options.certificates ?? (() => []),
    telemetry: options.telemetry ?? (() => null),
    alarms,
    settings,
    store: options.store,
    gateways: options.gateways ?? null,
    statistics,
    machine: new Machine(node.dataDirectory ?? '.'),
    listeners: listenersOfAll,
  }
  const app = new LazyApp(async () => {
    const { buildHttpApp } = await import('./http-app.ts')
    return buildHttpApp(context, { ...options, server })
  }, logger)
  server.on('request', (request, response) => void app.answer(request, response))
  await listen(server, options)
  if (options.tls !== undefined && options.tls !== null) {
    const { createHttpsServer } = await import('./https-server.ts')
    tls = createHttpsServer(options.tls.source, logger)
    tls.on('request', (request, response) => void app.answer(request, response))
    await listen(tls, options.tls)
  }
  for (const asked of options.metrics) metrics.push(...(await tryMetrics(context, asked)))
  const sampling = setInterval(
    () => statistics.sample(core.clock.now()),
    options.statisticsIntervalMs,
  )
  sampling.unref()
  return {
    port: portOf(server),
    tlsPort: tls === null ? null : portOf(tls),
    stop: async () => {
      clearInterval(sampling)
      await Promise.all(metrics.map((listener) => listener.server.stop()))
      await Promise.all([server, ...(tls === null ? [] : [tls])].map(closeServer))
      await app.close()
    },
  }
}

function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  return closed
}

function listen(
  server: Server,
  { host, port }: Pick<ManagementOptions, 'host' | 'port'>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, ...(host === null ? {} : { host }) }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** The application, made when it is needed; requests that come meanwhile wait for it. */
class LazyApp {
  readonly #make: () => Promise<HttpApp>
  readonly #logger: Logger
  #app: HttpApp | null = null
  #making: Promise<HttpApp> | null = null

  constructor(make: () => Promise<HttpApp>, logger: Logger) {
    this.#make = make
    this.#logger = logger
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      this.#making ??= this.#make()
      this.#app ??= await this.#making
    } catch (error) {
      this.#logger.error('the HTTP API cannot be loaded', { error })
      response.writeHead(500).end()
      return
    }
    this.#app.answer(request, response)
  }

  async close(): Promise<void> {
    const app = await this.#making?.catch(() => null)
    await app?.close()
  }
}

/** A port that another broker has is no reason not to start: the metrics are also at /metrics. */
async function tryMetrics(context: Context, options: MetricsOptions): Promise<RunningMetrics[]> {
  const { logger } = context
  try {
    const server = await startMetricsServer({
      ...options,
      logger,
      render: (perObject) => renderMetrics(context, perObject),
    })
    const protocol = options.tls === null ? 'http/prometheus' : 'https/prometheus'
    return [{ server, protocol, address: options.host ?? '::', port: server.port }]
  } catch (error) {
    logger.warn('no listener for Prometheus', { port: options.port, error })
    return []
  }
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
