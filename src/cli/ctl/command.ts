// What a command of warrenctl is: how it is called, what it says of itself, what it does and what it
// gives to be printed. Parsing, banners, formats and exit codes are the caller's (run.ts).

import type { ApiClient } from './api-client.ts'
import type { Progress } from './progress.ts'

/** The program names that commands belong to, after RabbitMQ's rabbitmqctl, -diagnostics, -plugins. */
export const Tool = { ctl: 'ctl', diagnostics: 'diagnostics', plugins: 'plugins' } as const
export type Tool = (typeof Tool)[keyof typeof Tool]

export interface Positional {
  readonly name: string
  readonly documentation: string
  /** May be left out. */
  readonly optional?: boolean
  /** Takes all that follows. */
  readonly rest?: boolean
}

export interface CommandOption {
  readonly name: string
  readonly short?: string
  /** What stands for the value in the usage; without it the option is a switch. */
  readonly value?: string
  readonly documentation: string
}

/** One call of a command, as the command sees it. */
export interface Call {
  readonly api: ApiClient
  readonly node: string
  readonly vhost: string
  /** Whether -p was given, for commands that otherwise act on all virtual hosts. */
  readonly vhostGiven: boolean
  readonly timeoutMs: number
  readonly positionals: readonly string[]
  option(name: string): string | undefined
  switch(name: string): boolean
  /** A line from standard input, not shown while it is typed. */
  readSecret(prompt: string): Promise<string>
  /** Progress for people; nothing with --quiet or another format than a table. */
  say(line: string): void
  /** For what may take long; shown on a terminal alone, and gone when the command has ended. */
  progress(label: string): Progress
}

export type Row = Readonly<Record<string, unknown>>

export type Output =
  | { readonly kind: 'nothing' }
  /** A sentence or a text; `value` is what other formats show. */
  | { readonly kind: 'text'; readonly text: string; readonly value?: unknown }
  | {
      readonly kind: 'table'
      readonly columns: readonly string[]
      readonly rows: readonly Row[]
      /** Prints nothing at all when empty, as RabbitMQ's listings do that come piece by piece. */
      readonly streamed?: boolean
    }

export const nothing: Output = { kind: 'nothing' }

export interface Command {
  readonly name: string
  readonly tools: readonly Tool[]
  readonly group: string
  /** One sentence for the list of commands. */
  readonly summary: string
  readonly positionals?: readonly Positional[]
  readonly options?: readonly CommandOption[]
  /** Whether -p/--vhost means something to it. */
  readonly vhostScoped?: boolean
  /** Examples and what else there is to know, for `help <command>`. */
  readonly details?: string
  /** Throws UsageFailure for arguments that make no sense, before anything is printed. */
  readonly check?: (call: Call) => void
  /** The line before the result: `Listing users ...`. */
  readonly banner?: (call: Call) => string | null
  readonly run: (call: Call) => Promise<Output>
}
