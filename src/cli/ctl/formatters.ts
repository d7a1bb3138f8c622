// Results as text: tab separated tables as rabbitmqctl prints them, JSON, CSV, framed tables, Erlang
// terms. One function for each format, all of the same signature.

import type { Output } from './command.ts'
import { toErlangTerm } from './erlang-term.ts'

export const Format = ['table', 'json', 'csv', 'pretty_table', 'erlang'] as const
export type Format = (typeof Format)[number]

export interface FormatOptions {
  readonly headers: boolean
}

type Result = Exclude<Output, { kind: 'nothing' }>
type Formatter = (result: Result, options: FormatOptions) => string

export function isFormat(name: string): name is Format {
  return Format.some((format) => format === name)
}

export const formatters: Readonly<Record<Format, Formatter>> = {
  table(result, { headers }) {
    if (result.kind === 'text') return `${result.text}\n`
    if (result.rows.length === 0) return result.streamed === true ? '' : '\n'
    const rows = result.rows.map((row) => result.columns.map((name) => cell(row[name])).join('\t'))
    return `${[...(headers ? [result.columns.join('\t')] : []), ...rows].join('\n')}\n`
  },
  json(result) {
    if (result.kind === 'text') return `${JSON.stringify(result.value ?? result.text)}\n`
    const rows = result.rows.map((row) => JSON.stringify(pick(row, result.columns)))
    return `[\n${rows.join('\n,')}${rows.length === 0 ? '' : '\n'}]\n`
  },
  csv(result, { headers }) {
    if (result.kind === 'text') return `${quote(result.text)}\n`
    const rows = result.rows.map((row) =>
      result.columns.map((name) => csvCell(row[name])).join(','),
    )
    return `${[...(headers ? [result.columns.map(quote).join(',')] : []), ...rows].join('\n')}\n`
  },
  pretty_table(result, { headers }) {
    if (result.kind === 'text') return `${result.text}\n`
    const rows = result.rows.map((row) => result.columns.map((name) => cell(row[name])))
    return framed(headers ? result.columns : null, rows)
  },
  erlang(result) {
    if (result.kind === 'text') return `${toErlangTerm(result.value ?? result.text)}.\n`
    return `${toErlangTerm(result.rows.map((row) => pick(row, result.columns)))}.\n`
  },
}

function pick(row: Readonly<Record<string, unknown>>, columns: readonly string[]): object {
  return Object.fromEntries(columns.map((name) => [name, row[name] ?? '']))
}

/** Lists of words are `[a, b]`, argument tables Erlang terms, and control characters escaped. */
function cell(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) {
    return `[${value.join(', ')}]`
  }
  if (typeof value === 'object') return toErlangTerm(value)
  return String(value).replace(/[\t\r\n\\]/g, (character) => escapes[character]!)
}

const escapes: Readonly<Record<string, string>> = {
  '\t': '\\t',
  '\r': '\\r',
  '\n': '\\n',
  '\\': '\\\\',
}

function csvCell(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return quote(cell(value))
}

const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`

function framed(header: readonly string[] | null, rows: readonly (readonly string[])[]): string {
  const all = header === null ? rows : [header, ...rows]
  if (all.length === 0) return ''
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)))
  const rule = (left: string, middle: string, right: string): string =>
    `${left}${widths.map((width) => '─'.repeat(width + 2)).join(middle)}${right}`
  const line = (row: readonly string[]): string =>
    `│ ${row.map((text, column) => text.padEnd(widths[column]!)).join(' │ ')} │`
  const body = rows.map(line)
  const head = header === null ? [] : [line(header), rule('├', '┼', '┤')]
  return `${[rule('┌', '┬', '┐'), ...head, ...body, rule('└', '┴', '┘')].join('\n')}\n`
}
