// Joins the management listener to a node: what the API may know and do beyond the broker itself. Part
// of the composition root, in a module of its own because it is loaded after AMQP already listens.

import { resolve } from 'node:path'
import type { Alarms } from './alarms.ts'
import type { ListeningEndpoint } from './amqp-listeners.ts'
import type { Logger } from './base/logger.ts'
import type { BrokerCore } from './broker/broker-core.ts'
import type { Config } from './config/config.ts'
import type { EffectiveSetting } from './config/load-config.ts'
import { absoluteWatermark, relativeWatermark } from './config/value-types.ts'
import { makeControlToken, removeControlFile, writeControlFile } from './control-file.ts'
import type { NodeOperations, StoreFacts } from './management/context.ts'
import type { ManagementServer, MetricsOptions } from './management/server.ts'
import { startManagement } from './management/server.ts'

export interface NodeManagementOptions {
  readonly core: BrokerCore
  readonly config: Config
  readonly settings: readonly EffectiveSetting[]
  readonly logger: Logger
  readonly dataDirectory: string | null
  readonly alarms: Alarms
  readonly store: StoreFacts
  readonly setLogLevel: (level: string) => void
  readonly configFiles: readonly string[]
  /** Null: who embeds the node decides on its end. */
  readonly requestStop: (() => void) | null
  /** Where AMQP is served at the moment. */
  readonly amqpEndpoints: () => readonly ListeningEndpoint[]
  readonly suspend: () => Promise<void>
  readonly resume: () => Promise<void>
  /** Deletes everything and begins as on a first start. */
  readonly reset: () => void
}

export async function startNodeManagement(
  options: NodeManagementOptions,
): Promise<ManagementServer | null> {
  const { config, core, logger, settings, alarms } = options
  const { port, host, pathPrefix, bodyBytesMax, statisticsIntervalMs, allowedOrigins } =
    config.management
  if (port === null) return null
  const amqpHost = config.amqp.listeners[0]?.host ?? null
  const directory = options.dataDirectory === null ? null : resolve(options.dataDirectory)
  const controlToken = directory === null ? null : makeControlToken()
  const server = await startManagement({
    core,
    logger: logger.category('management'),
    host: host ?? amqpHost,
    port,
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
      logFiles: config.log.file === null ? ['<stderr>'] : [config.log.file],
    },
    listeners: () => options.amqpEndpoints().map((endpoint) => ({ protocol: 'amqp', ...endpoint })),
    alarms: () => alarms.state,
    store: () => options.store,
    settings: () => settings,
    operations: operationsOf(options),
    metrics: metricsOf(config, amqpHost),
  })
  if (directory === null || controlToken === null) return server
  const url = `http://${urlHost(host ?? amqpHost)}:${server.port}${pathPrefix}`
  await writeControlFile(directory, { url, token: controlToken })
  return {
    port: server.port,
    stop: async () => {
      await removeControlFile(directory)
      await server.stop()
    },
  }
}

function metricsOf({ prometheus }: Config, amqpHost: string | null): MetricsOptions | null {
  const { port, host, path, perObject } = prometheus
  return port === null ? null : { port, host: host ?? amqpHost, path, perObject }
}

function operationsOf({
  alarms,
  setLogLevel,
  requestStop,
  suspend,
  resume,
  reset,
}: NodeManagementOptions): NodeOperations {
  return {
    ...(requestStop === null ? {} : { stop: requestStop }),
    suspend,
    resume,
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

function urlHost(host: string | null): string {
  if (host === null || host === '::' || host === '0.0.0.0') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
