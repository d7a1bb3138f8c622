// rabbitmqadmin's options: the command line, before that ~/.rabbitmqadmin.conf, before that defaults.
// They differ from rabbitmqctl's: -p is the password here and -V the virtual host.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { argvTokens } from '../argv-tokens.ts'
import { formats } from './table.ts'

/** Wrong words on the command line; what is printed depends on who noticed, as in RabbitMQ's program. */
export class AdminUsageError extends Error {
  readonly exitCode: 1 | 2

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message)
    this.name = 'AdminUsageError'
    this.exitCode = exitCode
  }
}

interface AdminOption {
  readonly name: string
  readonly short?: string
  /** What stands for the value in the help; without it the option is a switch. */
  readonly value?: string
  readonly byDefault?: string
  /** What the configuration file calls it, unless that is its name with underscores. */
  readonly key?: string
  readonly help: string
}

export const adminOptions: readonly AdminOption[] = [
  { name: 'help', short: 'h', help: 'show this help message and exit' },
  {
    name: 'config',
    short: 'c',
    value: 'CONFIG',
    help: 'configuration file [default: ~/.rabbitmqadmin.conf]',
  },
  {
    name: 'node',
    short: 'N',
    value: 'NODE',
    byDefault: 'default',
    help: 'section of the configuration file',
  },
  {
    name: 'host',
    short: 'H',
    value: 'HOST',
    key: 'hostname',
    byDefault: 'localhost',
    help: 'where the management listener is',
  },
  { name: 'port', short: 'P', value: 'PORT', byDefault: '15672', help: 'and on which port' },
  { name: 'path-prefix', value: 'PREFIX', byDefault: '', help: 'what comes before /api' },
  {
    name: 'vhost',
    short: 'V',
    value: 'VHOST',
    help: 'the virtual host [default: all for list, / for the rest]',
  },
  { name: 'username', short: 'u', value: 'NAME', byDefault: 'guest', help: 'whom to act as' },
  { name: 'password', short: 'p', value: 'PASSWORD', byDefault: 'guest', help: 'and its password' },
  {
    name: 'base-uri',
    short: 'U',
    value: 'URI',
    help: 'host, port, user and password as one; its path is not looked at',
  },
  { name: 'quiet', short: 'q', help: 'suppress status messages' },
  { name: 'ssl', short: 's', help: 'connect with TLS' },
  { name: 'ssl-key-file', value: 'FILE', help: 'the client’s key, PEM' },
  { name: 'ssl-cert-file', value: 'FILE', help: 'the client’s certificate, PEM' },
  { name: 'ssl-ca-cert-file', value: 'FILE', help: 'whom to trust, PEM' },
  { name: 'ssl-disable-hostname-verification', help: 'let a certificate of another host pass' },
  { name: 'ssl-insecure', short: 'k', help: 'let any certificate pass, as curl -k' },
  {
    name: 'request-timeout',
    short: 't',
    value: 'SECONDS',
    byDefault: '120',
    help: 'how long a request may take',
  },
  {
    name: 'format',
    short: 'f',
    value: 'FORMAT',
    byDefault: 'table',
    help: `of listings: ${formats.join(', ')}`,
  },
  { name: 'sort', short: 'S', value: 'COLUMN', help: 'sort key of listings' },
  { name: 'sort-reverse', short: 'R', help: 'reverse the order' },
  {
    name: 'depth',
    short: 'd',
    value: 'DEPTH',
    byDefault: '1',
    help: 'how deep listings spread objects into columns',
  },
  { name: 'bash-completion', help: 'print a completion script for bash' },
  { name: 'version', help: 'print the version' },
]

export interface AdminCall {
  readonly words: readonly string[]
  option(name: string): string | undefined
  switch(name: string): boolean
  /** Used by declare and delete alone, when no other is given; from the configuration file. */
  readonly declareVhost: string
}

