// From a command line to a running broker and its end: flags, configuration, log, node, signals. What
// a broker is made of is in node.ts.

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command } from 'commander'
import type { Logger } from './base/logger.ts'
import type { Config } from './config/config.ts'
import { ConfigError } from './config/config-error.ts'
import type { LoadedConfig } from './config/load-config.ts'
import { loadConfig } from './config/load-config.ts'
import { keepIdleMemorySmall } from './idle-memory.ts'
import { type AdjustableLogger, createLogger } from './logging.ts'
import type { RunningNode } from './node.ts'
import { ServiceManager } from './service-manager.ts'

/** As `main` returns on a mistake in the configuration; sysexits has nothing better at hand. */
const exitBadConfig = 2
const exitFailedStart = 1
/** Signals that come closer together than this are one. */
const sameSignalMs = 500

type Options = Readonly<Record<string, string | undefined>>

export async function runWarren(argv: readonly string[]): Promise<void> {
  if (argv[0] === 'rpc') {
    await runRpc(argv)
    return
  }
  const command = describeCommand()
  command.action(async (options: Options) => {
    const loaded = loadOrExit(options)
    const logger = await createLogger(loaded.config.log)
    for (const { level, message } of loaded.warnings) logger[level](message)
    await startAndServe(loaded, logger, options)
  })
  await command.parseAsync(argv, { from: 'user' })
}

/** `warren rpc` is a client; nothing of the broker is loaded for it. */
async function runRpc(argv: readonly string[]): Promise<void> {
  const { registerRpcCommands } = await import('./cli/rpc/register.ts')
  const program = new Command('warren')
  registerRpcCommands(program)
  await program.parseAsync(argv, { from: 'user' })
}

function describeCommand(): Command {
  return new Command('warren')
    .description(
      'A message broker that RabbitMQ’s clients cannot tell from the original. Without any option it serves AMQP 0-9-1 on port 5672 and its management page on port 15672; user guest, password guest.',
    )
    .version(readVersion(), '--version', 'print the version and leave')
    .helpOption('--help', 'print this text and leave')
    .option('--port <port>', 'port for AMQP (RABBITMQ_NODE_PORT; 5672; 0 for any free one)')
    .option('--bind <address>', 'address to listen on (RABBITMQ_NODE_IP_ADDRESS; all of them)')
    .option(
      '--management-port <port>',
      'port for the HTTP API and page, or none (WARREN_MANAGEMENT_PORT; 15672)',
    )
    .option(
      '--data-dir <directory>',
      'where everything is kept (WARREN_DATA_DIR, RABBITMQ_MNESIA_DIR; /var/lib/warren where it is writable, otherwise .warren)',
    )
    .option(
      '--config <file>',
      'a file as rabbitmq.conf (WARREN_CONFIG_FILE, RABBITMQ_CONFIG_FILE; /etc/warren/warren.conf if there is one)',
    )
    .option(
      '--log-level <level>',
      'debug, info, warning, error or none (WARREN_LOG_LEVEL, RABBITMQ_LOG; info)',
    )
    .allowExcessArguments(false)
    .addHelpText(
      'after',
      `
Further environment variables:
  RABBITMQ_DEFAULT_USER, RABBITMQ_DEFAULT_PASS, RABBITMQ_DEFAULT_VHOST
                               what an empty data directory starts with (guest, guest, /);
                               ..._USER_FILE and ..._PASS_FILE name files to read them from
  WARREN_DURABILITY            fsync (confirm what is on disk), write or none
  WARREN_MEMORY_BUDGET         memory for messages before they wait on disk, such as 256MiB
  WARREN_GATEWAY_XML_RPC, ..._ZERORPC, ..._JSON_RPC, ..._GRPC
                               ports where calls of other protocols are put on queues

Examples:
  warren --data-dir /srv/warren --bind 127.0.0.1
  RABBITMQ_DEFAULT_USER=admin RABBITMQ_DEFAULT_PASS=123456 warren

Calls to RPC servers of any protocol: warren rpc --help.
All settings: docs/configuration.md. Users, queues and the rest: warrenctl --help.`,
    )
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  )
  const known = typeof manifest === 'object' && manifest !== null && 'version' in manifest
  return known ? String(manifest.version) : 'unknown'
}

function loadOrExit(options: Options): LoadedConfig {
  try {
    return loadConfig({ flags: flagsOf(options), environment: process.env })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`warren: ${error.message}\n`)
    process.exit(exitBadConfig)
  }
}

