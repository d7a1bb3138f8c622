// A private RabbitMQ node for comparing: its own ports, name, cookie and temporary folders, so it
// disturbs no other node and leaves nothing behind. Works for root and for any other user where
// the rabbitmq-server package is installed.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Definitions } from './definitions.ts'
import { freePort } from './free-port.ts'
import { findProgram, skipUnless } from './peers.ts'

// The wrapper of the package in /usr/sbin insists on the user rabbitmq; this is what it calls.
const packagedScript = '/usr/lib/rabbitmq/bin/rabbitmq-server'
const serverScript = existsSync(packagedScript) ? packagedScript : findProgram('rabbitmq-server')
const epmdProgram = findProgram('epmd')
const bootMs = 60_000
// Runs epmd, which the node would otherwise leave behind as a daemon, and the node. Ends the whole
// process group when the test closes the pipe or dies, however it dies, and when the node ends.
const keeper =
  '"$0" -port "$1" -address 127.0.0.1 & { "$2"; kill -s KILL 0; } & read -r _; kill -s KILL 0'

export const skipWithoutOracle: string | false = skipUnless(
  serverScript !== undefined && epmdProgram !== undefined,
  'rabbitmq-server is not installed',
)

export interface Oracle {
  readonly url: string
  readonly managementUrl: string | undefined
  stop(): Promise<void>
}

export interface OracleOptions {
  readonly definitions?: Definitions
  readonly plugins?: readonly string[]
  readonly configuration?: readonly string[]
  /** Ports of listeners in `configuration`: they open one after the other, AMQP's own first. */
  readonly ports?: readonly number[]
}

export async function startOracle(options: OracleOptions = {}): Promise<Oracle> {
  if (serverScript === undefined || epmdProgram === undefined)
    throw new Error('rabbitmq-server is not installed')
  const folder = mkdtempSync(join(tmpdir(), 'warren-oracle-'))
  const ports = {
    amqp: await freePort(),
    management: await freePort(),
    distribution: await freePort(),
    epmd: await freePort(),
  }
  const { amqp, management, epmd } = ports
  const environment = writeFiles(folder, options, ports)
  const node = spawn('sh', ['-c', keeper, epmdProgram, `${epmd}`, serverScript], {
    cwd: folder,
    env: environment,
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  const stop = async (): Promise<void> => {
    const closed = node.signalCode === null && node.exitCode === null ? once(node, 'close') : null
    node.stdin.end()
    await closed
  }
  try {
    await untilListening(amqp, node)
    if (options.plugins?.includes('rabbitmq_management')) await untilListening(management, node)
    for (const port of options.ports ?? []) await untilListening(port, node)
  } catch (error) {
    const log = readLog(folder)
    await stop()
    throw new Error(`the RabbitMQ node did not start; its log:\n${log}`, { cause: error })
  }
  return {
    url: `amqp://guest:guest@127.0.0.1:${amqp}`,
    managementUrl: options.plugins?.includes('rabbitmq_management')
      ? `http://guest:guest@127.0.0.1:${management}`
      : undefined,
    async stop() {
      await stop()
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

interface Ports {
  readonly amqp: number
  readonly management: number
  readonly distribution: number
  readonly epmd: number
}

function writeFiles(folder: string, options: OracleOptions, ports: Ports): NodeJS.ProcessEnv {
  for (const name of ['home', 'data', 'log']) mkdirSync(join(folder, name))
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const configuration = [
    `listeners.tcp.1 = 127.0.0.1:${ports.amqp}`,
    ...(options.plugins?.includes('rabbitmq_management')
      ? [`management.tcp.ip = 127.0.0.1`, `management.tcp.port = ${ports.management}`]
      : []),
    ...(options.definitions === undefined
      ? []
      : [`load_definitions = ${file('definitions.json', JSON.stringify(options.definitions))}`]),
    ...(options.configuration ?? []),
  ]
  return {
    PATH: process.env.PATH,
    LANG: 'C.UTF-8',
    HOME: join(folder, 'home'),
    ERL_EPMD_PORT: `${ports.epmd}`,
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: `warren-oracle-${ports.amqp}@localhost`,
    RABBITMQ_DIST_PORT: `${ports.distribution}`,
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_CONF_ENV_FILE: file('env.conf', ''),
    RABBITMQ_CONFIG_FILE: file('rabbitmq.conf', `${configuration.join('\n')}\n`),
    RABBITMQ_ENABLED_PLUGINS_FILE: file(
      'enabled_plugins',
      `[${(options.plugins ?? []).join(',')}].\n`,
    ),
  }
}

async function untilListening(port: number, node: ChildProcess): Promise<void> {
  const deadline = Date.now() + bootMs
  while (Date.now() < deadline) {
    if (node.signalCode !== null) throw new Error('the node ended')
    const socket = connect(port, '127.0.0.1')
    const open = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true))
      socket.once('error', () => resolve(false))
    })
    socket.destroy()
    if (open) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`nothing listens on ${port} after ${bootMs} ms`)
}

function readLog(folder: string): string {
  try {
    const name = readFileSync(join(folder, 'rabbitmq.conf'), 'utf8').match(/:(\d+)/)?.[1]
    return readFileSync(join(folder, 'log', `warren-oracle-${name}@localhost.log`), 'utf8')
  } catch {
    return '(no log)'
  }
}
