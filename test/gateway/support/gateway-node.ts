// A node with gateways, in this process and in memory, on free ports.
import assert from 'node:assert/strict'
import { nullLogger } from '../../../src/base/logger.ts'
import { loadConfig } from '../../../src/config/load-config.ts'
import type { Gateways } from '../../../src/management/gateways.ts'
import { type RunningNode, startNode } from '../../../src/node.ts'

const configFile = 'gateway.conf'

export interface GatewayNode {
  readonly node: RunningNode
  readonly gateways: Gateways
  readonly amqpUrl: string
  readonly amqpPort: number
  port(protocol: string): number
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** `lines` are those of the configuration file. */
export async function startGatewayNode(
  lines: readonly string[],
  managementPort: '0' | 'none' = 'none',
): Promise<GatewayNode> {
  const { config } = loadConfig({
    flags: {
      '--port': '0',
      '--bind': '127.0.0.1',
      '--management-port': managementPort,
      '--config': configFile,
    },
    environment: { WARREN_PROMETHEUS_PORT: 'none' },
    files: {
      read: (path) => (path.endsWith(configFile) ? lines.join('\n') : null),
      list: () => [],
      isWritableDirectory: () => false,
    },
  })
  const node = await startNode({ config, logger: nullLogger, dataDirectory: null })
  const { gateways } = node
  assert.ok(gateways !== null)
  const stop = (): Promise<void> => node.stop()
  return {
    node,
    gateways,
    amqpUrl: `amqp://guest:guest@127.0.0.1:${node.amqpPort}`,
    amqpPort: node.amqpPort,
    port: (protocol) =>
      gateways.listeners().find((listener) => listener.protocol === protocol)?.port ?? 0,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
