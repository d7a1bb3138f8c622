// Words of a command line to a command's positionals and options, and RabbitMQ's wording for what is
// wrong with them.

import { argvTokens } from './argv-tokens.ts'
import type { Command, CommandOption } from './command.ts'
import { UsageFailure } from './failure.ts'

export interface ParsedWords {
  readonly positionals: readonly string[]
  readonly values: ReadonlyMap<string, string>
  readonly switches: ReadonlySet<string>
}

/** Options of every command: the table is also what the help shows. */
export const generalOptions: readonly CommandOption[] = [
  { name: 'help', short: '?', documentation: 'shows what the command does and takes' },
  { name: 'node', short: 'n', value: 'node', documentation: 'the broker, as rabbit@host' },
  { name: 'host', value: 'host', documentation: 'where its management listener is (127.0.0.1)' },
  { name: 'management-port', value: 'port', documentation: 'and on which port (15672)' },
  { name: 'url', value: 'url', documentation: 'the same as one (WARREN_MANAGEMENT_URL)' },
  { name: 'user', value: 'name', documentation: 'whom to act as (WARREN_USER)' },
  { name: 'password', value: 'password', documentation: 'with which password (WARREN_PASSWORD)' },
  {
    name: 'data-dir',
    value: 'directory',
    documentation:
      'a local broker’s data, which lets its owner in without a password (WARREN_DATA_DIR)',
  },
  { name: 'vhost', short: 'p', value: 'vhost', documentation: 'the virtual host to act on (/)' },
  { name: 'timeout', short: 't', value: 'seconds', documentation: 'how long to wait (60)' },
  { name: 'quiet', short: 'q', documentation: 'prints no banner' },
  { name: 'silent', short: 's', documentation: 'prints no banner and no table header' },
  { name: 'no-table-headers', documentation: 'prints no table header' },
  {
    name: 'formatter',
    value: 'format',
    documentation: 'table, json, csv, pretty_table or erlang',
  },
  { name: 'longnames', short: 'l', documentation: 'accepted, means nothing here' },
  { name: 'dry-run', documentation: 'accepted by RabbitMQ, refused here' },
]

/** The first word that is neither an option nor an option's value. */
export function commandName(argv: readonly string[]): string | null {
  const takesValue = new Set(
    generalOptions.flatMap(({ name, short, value }) =>
      value === undefined ? [] : [`--${name}`, ...(short === undefined ? [] : [`-${short}`])],
    ),
  )
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index]!
    if (takesValue.has(word)) index += 1
    else if (!word.startsWith('-')) return word
  }
  return null
}

export function splitWords(argv: readonly string[], own: readonly CommandOption[]): ParsedWords {
  const options = optionTable(own)
  const positionals: string[] = []
  const values = new Map<string, string>()
  const switches = new Set<string>()
  const unknown: string[] = []
  for (const token of argvTokens(argv, options.values())) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const option = options.get(token.name)
    if (option === undefined) unknown.push(`${token.rawName} : ${token.value ?? ''}`)
    else if (option.value === undefined) switches.add(option.name)
    else if (token.value === undefined) unknown.push(`${token.rawName} : needs a value`)
    else values.set(option.name, token.value)
  }
  if (unknown.length > 0) {
    throw new UsageFailure(`Invalid options for this command:\n${unknown.join('\n')}`)
  }
  return { positionals, values, switches }
}

/** A command's own option takes the place of a general one of the same name or letter. */
function optionTable(own: readonly CommandOption[]): Map<string, CommandOption> {
  const taken = new Set(own.map((option) => option.short))
  const general = generalOptions.map((option) => {
    if (option.short === undefined || !taken.has(option.short)) return option
    const { short: _, ...rest } = option
    return rest
  })
  return new Map([...general, ...own].map((option) => [option.name, option]))
}

export function checkPositionals(command: Command, given: readonly string[]): void {
  const known = command.positionals ?? []
  const required = known.filter((positional) => positional.optional !== true).length
  if (given.length < required) throw new UsageFailure('not enough arguments.')
  const open = known.some((positional) => positional.rest === true)
  if (!open && given.length > known.length) throw new UsageFailure('too many arguments.')
}