function flagsOf(options: Options): Record<string, string> {
  const flags: Record<string, string> = {}
  for (const [name, value] of Object.entries(options)) {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    if (value !== undefined) flags[flag] = value
  }
  return flags
}

async function startAndServe(
  { config, settings, files }: LoadedConfig,
  logger: AdjustableLogger,
  options: Options,
): Promise<void> {
  // Loaded here, so that --help and mistakes in the configuration do not wait for the broker's code.
  const { startNode } = await import('./node.ts')
  let node: RunningNode
  try {
    const setLogLevel = (level: string): void => logger.setLevel(level)
    // As if a supervisor had asked, once the answer to the request has left.
    const requestStop = (): void => void setImmediate(() => process.kill(process.pid, 'SIGTERM'))
    const program = { setLogLevel, requestStop, configFiles: files }
    node = await startNode({ config, settings, logger, ...program })
  } catch (error) {
    process.stderr.write(`warren: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(error instanceof ConfigError ? exitBadConfig : exitFailedStart)
  }
  const manager = new ServiceManager(process.env, logger)
  stopOnSignals(node, logger, manager)
  reloadOnHangUp(node, logger, options)
  const lines = readyLines(config, node)
  process.stdout.write(lines)
  manager.ready(lines.slice(0, lines.indexOf('\n')))
  keepIdleMemorySmall()
}

/** Where it listens, where its data lies, how to stop it. */
function readyLines(config: Config, node: RunningNode): string {
  const host = hostForUrl(config.amqp.listeners[0]?.host ?? null)
  const tlsHost = hostForUrl(config.amqp.tlsListeners[0]?.host ?? null)
  const plain = config.management.host ?? config.amqp.listeners[0]?.host ?? null
  const managementHost = hostForUrl(plain)
  const pages = [
    ...(node.managementPort === null || (node.managementTlsPort !== null && !asksForPlain(config))
      ? []
      : [`http://${managementHost}:${node.managementPort}`]),
    ...(node.managementTlsPort === null
      ? []
      : [`https://${hostForUrl(config.management.tlsHost ?? plain)}:${node.managementTlsPort}`]),
  ]
  const amqp = [
    ...(node.amqpPort === 0 ? [] : [`amqp://${host}:${node.amqpPort}`]),
    ...(node.amqpsPort === 0 ? [] : [`amqps://${tlsHost}:${node.amqpsPort}`]),
  ]
  const management =
    pages.length === 0 ? 'management is off' : `management on ${pages.join(' and ')}`
  return `Warren listens on ${amqp.join(' and ') || 'no port for AMQP'}, ${management}
Its data lies in ${resolve(config.node.dataDirectory)}
Stop it with Ctrl+C, or with: kill ${process.pid}
`
}

/** Otherwise plain HTTP beside TLS is for this machine's tools alone. */
function asksForPlain({ management }: Config): boolean {
  return typeof management.port === 'number'
}

function hostForUrl(host: string | null): string {
  if (host === null || host === '::' || host === '0.0.0.0') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

/** The first signal stops in order, a later one at once. */
function stopOnSignals(node: RunningNode, logger: Logger, manager: ServiceManager): void {
  let stoppingSinceMs = 0
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (stoppingSinceMs > 0) {
      // npm passes on a signal that the terminal has sent to everybody already.
      if (Date.now() - stoppingSinceMs < sameSignalMs) return
      logger.warn('stopped at once', { signal })
      process.exit(exitFailedStart)
    }
    stoppingSinceMs = Date.now()
    logger.info('stopping', { signal })
    manager.stopping()
    try {
      await node.stop()
      process.exit(0)
    } catch (error) {
      logger.error('stopping failed', { error })
      process.exit(exitFailedStart)
    }
  }
  // `stop` settles by leaving the process, whatever happens.
  process.on('SIGTERM', (signal) => void stop(signal))
  process.on('SIGINT', (signal) => void stop(signal))
}

/** SIGHUP reads the configuration again and applies what it can; a mistake leaves all as it was. */
function reloadOnHangUp(node: RunningNode, logger: AdjustableLogger, options: Options): void {
  process.on('SIGHUP', () => {
    try {
      const { config } = loadConfig({ flags: flagsOf(options), environment: process.env })
      node.reconfigure(config)
      logger.setLevel(config.log.level)
      logger.info('configuration read again')
    } catch (error) {
      logger.error('configuration not read again', { error })
    }
  })
}
