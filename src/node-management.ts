// Joins the management listener to a node: what the API may know and do beyond the broker itself. Part
// of the composition root, in a module of its own because it is loaded after AMQP already listens.

import { resolve } from 'node:path'
import type { Alarms } from './alarms.ts'
import type { ListeningEndpoint } from './amqp-listeners.ts'
import type { Logger } from './base/logger.ts'
import type { TlsSource } from './base/tls-settings.ts'
import type { BrokerCore } from './broker/broker-core.ts'
import type { Config } from './config/config.ts'
import type { EffectiveSetting } from './config/load-config.ts'
import { absoluteWatermark, relativeWatermark } from './config/value-types.ts'
import { makeControlToken, removeControlFile, writeControlFile } from './control-file.ts'
import type {
  ListenerFacts,
  NodeOperations,
  StoreFacts,
  TelemetryFacts,
} from './management/context.ts'
import type { Gateways } from './management/gateways.ts'
import type { ManagementServer, MetricsOptions, TlsEndpoint } from './management/server.ts'
import { startManagement } from './management/server.ts'

import type { NodeTls } from './node-tls.ts'

export interface NodeManagementOptions {
  readonly core: BrokerCore
  readonly config: Config
  readonly settings: readonly EffectiveSetting[]
  readonly logger: Logger
  readonly dataDirectory: string | null
  readonly alarms: Alarms
  readonly store: StoreFacts
  /** Null when none is configured. */
  readonly gateways: Gateways | null
  readonly setLogLevel: (level: string) => void
  readonly configFiles: readonly string[]
  /** Null: who embeds the node decides on its end. */
  readonly requestStop: (() => void) | null
  /** Null: nothing is served over TLS. */
  readonly tls: NodeTls | null
  /** Null: messages are not traced. */
  readonly telemetry: () => TelemetryFacts | null
  /** Where AMQP is served at the moment. */
  readonly amqpEndpoints: () => readonly ListeningEndpoint[]
  readonly suspend: () => Promise<void>
  readonly resume: () => Promise<void>
  /** Takes no new connections, and takes them again. */
  readonly suspendListeners: () => void
  readonly resumeListeners: () => Promise<void>
  readonly isSuspended: () => boolean
  /** Deletes everything and begins as on a first start. */
  readonly reset: () => void
}

export async function startNodeManagement(
  options: NodeManagementOptions,
): Promise<ManagementServer | null> {
  const { config, core, logger, settings, alarms } = options
  const { pathPrefix, bodyBytesMax, statisticsIntervalMs, allowedOrigins } = config.management
  const amqpHost = config.amqp.listeners[0]?.host ?? null
  const endpoints = managementEndpoints(
    config,
    options.tls?.source('managementTls') ?? null,
    amqpHost,
  )
  if (endpoints === null) return null
  const { plain, tls } = endpoints
  const directory = options.dataDirectory === null ? null : resolve(options.dataDirectory)
  const controlToken = directory === null ? null : makeControlToken()
  const server = await startManagement({
    core,
    logger: logger.category('management'),
    ...plain,
    tls,
    controlToken,
    loopbackUsers: config.firstStart.loopbackUsers,
    pathPrefix,
    bodyBytesMax,
    statisticsIntervalMs,
    allowedOrigins,
    node: {
      name: config.node.name,
      clusterName: config.node.clusterName === '' ? config.node.name : config.node.clusterName,
      product: config.node.product,
      version: config.node.version,
      startedAtMs: core.clock.now(),
      dataDirectory: directory,
      configFiles: options.configFiles,
      logFiles:
        config.log.file === null ? ['<stderr>'] : [resolve(config.log.directory, config.log.file)],
    },
    listeners: () => [...options.amqpEndpoints(), ...gatewayEndpoints(options.gateways)],
    certificates: () => options.tls?.certificates() ?? [],
    telemetry: options.telemetry,
    alarms: () => alarms.state,
    store: () => options.store,
    gateways: options.gateways,
    settings: () => settings,
    operations: operationsOf(options),
    metrics: metricsOf(config, options.tls?.source('prometheusTls') ?? null, amqpHost),
  })
  if (directory === null || controlToken === null) return server
  const url = `http://${urlHost(plain.host)}:${server.port}${pathPrefix}`
  await writeControlFile(directory, { url, token: controlToken })
  return {
    ...server,
    stop: async () => {
      await removeControlFile(directory)
      await server.stop()
    },
  }
}

