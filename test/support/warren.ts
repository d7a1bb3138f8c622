// Warren as a target of the outside tests: in this process, on a free port, in memory, with users
// and policies from the same definitions as RabbitMQ.
import { nullLogger } from '../../src/base/logger.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { importDefinitions } from '../../src/management/resources/definitions.ts'
import { startNode } from '../../src/node.ts'
import type { OracleOptions } from './oracle.ts'

const configFile = 'test.conf'

export async function startWarren(
  options: OracleOptions,
): Promise<{ url: string; stop(): Promise<void> }> {
  const text = (options.configuration ?? []).join('\n')
  const { config } = loadConfig({
    flags: {
      '--port': '0',
      '--bind': '127.0.0.1',
      '--management-port': 'none',
      '--config': configFile,
    },
    environment: {},
    files: {
      read: (path) => (path.endsWith(configFile) ? text : null),
      list: () => [],
      isWritableDirectory: () => false,
    },
  })
  const node = await startNode({ config, logger: nullLogger, dataDirectory: null })
  if (options.definitions !== undefined) {
    importDefinitions({ core: node.core }, { ...options.definitions }, null)
    node.core.endTurn()
  }
  return {
    url: `amqp://guest:guest@127.0.0.1:${node.amqpPort}`,
    stop: async () => await node.stop(),
  }
}
