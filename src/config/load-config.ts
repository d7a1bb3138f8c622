// Brings defaults, files, environment variables and flags together, later ones winning, and tells
// for every setting where its value came from. Does no more to the world than reading files.

import { cpus, hostname as machineHostname, totalmem } from 'node:os'
import type { Assignment } from './conf-file.ts'
import { parseConfFile } from './conf-file.ts'
import type { Config } from './config.ts'
import { ConfigError } from './config-error.ts'
import type { Environment } from './environment.ts'
import { assignmentsFromEnvironment, environmentWarnings } from './environment.ts'
import type { ConfigFiles } from './files.ts'
import { machineFiles } from './files.ts'
import type { Setting, Surroundings } from './setting.ts'
import { allSettings, findAccepted, findSetting } from './settings.ts'
import { suggest } from './suggest.ts'
import type { ConfigWarning } from './warning.ts'

/** Values as they were typed, by flag (`--port`); `--config` names the file. */
export type Flags = Readonly<Partial<Record<string, string>>>

export interface LoadConfigOptions {
  readonly flags: Flags
  readonly environment: Environment
  readonly files?: ConfigFiles
  readonly hostname?: string
}

/** One setting as it is in force, for `warrenctl environment` and the log. */
export interface EffectiveSetting {
  readonly key: string
  /** The value as text; passwords as asterisks. */
  readonly value: string
  /** `default`, `file:line`, the environment variable or the flag. */
  readonly origin: string
}

export interface LoadedConfig {
  readonly config: Config
  readonly settings: readonly EffectiveSetting[]
  readonly warnings: readonly ConfigWarning[]
  /** The files that were read, in order. */
  readonly files: readonly string[]
}

const defaultFile = '/etc/warren/warren.conf'
const defaultDirectory = '/etc/warren/conf.d'

export function loadConfig(options: LoadConfigOptions): LoadedConfig {
  const files = options.files ?? machineFiles
  const { environment, flags } = options
  const warnings = environmentWarnings(environment)
  const fileNames = chooseFiles(options, files, warnings)
  const layers = [
    fileNames.flatMap((name) =>
      parseConfFile({ name, text: readRequired(name, files) }, environment),
    ),
    assignmentsFromEnvironment(environment, files),
    assignmentsFromFlags(flags),
  ]
  const draft = new Draft({
    hostname: options.hostname ?? machineHostname(),
    memoryBytes: totalmem(),
    processors: cpus().length,
    isWritableDirectory: files.isWritableDirectory,
  })
  for (const layer of layers) {
    draft.beginLayer()
    for (const assignment of layer) applyAssignment(draft, assignment, warnings)
  }
  return { config: draft.finish(), settings: draft.effective(), warnings, files: fileNames }
}

function applyAssignment(draft: Draft, assignment: Assignment, warnings: ConfigWarning[]): void {
  const { key, value, origin } = assignment
  const found = findSetting(key)
  if (found === null) {
    const accepted = findAccepted(key)
    warnings.push(
      accepted === null
        ? { level: 'warn', message: `${origin}: ${unknownKey(key)}` }
        : { level: 'info', message: `${origin}: ${key} has no effect: ${accepted.reason}` },
    )
    return
  }
  if (value.startsWith('encrypted:')) {
    throw new ConfigError(origin, `${key}: encrypted values cannot be read; use $(VARIABLE)`)
  }
  try {
    draft.assign(assignment, found.setting, found.captured)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new ConfigError(origin, `${key}: ${error.message}`, { cause: error })
  }
}

function unknownKey(key: string): string {
  const nearest = suggest(
    key,
    allSettings.map((setting) => setting.key),
  )
  return `the key ${key} is not known${nearest === null ? '' : `: did you mean ${nearest}?`}`
}

/** The settings on their way from their defaults to a Config. */
class Draft {
  readonly #values: Record<string, Record<string, unknown>> = {}
  readonly #origins = new Map<string, { key: string; origin: string; secret: boolean }>()
  readonly #touched = new Set<string>()

  constructor(surroundings: Surroundings) {
    for (const { section, field, byDefault, key, secret } of allSettings) {
      if (byDefault === undefined) continue
      const value = typeof byDefault === 'function' ? byDefault(surroundings) : byDefault
      this.#values[section] = { ...this.#values[section], [field]: value }
      this.#origins.set(`${section}.${field}`, { key, origin: 'default', secret: secret === true })
    }
  }

