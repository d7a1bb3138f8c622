// What the programs say of themselves: the list of commands, and a page for each that one can learn
// from. All of it comes from the commands' own tables.

import type { Command, CommandOption, Positional } from './command.ts'
import { generalOptions } from './parse-call.ts'

export type Bold = (text: string) => string

export function usageLine(program: string, command: Command): string {
  const words = [
    program,
    command.name,
    ...(command.vhostScoped === true ? ['[--vhost <vhost>]'] : []),
    ...(command.options ?? []).map((option) => `[${optionUsage(option)}]`),
    ...(command.positionals ?? []).map(positionalUsage),
  ]
  return words.join(' ')
}

export function listOfCommands(program: string, commands: readonly Command[], bold: Bold): string {
  const groups = Map.groupBy(commands, (command) => command.group)
  const width = Math.max(...commands.map((command) => command.name.length)) + 2
  const sections = [...groups].map(
    ([group, members]) =>
      `${bold(group)}:\n\n${members
        .toSorted((left, right) => (left.name < right.name ? -1 : 1))
        .map((command) => `   ${command.name.padEnd(width)}${command.summary}`)
        .join('\n')}\n`,
  )
  return `
${bold('Usage')}

${program} [--vhost <vhost>] [--timeout <seconds>] [--quiet] <command> [<command options>]

Available commands:

${sections.join('\n')}
Use '${program} help <command>' to learn more about a specific command
`
}

export function helpPage(program: string, command: Command, bold: Bold): string {
  const own = [
    ...(command.positionals ?? []).map(
      (positional) => `<${positional.name}>\n\t${positional.documentation}`,
    ),
    ...(command.options ?? []).map((option) => `${optionUsage(option)}\n\t${option.documentation}`),
  ]
  const parts = [
    `\n${bold('Usage')}\n\n${usageLine(program, command)}\n`,
    `${command.summary}\n`,
    own.length === 0 ? '' : `${bold('Arguments and Options')}\n\n${own.join('\n\n')}\n`,
    command.details === undefined
      ? ''
      : `${bold('Examples and notes')}\n\n${command.details.replaceAll('PROGRAM', program)}\n`,
    `${bold('General Options')}\n\n${generalOptions.map(generalOption).join('\n')}\n`,
  ]
  return parts.filter((part) => part !== '').join('\n')
}

function generalOption(option: CommandOption): string {
  const short = option.short === undefined ? '    ' : `-${option.short}, `
  return `  ${`${short}${optionUsage(option)}`.padEnd(32)}${option.documentation}`
}

function optionUsage({ name, value }: CommandOption): string {
  return value === undefined ? `--${name}` : `--${name} <${value}>`
}

function positionalUsage({ name, optional, rest }: Positional): string {
  const word = `<${name}>${rest === true ? ' ...' : ''}`
  return optional === true ? `[${word}]` : word
}
