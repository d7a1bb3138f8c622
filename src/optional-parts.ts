// Parts of a node that are loaded only where they are configured: most nodes start without their code.
// Part of the composition root.

import type { Logger } from './base/logger.ts'
import type { Config } from './config/config.ts'
import type { NodeTls } from './node-tls.ts'
import type { Telemetry } from './telemetry/start-telemetry.ts'

/** Null where nothing is served over TLS, which then is not loaded either. */
export async function prepareTls(config: Config, logger: Logger): Promise<NodeTls | null> {
  const { amqp, management, prometheus, gatewayTls } = config
  const ports = [...amqp.tlsListeners, management.tlsPort, prometheus.tlsPort]
  if (ports.every((port) => port === null) && gatewayTls.certificateFile === null) return null
  const { NodeTls } = await import('./node-tls.ts')
  return new NodeTls(config, logger)
}

/** Null where messages are not traced, and then nothing for it is loaded. */
export async function prepareTelemetry(
  { telemetry: config, node }: Config,
  logger: Logger,
): Promise<Telemetry | null> {
  const { url, exporter, disabled } = config
  if (url === null || exporter === 'none' || disabled) return null
  const { startTelemetry } = await import('./telemetry/start-telemetry.ts')
  const resource = {
    ...config.resource,
    'service.name': config.serviceName,
    'service.instance.id': node.name,
  }
  const { version } = node
  return startTelemetry({ ...config, url, resource, version, logger: logger.category('telemetry') })
}
