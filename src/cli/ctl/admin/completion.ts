// Completion for rabbitmqadmin in bash: a script that asks the program for its words.

import {
  closable,
  declarable,
  deletable,
  listable,
  messageVerbs,
  type ObjectShape,
  purgable,
  showable,
} from './catalog.ts'
import { adminOptions } from './options.ts'

const kinds: Readonly<Record<string, Readonly<Record<string, ObjectShape | object>>>> = {
  list: listable,
  show: showable,
  declare: declarable,
  delete: deletable,
  close: closable,
  purge: purgable,
}
const verbs = [...Object.keys(kinds), 'export', 'import', 'publish', 'get', 'help']

/** What may stand where the last of the words is being typed. */
export function completionWords(words: readonly string[]): readonly string[] {
  const current = words.at(-1) ?? ''
  if (current.startsWith('-')) return adminOptions.map(({ name }) => `--${name}`)
  const [verb, kind, ...rest] = words.filter((word) => !word.startsWith('-'))
  if (verb === undefined || kind === undefined) return verbs
  if (verb === 'help') return ['subcommands', 'config']
  if (verb === 'publish' || verb === 'get') return argumentsOf(messageVerbs[verb])
  if (rest.length === 0) return Object.keys(kinds[verb] ?? {})
  const shape = kinds[verb]?.[kind]
  return shape !== undefined && 'path' in shape ? argumentsOf(shape) : []
}

const argumentsOf = ({ mandatory, optional }: ObjectShape): string[] =>
  [...mandatory.flat(), ...Object.keys(optional ?? {})].map((name) => `${name}=`)

export function completionScript(program: string): string {
  return `# source <(${program} --bash-completion)
_${program}() {
  local words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  COMPREPLY=($(compgen -W "$(${program} autocomplete "\${words[@]}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
  [[ \${COMPREPLY[0]} != *= ]] || compopt -o nospace
}
complete -o default -F _${program} ${program}
`
}
