// A broker with management, its console, and RPC gateways, in this process, on free ports and in memory.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { nullLogger } from '../../../src/base/logger.ts'
import { loadConfig } from '../../../src/config/load-config.ts'
import { startNode } from '../../../src/node.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const configFile = 'console.conf'

export interface ConsoleBroker {
  readonly url: string
  readonly managementUrl: string
  /** Of a gateway, by its protocol. */
  readonly gatewayPort: (protocol: string) => number
  readonly stop: () => Promise<void>
}

/** `lines` are those of the configuration file. The console is built if it is not there. */
export async function startBroker(lines: readonly string[] = []): Promise<ConsoleBroker> {
  if (!existsSync(`${root}dist/console/index.html`)) {
    const built = spawnSync(process.execPath, ['console/scripts/build.js'], { cwd: root })
    assert.equal(built.status, 0, String(built.stderr))
  }
  const { config } = loadConfig({
    flags: {
      '--port': '0',
      '--bind': '127.0.0.1',
      '--management-port': '0',
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
  return {
    url: `amqp://guest:guest@127.0.0.1:${node.amqpPort}`,
    managementUrl: `http://127.0.0.1:${node.managementPort}`,
    gatewayPort: (protocol) =>
      node.gateways?.listeners().find((one) => one.protocol === protocol)?.port ?? 0,
    stop: () => node.stop(),
  }
}
