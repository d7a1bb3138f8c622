// Options and output that the sub-commands share.
import { type Command, InvalidArgumentError } from 'commander'
import { parseCount } from '../options.ts'

export const DEFAULT_URI = 'amqp://guest:guest@localhost:5672/'

/** Turns a parser's error into one that names the option. */
export function checked<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text)
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message)
    }
  }
}

export const count: (text: string) => number = checked((text) => {
  const value = parseCount(text)
  if (!Number.isInteger(value)) throw new Error('not a whole number')
  return value
})

export const seconds: (text: string) => number = checked((text) => {
  const value = Number(text)
  if (!(value >= 0)) throw new Error('not a number of seconds')
  return value
})

export const collect = (text: string, before: readonly string[] | undefined): string[] => [
  ...(before ?? []),
  text,
]

export function withUri(command: Command): Command {
  return command
    .option(
      '-u, --uri <uri>',
      `broker; may be given several times (default ${DEFAULT_URI})`,
      collect,
    )
    .option('--json', 'print one JSON object at the end instead of text', false)
    .option('--events', 'write a JSON line to stderr when the measurement begins and ends', false)
}

export function urisOf(options: { readonly uri?: string[] }): string[] {
  return options.uri ?? [process.env.WARREN_PERF_URI ?? DEFAULT_URI]
}

/** What a script that samples the broker wants to know while warren-perf runs. */
export type Phase = 'measure-start' | 'measure-end' | 'opened'
export type PhaseSink = (phase: Phase) => void

export function phaseSink(flags: { readonly events: boolean }): PhaseSink {
  if (!flags.events) return () => {}
  return (phase) => {
    process.stderr.write(`${JSON.stringify({ event: phase })}\n`)
  }
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2))
}
