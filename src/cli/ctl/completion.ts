// Completion for bash, zsh and fish: a few static lines that ask the program itself for its words, so
// that they never fall behind the commands.

import type { Command } from './command.ts'
import { UsageFailure } from './failure.ts'
import { generalOptions } from './parse-call.ts'

/** What may follow the words given: commands first, then the command's options. */
export function completionWords(
  commands: readonly Command[],
  words: readonly string[],
): readonly string[] {
  const [name, ...rest] = words
  const command = commands.find((one) => one.name === name)
  if (command === undefined) {
    if (rest.length > 0) return []
    return commands.map((one) => one.name).filter((one) => one.startsWith(name ?? ''))
  }
  const options = [...(command.options ?? []), ...generalOptions]
  return options.map((option) => `--${option.name}`)
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
  local words="\${COMP_WORDS[*]:1:COMP_CWORD}"
  COMPREPLY=($(compgen -W "$(${program} autocomplete $words 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _${program} ${program}
`,
  zsh: (program) => `#compdef ${program}
# source <(${program} completion zsh)
_${program}() { compadd -- $(${program} autocomplete \${words[2,CURRENT]} 2>/dev/null) }
compdef _${program} ${program}
`,
  fish: (program) => `# ${program} completion fish | source
complete -c ${program} -f -a '(${program} autocomplete (commandline -opc)[2..-1] (commandline -ct))'
`,
}
