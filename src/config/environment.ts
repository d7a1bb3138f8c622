// Environment variables to assignments of configuration keys, so that they are checked and applied
// as if they were lines of a file. Most are named in the table's rows; the rest need a translation.

import type { Assignment } from './conf-file.ts'
import { LogLevel } from './config.ts'
import { ConfigError } from './config-error.ts'
import type { ConfigFiles } from './files.ts'
import { acceptedVariables } from './keys/accepted.ts'
import { allSettings } from './settings.ts'
import { suggest } from './suggest.ts'
import type { ConfigWarning } from './warning.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Variables that the programs read for themselves: where the files are, and the client's settings. */
export const ownVariables: readonly string[] = [
  'WARREN_CONFIG_FILE',
  'RABBITMQ_CONFIG_FILE',
  'RABBITMQ_CONFIG_FILES',
  'RABBITMQ_MNESIA_DIR',
  'RABBITMQ_MNESIA_BASE',
  'RABBITMQ_DEFAULT_USER_FILE',
  'RABBITMQ_DEFAULT_PASS_FILE',
  'RABBITMQ_LOG',
  'RABBITMQ_LOGS',
  'WARREN_MANAGEMENT_URL',
  'WARREN_USER',
  'WARREN_PASSWORD',
]

export function assignmentsFromEnvironment(
  environment: Environment,
  files: ConfigFiles,
): Assignment[] {
  const assignments: Assignment[] = []
  const translated: [string, (value: string) => readonly (readonly [string, string])[]][] = [
    ['RABBITMQ_MNESIA_BASE', (base) => [['warren.data_dir', nodeDirectory(base, environment)]]],
    ['RABBITMQ_MNESIA_DIR', (directory) => [['warren.data_dir', directory]]],
    ['RABBITMQ_DEFAULT_USER_FILE', (path) => [['default_user', readSecret(path, files)]]],
    ['RABBITMQ_DEFAULT_PASS_FILE', (path) => [['default_pass', readSecret(path, files)]]],
    ['RABBITMQ_LOG', logKeys],
    ['RABBITMQ_LOGS', (target) => [['log.file', target === '-' ? 'false' : target]]],
  ]
  for (const [name, translate] of translated) {
    const value = environment[name]
    if (value === undefined || value === '') continue
    for (const [key, text] of settle(name, () => translate(value))) {
      assignments.push({ key, value: text, origin: name })
    }
  }
  for (const setting of allSettings) {
    const name = setting.environment
    const value = name === undefined ? undefined : environment[name]
    if (name === undefined || value === undefined || value === '') continue
    assignments.push({ key: setting.key, value, origin: name })
  }
  return assignments
}

/** Variables that look like ours or RabbitMQ's but do nothing: a likely slip of the pen. */
export function environmentWarnings(environment: Environment): ConfigWarning[] {
  const known = new Set(ownVariables)
  for (const { environment: name } of allSettings) if (name !== undefined) known.add(name)
  const warnings: ConfigWarning[] = []
  for (const name of Object.keys(environment)) {
    if (!/^(RABBITMQ|WARREN)_/.test(name) || known.has(name)) continue
    const accepted = acceptedVariables.find((variable) => variable.key === name)
    if (accepted !== undefined) {
      warnings.push({ level: 'info', message: `${name} has no effect: ${accepted.reason}` })
      continue
    }
    const nearest = suggest(name, known)
    // Container platforms set variables such as RABBITMQ_PORT_5672_TCP_ADDR for linked services.
    if (nearest === null) continue
    warnings.push({ level: 'warn', message: `${name} is not known: did you mean ${nearest}?` })
  }
  return warnings
}

function settle<T>(origin: string, task: () => T): T {
  try {
    return task()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new ConfigError(origin, error.message, { cause: error })
  }
}

function nodeDirectory(base: string, environment: Environment): string {
  return `${base.replace(/\/+$/, '')}/${environment.RABBITMQ_NODENAME ?? 'warren'}`
}

function readSecret(path: string, files: ConfigFiles): string {
  const content = files.read(path)
  if (content === null) throw new RangeError(`cannot read ${path}`)
  return content.replace(/\r?\n$/, '')
}

/** `debug`, `connection=debug`, `+json`, `+color`, separated by commas [RabbitMQ: logging.md]. */
function logKeys(value: string): (readonly [string, string])[] {
  return value.split(',').flatMap((item): (readonly [string, string])[] => {
    const word = item.trim()
    if (word === '' || word === '+color' || word === '-color') return []
    if (word === '+json') return [['log.console.formatter', 'json']]
    if (word === '-json') return [['log.console.formatter', 'plaintext']]
    const [category, level] = word.split('=', 2)
    if (level !== undefined) return [[`log.${category}.level`, level]]
    if ([...LogLevel, 'warn', 'notice', 'critical'].includes(word)) {
      return [['log.default.level', word]]
    }
    throw new RangeError(`expected a level or category=level, got '${word}'`)
  })
}
