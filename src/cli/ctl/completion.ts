// Completion for bash, zsh and fish: a few static lines that ask the program itself for its words, so
// that they never fall behind the commands.

import type { Command, CommandOption } from './command.ts'
import { UsageFailure } from './failure.ts'
import { formatters } from './formatters.ts'
import { commandName, generalOptions } from './parse-call.ts'

const builtIns = ['help', 'completion']

/** What may stand in the place of the last word, which is being typed and may be empty. */
export function completionWords(
  commands: readonly Command[],
  words: readonly string[],
): readonly string[] {
  const current = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  const name = commandName(before)
  const command = commands.find((one) => one.name === name)
  const options = [...(command?.options ?? []), ...generalOptions]
  const asking = options.find((option) => takesValue(option, before.at(-1)))
  if (asking !== undefined) return asking.name === 'formatter' ? Object.keys(formatters) : []
  const names = commands.map((one) => one.name)
  if (name === 'help') return names
  if (name === 'completion') return Object.keys(scripts)
  if (name === null && !current.startsWith('-')) {
    return [...names, ...builtIns].filter((word) => word.startsWith(current))
  }
  if (current !== '' && !current.startsWith('-')) return []
  return options.map((option) => `--${option.name}`)
}

function takesValue({ name, short, value }: CommandOption, word: string | undefined): boolean {
  return (
    value !== undefined && (word === `--${name}` || (short !== undefined && word === `-${short}`))
  )
}

export function completionScript(program: string, shell: string): string {
  const make = scripts[shell]
  if (make === undefined) {
    throw new UsageFailure(`no completion for ${shell}: try ${Object.keys(scripts).join(', ')}`)
  }
  return make(program)
}

const scripts: Readonly<Record<string, (program: string) => string>> = {
  bash: (program) => `# source <(${program} completion bash)
_${program}() {
  local words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  COMPREPLY=($(compgen -W "$(${program} autocomplete "\${words[@]}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _${program} ${program}
`,
  zsh: (program) => `#compdef ${program}
# source <(${program} completion zsh)
_${program}() { compadd -- \${(f)"$(${program} autocomplete "\${(@)words[2,CURRENT]}" 2>/dev/null)"} }
compdef _${program} ${program}
`,
  fish: (program) => `# ${program} completion fish | source
complete -c ${program} -f -a '(${program} autocomplete (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
`,
}
