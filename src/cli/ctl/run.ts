// One call of warrenctl from its words to its exit code. Which streams it writes to and which
// environment it sees are arguments, so that tests call it in their own process.

import { ApiClient } from './api-client.ts'
import type { Call, Command, Output, Tool } from './command.ts'
import { Tool as Tools } from './command.ts'
import { allCommands } from './commands.ts'
import { completionScript, completionWords } from './completion.ts'
import type { ConnectionSettings } from './connection-settings.ts'
import { resolveConnection } from './connection-settings.ts'
import { ExitCode, Failure, UsageFailure } from './failure.ts'
import type { Format } from './formatters.ts'
import { formatters, isFormat } from './formatters.ts'
import { helpPage, listOfCommands, usageLine } from './help.ts'
import type { ParsedWords } from './parse-call.ts'
import { checkPositionals, commandName, splitWords } from './parse-call.ts'
import type { ProgressScreen } from './progress.ts'
import { Progress } from './progress.ts'
import { suggestCommand } from './suggest-command.ts'

export interface Surroundings {
  /** The name the program was called by, without its path. */
  readonly program: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  readonly readSecret: (prompt: string) => Promise<string>
  readonly isTerminal: boolean
  /** Where progress is shown; null where nobody looks. */
  readonly screen: ProgressScreen | null
}

export async function runControl(
  argv: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  const { program, stderr } = surroundings
  let command: Command | null = null
  try {
    const name = commandName(argv) ?? (argv.includes('--version') ? 'version' : null)
    if (name === null || name === 'help' || name === 'autocomplete' || name === 'completion') {
      return runBuiltIn(name ?? 'help', argv, surroundings)
    }
    command = commandsOf(program).find((one) => one.name === name) ?? null
    if (command === null) return commandNotFound(name, surroundings)
    const words = argv.filter((word) => word !== '--version')
    return await runCommand(
      command,
      commandName(argv) === null ? [name, ...words] : argv,
      surroundings,
    )
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    if (error instanceof UsageFailure) {
      const usage = command === null ? '' : `\n${bold('Usage')}\n\n${usageLine(program, command)}\n`
      stderr(
        `Error (argument validation): ${error.message}\nArguments given:\n\t${argv.join(' ')}\n${usage}`,
      )
    } else {
      const separator = error.message.startsWith('unable to') ? ' ' : '\n'
      stderr(`Error:${separator}${error.message}\n`)
    }
    return error.exitCode
  }

  function bold(text: string): string {
    return surroundings.isTerminal ? `\u001b[1m${text}\u001b[0m` : text
  }
}

async function runCommand(
  command: Command,
  argv: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  const words = splitWords(argv, command.options ?? [])
  const positionals = words.positionals.slice(1)
  if (words.switches.has('help')) {
    surroundings.stdout(helpPage(surroundings.program, command, (text) => text))
    return ExitCode.ok
  }
  if (words.switches.has('dry-run')) throw new UsageFailure('--dry-run is not supported')
  const format = formatOf(words)
  checkPositionals(command, positionals)
  const settings = connectionOf(command, words, surroundings)
  const quiet = words.switches.has('quiet') || words.switches.has('silent')
  const shown: Progress[] = []
  const call = makeCall(words, settings, {
    positionals,
    progress(label) {
      const progress = new Progress(label, quiet ? null : surroundings.screen)
      shown.push(progress)
      return progress
    },
    readSecret: surroundings.readSecret,
    say: (line) => {
      if (!quiet && format === 'table') surroundings.stdout(`${line}\n`)
    },
  })
  command.check?.(call)
  const withBanner = !quiet && (format === 'table' || format === 'pretty_table')
  const banner = withBanner ? (command.banner?.(call) ?? null) : null
  if (banner !== null) surroundings.stdout(`${banner}\n`)
  const output = await command.run(call).finally(() => {
    for (const progress of shown) progress.end()
  })
  const headers = !words.switches.has('silent') && !words.switches.has('no-table-headers')
  surroundings.stdout(render(output, format, headers))
  return ExitCode.ok
}

function render(output: Output, format: Format, headers: boolean): string {
  return output.kind === 'nothing' ? '' : formatters[format](output, { headers })
}

function formatOf(words: ParsedWords): Format {
  const name = words.values.get('formatter') ?? 'table'
  if (isFormat(name)) return name
  throw new UsageFailure(`formatter ${name} is not supported`)
}

function connectionOf(
  command: Command,
  words: ParsedWords,
  { environment }: Surroundings,
): ConnectionSettings {
  const own = new Set((command.options ?? []).map((option) => option.name))
  const general = (name: string): string | undefined =>
    own.has(name) ? undefined : words.values.get(name)
  return resolveConnection(
    {
      url: general('url'),
      host: general('host'),
      managementPort: general('management-port'),
      user: general('user'),
      password: general('password'),
      node: general('node'),
      dataDirectory: general('data-dir'),
      timeoutSeconds: general('timeout'),
    },
    environment,
  )
}

function makeCall(
  words: ParsedWords,
  settings: ConnectionSettings,
  rest: Pick<Call, 'positionals' | 'readSecret' | 'say' | 'progress'>,
): Call {
  return {
    ...rest,
    api: new ApiClient(settings),
    node: settings.node,
    timeoutMs: settings.timeoutMs,
    vhost: words.values.get('vhost') ?? '/',
    vhostGiven: words.values.has('vhost'),
    option: (name) => words.values.get(name),
    switch: (name) => words.switches.has(name),
  }
}

/** RabbitMQ's program names have their own commands; warrenctl has those of the first two. */
function commandsOf(program: string): readonly Command[] {
  const tools = toolsOf(program)
  return allCommands.filter((command) => command.tools.some((tool) => tools.includes(tool)))
}

function toolsOf(program: string): readonly Tool[] {
  if (program.includes('diagnostics')) return [Tools.diagnostics]
  if (program.includes('plugins')) return [Tools.plugins]
  return program.includes('rabbitmq') ? [Tools.ctl] : [Tools.ctl, Tools.diagnostics]
}

function runBuiltIn(name: string, argv: readonly string[], surroundings: Surroundings): number {
  const { program, stdout, isTerminal } = surroundings
  const commands = commandsOf(program)
  const rest = argv.filter((word) => !word.startsWith('-')).slice(1)
  const bold = (text: string): string => (isTerminal ? `\u001b[1m${text}\u001b[0m` : text)
  if (name === 'autocomplete') {
    stdout(
      completionWords(commands, argv.slice(argv.indexOf(name) + 1))
        .map((word) => `${word}\n`)
        .join(''),
    )
    return ExitCode.ok
  }
  if (name === 'completion') {
    stdout(completionScript(program, rest[0] ?? 'bash'))
    return ExitCode.ok
  }
  if (rest[0] === undefined) {
    stdout(listOfCommands(program, commands, bold))
    return argv.length === 0 ? ExitCode.usage : ExitCode.ok
  }
  const command = commands.find((one) => one.name === rest[0])
  if (command === undefined) return commandNotFound(rest[0], surroundings)
  stdout(helpPage(program, command, bold))
  return ExitCode.ok
}

function commandNotFound(name: string, { program, stderr }: Surroundings): number {
  const commands = commandsOf(program)
  const nearest = suggestCommand(
    name,
    commands.map((command) => command.name),
  )
  stderr(
    nearest === null
      ? `\nCommand '${name}' not found. \n${listOfCommands(program, commands, (text) => text)}`
      : `\nCommand '${name}' not found. \nDid you mean '${nearest}'? \n\n`,
  )
  return ExitCode.usage
}
