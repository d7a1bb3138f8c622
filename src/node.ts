// The composition root: store, broker and servers are made and joined here and nowhere else, started
// in this order and stopped in the reverse one.

import type { Logger } from './base/logger.ts'
import { BrokerCore } from './broker/broker-core.ts'
import { defaultLimits } from './broker/limits.ts'
import type { Config } from './config/config.ts'
import type { EffectiveSetting } from './config/load-config.ts'
import { passwordHasher } from './passwords.ts'
import { realClock, realRandom } from './real-ports.ts'
import { AmqpServer } from './server/amqp-server.ts'
import { Turns } from './server/turns.ts'
import { MemoryLog } from './storage/memory-log.ts'
import { MemoryMetadata } from './storage/memory-metadata.ts'

export interface NodeOptions {
  readonly config: Config
  readonly logger: Logger
  /** Where everything is kept; null: in memory. Default: what the configuration says. */
  readonly dataDirectory?: string | null
  /** Where each setting comes from, for `warrenctl environment`. */
  readonly settings?: readonly EffectiveSetting[]
}

export interface RunningNode {
  readonly amqpPort: number
  /** Null when management is off. */
  readonly managementPort: number | null
  readonly core: BrokerCore
  stop(): Promise<void>
}

/** Clients get this long to agree to the end of their connections. */
const closeGraceMs = 300

export async function startNode({ config, logger }: NodeOptions): Promise<RunningNode> {
  const turns = new Turns()
  const log = new MemoryLog((task) => setImmediate(task))
  const metadata = new MemoryMetadata()
  const core = new BrokerCore({
    log,
    metadata,
    clock: realClock,
    random: realRandom,
    hasher: passwordHasher,
    limits: { ...defaultLimits, messageBytesMax: config.amqp.messageBytesMax },
    memoryBytes: config.storage.memoryBudgetBytes,
    requestTurn: () => turns.request(),
  })
  turns.attach(core)
  if (!core.restore()) seed(core, config)
  core.endTurn()
  const amqp = new AmqpServer({
    core,
    turns,
    logger: logger.category('connection'),
    identity: {
      product: config.node.product,
      version: config.node.version,
      clusterName: config.node.clusterName,
    },
    tune: {
      channelMax: config.amqp.channelsMax,
      frameMax: config.amqp.frameBytesMax,
      heartbeatSeconds: config.amqp.heartbeatSeconds,
    },
    loopbackUsers: config.firstStart.loopbackUsers,
    host: config.amqp.listeners[0]?.host ?? undefined,
    port: config.amqp.listeners[0]?.port ?? 0,
    backlog: config.amqp.backlog,
    handshakeTimeoutMs: config.amqp.handshakeTimeoutMs,
    connectionsMax: config.amqp.connectionsMax,
  })
  await amqp.start()
  return {
    amqpPort: amqp.port,
    managementPort: null,
    core,
    stop: async () => {
      await amqp.stop(closeGraceMs)
      turns.stop()
    },
  }
}

/** What a broker without a past begins with: a virtual host and a user who may do all in it. */
function seed(core: BrokerCore, { firstStart }: Config): void {
  core.addVhost(firstStart.vhost)
  const { user: name, password, tags, configure, write, read } = firstStart
  core.access.putUser({ name, password: core.hasher.hash(password), tags, limits: {} })
  core.access.setPermissions(name, firstStart.vhost, { configure, write, read })
}