  beginLayer(): void {
    this.#touched.clear()
  }

  assign(assignment: Assignment, setting: Setting, captured: string): void {
    const path = `${setting.section}.${setting.field}`
    const fields = this.#values[setting.section]!
    const value = setting.type.parse(assignment.value)
    const first = !this.#touched.has(path)
    fields[setting.field] =
      setting.join?.({ current: fields[setting.field], value, captured, first }) ?? value
    this.#touched.add(path)
    const previous = this.#origins.get(path)!
    this.#origins.set(path, { ...previous, origin: assignment.origin })
  }

  effective(): EffectiveSetting[] {
    return [...this.#origins].map(([path, { key, origin, secret }]) => {
      const [section, field] = path.split('.') as [string, string]
      const value = this.#values[section]![field]
      // Keys with a name in them are shown as one: the value is all of them together.
      const shownKey = key.replace(/\$\w+/, '*')
      return { key: shownKey, value: secret ? '********' : show(value), origin }
    })
  }

  finish(): Config {
    for (const fields of Object.values(this.#values)) Object.freeze(fields)
    // The table's rows are checked against Config where they are written (setting.ts), and a test
    // holds that every field of every section has a row with a default.
    return Object.freeze(this.#values) as unknown as Config
  }
}

/** As it would stand in the file, or as near to that as one value can. */
function show(value: unknown): string {
  if (value === null) return 'none'
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(show).join(', ')
  if (typeof value !== 'object') return String(value)
  const fields: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(value))
  if ('port' in fields) return `${fields.host === null ? '' : `${fields.host}:`}${fields.port}`
  if ('fraction' in fields || 'bytes' in fields) return String(fields.fraction ?? fields.bytes)
  return Object.entries(fields)
    .map(([key, item]) => `${key}=${isNested(item) ? `(${show(item)})` : String(item)}`)
    .join(', ')
}

function isNested(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

function assignmentsFromFlags(flags: Flags): Assignment[] {
  return allSettings.flatMap((setting) => {
    const value = setting.flag === undefined ? undefined : flags[setting.flag]
    if (setting.flag === undefined || value === undefined) return []
    return [{ key: setting.key, value, origin: setting.flag }]
  })
}

/**
 * The file asked for by flag or variable, or the system's; then what lies in the directory of
 * further files. /etc/rabbitmq is read only when a variable points there: a RabbitMQ on the same
 * machine must not decide where Warren listens.
 */
function chooseFiles(
  { flags, environment }: LoadConfigOptions,
  files: ConfigFiles,
  warnings: ConfigWarning[],
): string[] {
  const further = environment.RABBITMQ_CONFIG_FILES
  const directory = further?.replace(/\/\*\.conf$/, '')
  const flagged = flags['--config'] ?? environment.WARREN_CONFIG_FILE
  if (flagged !== undefined) return [flagged, ...confFilesIn(directory, files)]
  const named = environment.RABBITMQ_CONFIG_FILE
  if (named === undefined) {
    const main = files.read(defaultFile) === null ? [] : [defaultFile]
    return [...main, ...confFilesIn(directory ?? defaultDirectory, files)]
  }
  // RabbitMQ takes the name with or without its extension, and starts without the file.
  const candidates = [named, `${named}.conf`].filter((name) => !name.endsWith('.config'))
  const main = candidates.find((name) => files.read(name) !== null)
  if (main === undefined) {
    warnings.push({ level: 'warn', message: `RABBITMQ_CONFIG_FILE: there is no file ${named}` })
  }
  const beside = `${named.replace(/\/[^/]*$/, '')}/conf.d`
  return [...(main === undefined ? [] : [main]), ...confFilesIn(directory ?? beside, files)]
}

function confFilesIn(directory: string | undefined, files: ConfigFiles): string[] {
  if (directory === undefined) return []
  const names = files.list(directory).filter((name) => name.endsWith('.conf'))
  return names.map((name) => `${directory}/${name}`)
}

function readRequired(name: string, files: ConfigFiles): string {
  const content = files.read(name)
  if (content === null) throw new ConfigError(name, 'there is no such file, or it cannot be read')
  return content
}