const managementPort = 15672
const prometheusPort = 15692

interface HttpEndpoints {
  readonly plain: { readonly host: string | null; readonly port: number }
  readonly tls: TlsEndpoint | null
}

/** Null: none at all. Beside TLS, plain HTTP has to be asked for [RMQ: rabbit_mgmt_app]. */
function managementEndpoints(
  { management }: Config,
  source: TlsSource | null,
  amqpHost: string | null,
): HttpEndpoints | null {
  const { port, tlsPort } = management
  const host = management.host ?? amqpHost
  if (tlsPort === null || source === null) {
    if (port === null) return null
    return { plain: { host, port: port === 'auto' ? managementPort : port }, tls: null }
  }
  const tls = { host: management.tlsHost ?? host, port: tlsPort, source }
  // `warrenctl` on this machine goes where the control file says, without any certificate.
  if (typeof port !== 'number') return { plain: { host: '127.0.0.1', port: 0 }, tls }
  return { plain: { host, port }, tls }
}

function metricsOf(
  { prometheus }: Config,
  source: TlsSource | null,
  amqpHost: string | null,
): readonly MetricsOptions[] {
  const { port, tlsPort, path, perObject } = prometheus
  const host = prometheus.host ?? amqpHost
  const shared = { path, perObject }
  if (tlsPort === null || source === null) {
    if (port === null) return []
    return [{ ...shared, port: port === 'auto' ? prometheusPort : port, host, tls: null }]
  }
  const overTls = { ...shared, port: tlsPort, host: prometheus.tlsHost ?? host, tls: source }
  if (typeof port !== 'number') return [overTls]
  return [{ ...shared, port, host, tls: null }, overTls]
}

function operationsOf({
  alarms,
  setLogLevel,
  requestStop,
  suspend,
  resume,
  suspendListeners,
  resumeListeners,
  isSuspended,
  reset,
}: NodeManagementOptions): NodeOperations {
  return {
    ...(requestStop === null ? {} : { stop: requestStop }),
    suspend,
    resume,
    suspendListeners: async () => suspendListeners(),
    resumeListeners,
    isSuspended,
    reset,
    changeSetting: (key, value) => {
      if (key !== 'log.default.level') return changeLimit(alarms, key, value)
      setLogLevel(value)
      return true
    },
  }
}

const fractionMax = 100

function changeLimit(alarms: Alarms, key: string, value: string): boolean {
  const fraction = relativeWatermark(fractionMax)
  switch (key) {
    case 'vm_memory_high_watermark.relative':
      alarms.setLimits({ memory: fraction.parse(value) })
      return true
    case 'vm_memory_high_watermark.absolute':
      alarms.setLimits({ memory: absoluteWatermark.parse(value) })
      return true
    case 'disk_free_limit.relative':
      alarms.setLimits({ disk: fraction.parse(value) })
      return true
    case 'disk_free_limit.absolute':
      alarms.setLimits({ disk: absoluteWatermark.parse(value) })
      return true
    default:
      return false
  }
}

/** Named so that nobody takes them for HTTP listeners of the API. */
function gatewayEndpoints(gateways: Gateways | null): ListenerFacts[] {
  if (gateways === null) return []
  return gateways
    .listeners()
    .map(({ protocol, address, port }) => ({ protocol: `rpc/${protocol}`, address, port }))
}

function urlHost(host: string | null): string {
  if (host === null || host === '::' || host === '0.0.0.0') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
