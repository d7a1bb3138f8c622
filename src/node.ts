// The composition root: store, broker and servers are made and joined here and nowhere else, started
// in this order and stopped in the reverse one.

import { Alarms } from './alarms.ts'
import { AmqpListeners, type ListeningEndpoint } from './amqp-listeners.ts'
import type { Logger } from './base/logger.ts'
import { BrokerCore } from './broker/broker-core.ts'
import { type BrokerLimits, defaultLimits } from './broker/limits.ts'
import type { MessageSpans } from './broker/message-spans.ts'
import type { Config } from './config/config.ts'
import type { EffectiveSetting } from './config/load-config.ts'
import type { Gateways } from './management/gateways.ts'
import type { NodeGateways, NodeGatewaysOptions } from './node-gateways.ts'
import { prepareTelemetry, prepareTls } from './optional-parts.ts'
import { passwordHasher } from './passwords.ts'
import { realClock, realRandom } from './real-ports.ts'
import type { AmqpServerOptions } from './server/amqp-server.ts'
import { Turns } from './server/turns.ts'
import { openStore, type Store } from './storage/open-store.ts'
import { applyVhostDefaults } from './vhost-defaults.ts'

export interface NodeOptions {
  readonly config: Config
  readonly logger: Logger
  /** Where everything is kept; null: in memory. Default: what the configuration says. */
  readonly dataDirectory?: string | null
  /** Where each setting comes from, for `warrenctl environment`. */
  readonly settings?: readonly EffectiveSetting[]
  /** Changes the log's level; throws RangeError for a level that there is none of. */
  readonly setLogLevel?: (level: string) => void
  /** The files that the configuration was read from, for the HTTP API. */
  readonly configFiles?: readonly string[]
  /** Begins the end of the program, for `warrenctl stop`; without it the API cannot stop the node. */
  readonly requestStop?: () => void
}

export interface RunningNode {
  readonly amqpPort: number
  /** 0 where AMQP is not served over TLS. */
  readonly amqpsPort: number
  /** Null when management is off. */
  readonly managementPort: number | null
  /** Null where management is not served over TLS. */
  readonly managementTlsPort: number | null
  readonly core: BrokerCore
  /** What the message log has asked of the disk since the start. */
  readonly fileWork: Store['work']
  /** Null when no gateway is configured. */
  readonly gateways: Gateways | null
  /** Applies what can change while the node runs. */
  reconfigure(config: Config): void
  stop(): Promise<void>
}

/** Clients get this long to agree to the end of their connections. */
const closeGraceMs = 300

