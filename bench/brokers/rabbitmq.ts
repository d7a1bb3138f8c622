// A private RabbitMQ node from Debian's package, with its defaults, beside whatever else runs here.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BrokerSpec, freePort, type RunningBroker, type StartContext } from './broker.ts'
import { startChild } from './child.ts'

/** Erlang's port mapper, which a node starts by itself. */
const portMapper = 'epmd'
/** Not the wrapper in sbin, which changes user and directory. */
const server = '/usr/lib/rabbitmq/bin/rabbitmq-server'

export const rabbitmq: BrokerSpec = {
  name: 'rabbitmq',
  node: 'rabbitmq',
  queueArguments: [],
  durability: 'classic queue: fsync before the confirm, batched for up to 200 ms (3.10, CQv1)',
  isDurableOnly: false,
  start,
}

export const rabbitmqQuorum: BrokerSpec = {
  ...rabbitmq,
  name: 'rabbitmq-quorum',
  queueArguments: ['--queue-type', 'quorum'],
  durability: 'quorum queue, one member: fsync of the shared WAL before the confirm',
  isDurableOnly: true,
}

async function start(context: StartContext): Promise<RunningBroker> {
  if (!existsSync(server)) throw new Error('rabbitmq-server is not installed')
  const { directory } = context
  const port = await freePort()
  const epmdPort = String(await freePort())
  for (const name of ['mnesia', 'log']) mkdirSync(join(directory, name), { recursive: true })
  writeFileSync(join(directory, 'enabled_plugins'), '[].\n')
  writeFileSync(join(directory, 'rabbitmq.conf'), '')
  const environment = {
    HOME: directory,
    RABBITMQ_NODENAME: 'bench@localhost',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(await freePort()),
    ERL_EPMD_PORT: epmdPort,
    RABBITMQ_MNESIA_BASE: join(directory, 'mnesia'),
    RABBITMQ_LOG_BASE: join(directory, 'log'),
    RABBITMQ_CONFIG_FILE: join(directory, 'rabbitmq'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_ENABLED_PLUGINS_FILE: join(directory, 'enabled_plugins'),
    RABBITMQ_PID_FILE: join(directory, 'pid'),
  }
  return startChild(context, {
    command: [server],
    environment,
    uri: `amqp://guest:guest@127.0.0.1:${port}/`,
    afterStop: () => stopPortMapper(epmdPort),
  })
}

/**
 * The port mapper that the node has started survives it. It refuses to end while it believes a node to
 * be registered, which it does until it has noticed the end of ours.
 */
function stopPortMapper(port: string): void {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const options = { env: { ...process.env, ERL_EPMD_PORT: port }, encoding: 'utf8' } as const
    const { stdout, stderr } = spawnSync(portMapper, ['-kill'], options)
    if (`${stdout}${stderr}`.match(/Killed|annot connect/) !== null) return
    spawnSync('sleep', ['0.1'])
  }
}
