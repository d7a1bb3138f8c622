// Warren as a target of the outside tests: in this process, on a free port, in memory. It gets its
// users and policies through the core, as a definitions file would bring them.
import { nullLogger } from '../../src/base/logger.ts'
import type { BrokerCore } from '../../src/broker/broker-core.ts'
import type { PolicyTarget } from '../../src/broker/policies.ts'
import type { PolicyDefinition } from '../../src/broker/queues/settings.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { startNode } from '../../src/node.ts'
import type { Definitions } from './definitions.ts'
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
  if (options.definitions !== undefined) define(node.core, options.definitions)
  return {
    url: `amqp://guest:guest@127.0.0.1:${node.amqpPort}`,
    stop: async () => await node.stop(),
  }
}

function define(core: BrokerCore, definitions: Definitions): void {
  for (const { name } of definitions.vhosts) if (core.vhost(name) === undefined) core.addVhost(name)
  for (const user of definitions.users) {
    core.access.putUser({
      name: user.name,
      password: { hash: user.password_hash, algorithm: user.hashing_algorithm },
      tags: user.tags,
      limits: {},
    })
  }
  for (const { user, vhost, ...patterns } of definitions.permissions)
    core.access.setPermissions(user, vhost, patterns)
  for (const { user, vhost, exchange, ...patterns } of definitions.topic_permissions ?? [])
    core.access.setTopicPermissions(user, vhost, exchange, patterns)
  for (const policy of definitions.policies ?? []) {
    core.vhost(policy.vhost)?.policies.put('policy', {
      name: policy.name,
      pattern: policy.pattern,
      applyTo: policy['apply-to'] as PolicyTarget,
      priority: policy.priority,
      definition: policy.definition as PolicyDefinition,
    })
  }
  core.endTurn()
}
