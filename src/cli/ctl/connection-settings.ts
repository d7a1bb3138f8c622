// Which broker a command talks to and as whom: flags, then environment variables, then the file that
// a broker on this machine leaves in its data directory (docs/decisions/0003), then RabbitMQ's defaults.

import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'

export interface ConnectionSettings {
  /** Without a slash at the end, for instance http://127.0.0.1:15672. */
  readonly url: string
  /** The value of the Authorization header. */
  readonly authorization: string
  /** What the node is called in the commands' banners. */
  readonly node: string
  readonly timeoutMs: number
}

export interface ConnectionFlags {
  readonly url?: string | undefined
  readonly host?: string | undefined
  readonly managementPort?: string | undefined
  readonly user?: string | undefined
  readonly password?: string | undefined
  readonly node?: string | undefined
  readonly dataDirectory?: string | undefined
  readonly timeoutSeconds?: string | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/** What a broker writes into its data directory, readable by its owner alone. */
interface ControlFile {
  readonly url: string
  readonly token: string
}

const defaultPort = 15672
const defaultTimeoutMs = 60_000
export const controlFileName = 'control.json'

export function resolveConnection(
  flags: ConnectionFlags,
  environment: Environment,
): ConnectionSettings {
  const node = flags.node ?? environment.RABBITMQ_NODENAME ?? `rabbit@${shortHostname()}`
  const explicitUrl = explicitUrlOf(flags, environment)
  const user = flags.user ?? environment.WARREN_USER
  const password = flags.password ?? environment.WARREN_PASSWORD ?? ''
  // A file found by chance must not redirect a command that names its broker by -n or a URL.
  const control =
    user === undefined || explicitUrl === null ? findControlFile(flags, environment) : null
  const usable =
    control !== null && (explicitUrl === null || sameBroker(explicitUrl, control.url))
      ? control
      : null
  return {
    node,
    url: explicitUrl ?? usable?.url ?? `http://127.0.0.1:${defaultPort}`,
    authorization: authorizationOf(user, password, usable, environment),
    timeoutMs: timeoutOf(flags.timeoutSeconds),
  }
}

function authorizationOf(
  user: string | undefined,
  password: string,
  control: ControlFile | null,
  environment: Environment,
): string {
  if (user !== undefined) return basicAuthorization(user, password)
  if (control !== null) return `Bearer ${control.token}`
  return basicAuthorization(
    environment.RABBITMQ_DEFAULT_USER ?? 'guest',
    environment.RABBITMQ_DEFAULT_PASS ?? 'guest',
  )
}

export function basicAuthorization(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

function explicitUrlOf(flags: ConnectionFlags, environment: Environment): string | null {
  if (flags.url !== undefined) return withoutSlash(flags.url)
  if (flags.host !== undefined || flags.managementPort !== undefined) {
    return `http://${flags.host ?? '127.0.0.1'}:${flags.managementPort ?? defaultPort}`
  }
  const fromEnvironment = environment.WARREN_MANAGEMENT_URL
  if (fromEnvironment !== undefined) return withoutSlash(fromEnvironment)
  const nodeHost = flags.node?.split('@')[1]
  if (nodeHost === undefined || isThisMachine(nodeHost)) return null
  return `http://${nodeHost}:${defaultPort}`
}

const withoutSlash = (url: string): string => url.replace(/\/+$/, '')
const shortHostname = (): string => hostname().split('.')[0]!

function isThisMachine(host: string): boolean {
  return ['localhost', '127.0.0.1', '::1', hostname(), shortHostname()].includes(host)
}

function sameBroker(left: string, right: string): boolean {
  const one = new URL(left)
  const other = new URL(right)
  return one.port === other.port && isThisMachine(one.hostname) && isThisMachine(other.hostname)
}

function findControlFile(flags: ConnectionFlags, environment: Environment): ControlFile | null {
  const named = flags.dataDirectory ?? environment.WARREN_DATA_DIR
  const directories =
    named !== undefined ? [named] : [environment.RABBITMQ_MNESIA_DIR, '/var/lib/warren', '.warren']
  for (const directory of directories) {
    const found = directory === undefined ? null : readControlFile(join(directory, controlFileName))
    if (found !== null) return found
  }
  return null
}

function readControlFile(path: string): ControlFile | null {
  let content: unknown
  try {
    content = JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    // Absent, not ours to read, or half written: the next place may have one.
    return null
  }
  if (typeof content !== 'object' || content === null) return null
  if (!('url' in content) || !('token' in content)) return null
  return { url: withoutSlash(String(content.url)), token: String(content.token) }
}

function timeoutOf(seconds: string | undefined): number {
  if (seconds === undefined) return defaultTimeoutMs
  const value = Number(seconds)
  // RabbitMQ takes "infinity" and 0 for no limit; fetch then has its own.
  return Number.isFinite(value) && value > 0 ? value * 1000 : 2 ** 31 - 1
}