export function readOptions(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): AdminCall {
  const { words, given } = splitArgv(argv)
  const settings = new Map(given)
  const add = (key: string, value: string): void => {
    if (!settings.has(key)) settings.set(key, value)
  }
  const fromFile = fileSettings(given, environment)
  for (const [key, value] of fromFile) add(key, value)
  for (const { name, byDefault } of adminOptions) {
    if (byDefault !== undefined) add(name, byDefault)
  }
  const uri = settings.get('base-uri')
  if (uri !== undefined) for (const [key, value] of uriSettings(uri)) settings.set(key, value)
  return {
    words,
    option: (name) => settings.get(name),
    switch: (name) => settings.get(name) === 'True',
    declareVhost: fromFile.get('declare-vhost') ?? '/',
  }
}

function splitArgv(argv: readonly string[]): { words: string[]; given: Map<string, string> } {
  const words: string[] = []
  const given = new Map<string, string>()
  for (const token of argvTokens(argv, adminOptions)) {
    if (token.kind === 'positional') words.push(token.value)
    if (token.kind !== 'option') continue
    const option = adminOptions.find(({ name }) => name === token.name)
    if (option === undefined) throw new AdminUsageError(`no such option: ${token.rawName}`, 2)
    if (option.value !== undefined && token.value === undefined) {
      throw new AdminUsageError(`${token.rawName} option requires 1 argument`, 2)
    }
    checkNumber(option.name, token.value ?? '', token.rawName)
    given.set(option.name, token.value ?? 'True')
  }
  return { words, given }
}

const numbers: readonly string[] = ['request-timeout', 'depth']

function checkNumber(name: string, value: string, given: string): void {
  if (!numbers.includes(name) || /^\d+$/.test(value)) return
  throw new AdminUsageError(`option ${given}: invalid integer value: '${value}'`, 2)
}

/** Of the chosen section; the default one need not be there. */
function fileSettings(
  given: ReadonlyMap<string, string>,
  environment: Readonly<Record<string, string | undefined>>,
): Map<string, string> {
  const named = given.get('config')
  const home = environment.HOME ?? environment.USERPROFILE
  const file = named ?? (home === undefined ? undefined : join(home, '.rabbitmqadmin.conf'))
  if (file === undefined || !existsSync(file)) {
    if (named === undefined) return new Map()
    throw new AdminUsageError(`Could not read config file '${named}'`)
  }
  const section = given.get('node') ?? 'default'
  const sections = parseSections(readFileSync(file, 'utf8'))
  if (!sections.has(section) && section !== 'default') {
    throw new AdminUsageError(`Could not read section '${section}' in config file '${file}'`)
  }
  const settings = new Map<string, string>()
  for (const [key, value] of [
    ...(sections.get('DEFAULT') ?? []),
    ...(sections.get(section) ?? []),
  ]) {
    settings.set(optionOfKey(key, file), value)
  }
  return settings
}

function optionOfKey(key: string, file: string): string {
  if (key === 'declare_vhost') return 'declare-vhost'
  const option = adminOptions.find(
    (one) => key === (one.key ?? one.name.replaceAll('-', '_')) && one.name !== 'help',
  )
  if (option !== undefined) return option.name
  throw new AdminUsageError(`${file}: the key ${key} is not known`)
}

/** `[section]` lines, `key = value` or `key: value` below them, and comments. */
function parseSections(text: string): Map<string, [string, string][]> {
  const sections = new Map<string, [string, string][]>()
  let current: [string, string][] = []
  for (const line of text.split('\n').map((one) => one.trim())) {
    const section = /^\[(.+)\]$/.exec(line)?.[1]
    const [, key, value] = /^([^=:#;][^=:]*?)\s*[=:]\s*(.*)$/.exec(line) ?? []
    if (section !== undefined) {
      current = sections.get(section) ?? []
      sections.set(section, current)
    } else if (key !== undefined && value !== undefined) {
      current.push([key.toLowerCase(), value.replace(/\s+#.*$/, '')])
    }
  }
  return sections
}

function uriSettings(uri: string): [string, string][] {
  if (!URL.canParse(uri)) throw new AdminUsageError(`--base-uri ${uri} is no URI`)
  const { hostname, port, username, password } = new URL(uri)
  const parts: readonly [string, string][] = [
    ['host', hostname],
    ['port', port],
    ['username', decodeURIComponent(username)],
    ['password', decodeURIComponent(password)],
  ]
  return parts.filter(([, value]) => value !== '')
}