export async function startNode(options: NodeOptions): Promise<RunningNode> {
  /** How to undo what has been started, the last first. */
  const stops: (() => Promise<void> | void)[] = []
  const stop = async (): Promise<void> => {
    for (let undo = stops.pop(); undo !== undefined; undo = stops.pop()) await undo()
  }
  try {
    return { ...(await startParts(options, stops)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startParts(
  options: NodeOptions,
  stops: (() => Promise<void> | void)[],
): Promise<Omit<RunningNode, 'stop'>> {
  const { config, logger } = options
  const { dataDirectory = config.node.dataDirectory } = options
  // Before the store: a file that is missing is a mistake in the configuration, and nothing else.
  const tls = await prepareTls(config, logger)
  if (tls !== null) stops.push(() => tls.stop())
  const telemetry = await prepareTelemetry(config, logger)
  if (telemetry !== null) stops.push(() => telemetry.stop())
  const turns = new Turns(config.amqp.busyWaitMicros / 1000)
  const store = await openStore({
    directory: dataDirectory,
    durability: config.storage.durability,
    clock: realClock,
    logger: logger.category('store'),
  })
  stops.push(() => store.close())
  const core = startCore(config, store, turns, telemetry?.spans ?? null)
  stops.push(() => {
    turns.stop()
    core.stop()
  })
  if (config.node.definitionsFile !== null) {
    const { loadDefinitions } = await import('./load-definitions.ts')
    loadDefinitions(core, config.node.definitionsFile)
  }
  const { listeners: plain, tlsListeners } = config.amqp
  const amqp = new AmqpListeners(
    { plain, tls: tlsListeners, tlsFront: tls?.amqpFront ?? null },
    { core, turns, ...amqpOptions(config, logger) },
  )
  const alarms = new Alarms({
    config: config.alarms,
    dataDirectory,
    logger: logger.category('alarm'),
    changed: (reason) => amqp.setBlocked(reason),
  })
  stops.push(() => alarms.stop())
  store.onBlocked((reason) => alarms.setStore(reason))
  await amqp.start()
  stops.push(() => amqp.stop(closeGraceMs))
  const gatewayTls = tls?.source('gatewayTls') ?? null
  const gateways = await startGateways(config, { core, config, logger, alarms, tls: gatewayTls })
  if (gateways !== null) stops.push(() => gateways.stop())
  // Loaded when AMQP already listens: half of a start's time would go into the HTTP server otherwise.
  const { startNodeManagement } = await import('./node-management.ts')
  const management = await startNodeManagement({
    core,
    config,
    settings: options.settings ?? [],
    logger,
    dataDirectory,
    store,
    alarms,
    tls,
    gateways: gateways?.view ?? null,
    telemetry: () => telemetry?.facts ?? null,
    setLogLevel: options.setLogLevel ?? (() => undefined),
    configFiles: options.configFiles ?? [],
    requestStop: options.requestStop ?? null,
    amqpEndpoints: () => amqp.endpoints,
    suspend: () => amqp.stop(closeGraceMs),
    resume: () => amqp.start(),
    suspendListeners: () => amqp.suspend(),
    resumeListeners: () => amqp.resume(),
    isSuspended: () => amqp.suspended,
    reset: () => reset(core, config),
  })
  if (management !== null) stops.push(() => management.stop())
  return {
    amqpPort: portOf(amqp, 'amqp'),
    amqpsPort: portOf(amqp, 'amqp/ssl'),
    managementPort: management?.port ?? null,
    managementTlsPort: management?.tlsPort ?? null,
    core,
    fileWork: store.work,
    gateways: gateways?.view ?? null,
    reconfigure: (changed) => {
      alarms.setLimits(changed.alarms)
      tls?.reload(changed)
    },
  }
}

/** The first listener's port; 0 while nothing listens. */
function portOf({ endpoints }: AmqpListeners, protocol: ListeningEndpoint['protocol']): number {
  return endpoints.find((endpoint) => endpoint.protocol === protocol)?.port ?? 0
}

/** Null when none is configured, and nothing of them is loaded then. */
async function startGateways(
  { gateway: { xmlRpc, zerorpc, jsonRpc, grpc } }: Config,
  options: NodeGatewaysOptions,
): Promise<NodeGateways | null> {
  if ([xmlRpc, zerorpc, jsonRpc, grpc].every((endpoint) => endpoint === null)) return null
  const { startNodeGateways } = await import('./node-gateways.ts')
  return startNodeGateways(options)
}

function startCore(
  config: Config,
  store: Store,
  turns: Turns,
  spans: MessageSpans | null,
): BrokerCore {
  const core: BrokerCore = new BrokerCore({
    log: store.log,
    metadata: store.metadata,
    delays: store.delays,
    duplicates: store.duplicates,
    clock: realClock,
    random: realRandom,
    hasher: passwordHasher,
    nodeName: config.node.name,
    limits: brokerLimits(config),
    vhostAdded: (vhost) => applyVhostDefaults(core, vhost, config.vhostDefaults),
    memoryBytes: config.storage.memoryBudgetBytes,
    spans,
    requestTurn: () => turns.request(),
  })
  turns.attach(core)
  if (!core.restore()) seed(core, config)
  store.finishRecovery()
  core.endTurn()
  return core
}

function brokerLimits({ amqp, limits }: Config): BrokerLimits {
  const none = Number.POSITIVE_INFINITY
  return {
    ...defaultLimits,
    messageBytesMax: amqp.messageBytesMax,
    connectionsMax: limits.connectionsMax ?? none,
    channelsMax: limits.channelsMax ?? none,
    consumersMax: limits.consumersMax ?? none,
    vhostsMax: limits.vhostsMax ?? none,
    queuesMax: limits.queuesMax ?? none,
    exchangesMax: limits.exchangesMax ?? none,
  }
}

function amqpOptions(
  config: Config,
  logger: Logger,
): Omit<AmqpServerOptions, 'core' | 'turns' | 'host' | 'port'> {
  return {
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
    backlog: config.amqp.backlog,
    handshakeTimeoutMs: config.amqp.handshakeTimeoutMs,
    mechanisms: config.amqp.mechanisms,
    loginFrom: config.amqp.loginFrom,
  }
}

/** Deletes everything, and begins as on a first start. */
function reset(core: BrokerCore, config: Config): void {
  for (const vhost of [...core.vhosts.values()]) core.deleteVhost(vhost)
  for (const name of [...core.access.users.keys()]) core.access.deleteUser(name)
  core.parameters.clear()
  seed(core, config)
}

/** What a broker without a past begins with: a virtual host and a user who may do all in it. */
function seed(core: BrokerCore, { firstStart }: Config): void {
  core.addVhost(firstStart.vhost)
  const { user: name, password, tags, configure, write, read } = firstStart
  core.access.putUser({ name, password: core.hasher.hash(password), tags, limits: {} })
  core.access.setPermissions(name, firstStart.vhost, { configure, write, read })
}
