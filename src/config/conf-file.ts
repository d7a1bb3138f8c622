// The syntax of rabbitmq.conf, a text to a list of keys and values, and nothing of their meaning:
//
//   # a comment
//   listeners.tcp.default = 5672      # a comment behind a value
//   default_pass = $(SECRET)          replaced by the environment variable
//   cluster_name = 'with # inside'    quotes keep everything up to the closing one
//
// [RabbitMQ: configure.md, "The Main Configuration File"]

import { ConfigError } from './config-error.ts'

export interface Assignment {
  readonly key: string
  readonly value: string
  /** Where it was written: `file:line`, an environment variable, a flag. */
  readonly origin: string
}

export interface ConfFile {
  readonly name: string
  readonly text: string
}

export function parseConfFile(
  file: ConfFile,
  environment: Readonly<Record<string, string | undefined>>,
): Assignment[] {
  const assignments: Assignment[] = []
  file.text.split(/\r?\n/).forEach((line, index) => {
    const origin = `${file.name}:${index + 1}`
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#')) return
    const match = /^([^\s=]+)\s*=\s*(.*)$/.exec(trimmed)
    if (match === null) {
      throw new ConfigError(origin, `expected 'key = value', got '${trimmed}'`)
    }
    const raw = unquote(match[2] ?? '', origin)
    assignments.push({ key: match[1]!, value: interpolate(raw, environment, origin), origin })
  })
  return assignments
}

function unquote(raw: string, origin: string): string {
  const quote = raw[0]
  if (quote !== "'" && quote !== '"') {
    // A # only starts a comment behind white space, so that passwords may hold one.
    return raw.replace(/(^|\s+)#.*$/, '').trimEnd()
  }
  const end = raw.indexOf(quote, 1)
  if (end === -1) throw new ConfigError(origin, `the value's closing ${quote} is missing`)
  const rest = raw.slice(end + 1).trim()
  if (rest !== '' && !rest.startsWith('#')) {
    throw new ConfigError(origin, `text behind the closing ${quote}: '${rest}'`)
  }
  return raw.slice(1, end)
}

function interpolate(
  value: string,
  environment: Readonly<Record<string, string | undefined>>,
  origin: string,
): string {
  return value.replace(/\$\(([^)]*)\)/g, (_, name: string) => {
    const replacement = environment[name.trim()]
    if (replacement !== undefined) return replacement
    throw new ConfigError(origin, `the environment variable ${name.trim()} is not set`)
  })
}
