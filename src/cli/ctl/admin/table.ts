// Objects of the HTTP API to the rows that rabbitmqadmin prints, and its output formats.

import { promotedColumns } from './catalog.ts'
import type { Value, ValueObject } from './python-text.ts'
import { isObject, jsonText, parseJson, plainText, prettyJsonText } from './python-text.ts'

export interface TableOptions {
  readonly format: string
  /** How deep objects are spread into columns when none are asked for. */
  readonly depth: number
  /** False with --quiet: no header of tsv, no `No items`. */
  readonly verbose: boolean
  readonly columns: readonly string[]
  /** Columns that stay JSON. */
  readonly json: readonly string[]
}

interface Table {
  readonly columns: readonly string[]
  /** Null is None. */
  readonly rows: readonly (readonly (string | null)[])[]
}

type Formatter = (table: Table, verbose: boolean) => readonly string[]

const ruleWidth = 80

const formatters: Readonly<Record<string, Formatter>> = {
  tsv: ({ columns, rows }, verbose) => [
    ...(verbose ? [columns.join('\t')] : []),
    ...rows.map((row) => row.map((cell) => cell ?? '').join('\t')),
  ],
  long({ columns, rows }) {
    const rule = `\n${'-'.repeat(ruleWidth)}\n`
    const width = Math.max(...columns.map(length))
    const block = (row: readonly (string | null)[]): string[] => [
      ...row.map((cell, at) => `${columns[at]!.padStart(width)}: ${cell ?? 'None'}`),
      rule,
    ]
    return [rule, ...rows.flatMap(block)]
  },
  table: ({ columns, rows }) =>
    framed(
      columns,
      rows.map((row) => row.map((cell) => cell ?? '')),
    ),
  kvp: ({ columns, rows }) =>
    rows.map((row) => row.map((cell, at) => `${columns[at]}="${cell ?? 'None'}"`).join(' ')),
  bash({ columns, rows }) {
    const at = columns.indexOf('name')
    return at < 0 ? [] : [rows.map((row) => row[at] ?? '').join(' ')]
  },
}

export const formats: readonly string[] = ['raw_json', 'pretty_json', ...Object.keys(formatters)]

/** `json` is a list of objects as the API sent it. */
export function renderList(json: string, options: TableOptions): string {
  if (options.format === 'raw_json') return `${json}\n`
  const items = parseJson(json)
  if (options.format === 'pretty_json') return `${prettyJsonText(items)}\n`
  const objects = Array.isArray(items) ? items.filter(isObject) : []
  const table = toTable(objects, options)
  if (table.rows.length === 0) return options.verbose ? 'No items\n' : ''
  return formatters[options.format]!(table, options.verbose)
    .map((line) => `${line}\n`)
    .join('')
}

function toTable(items: readonly ValueObject[], options: TableOptions): Table {
  const depth = options.columns.length === 0 ? options.depth : Number.POSITIVE_INFINITY
  const spread = items.map((item) => new Map(cellsOf(item, { depth, json: options.json })))
  const found = new Set(spread.flatMap((cells) => [...cells.keys()]))
  const columns = options.columns.length > 0 ? options.columns : [...found].toSorted(byRank)
  const rows = spread.map((cells) =>
    columns.map((column) => {
      const cell = cells.get(column)
      return cell === undefined ? '' : plainText(cell)
    }),
  )
  return { columns, rows }
}

interface Spreading {
  readonly depth: number
  readonly json: readonly string[]
  readonly prefix?: string
}

/** Objects within objects become columns such as `queue_totals.messages`. */
function cellsOf(item: ValueObject, { depth, json, prefix = '' }: Spreading): [string, Value][] {
  return Object.entries(item).flatMap(([key, value]): [string, Value][] => {
    const column = `${prefix}${key}`
    if (isObject(value)) {
      if (json.includes(key)) return [[column, jsonText(value)]]
      if (depth <= 1) return []
      return cellsOf(value, { depth: depth - 1, json, prefix: `${column}.` })
    }
    if (!Array.isArray(value)) return [[column, value]]
    const words = value.every((part) => typeof part === 'string')
    return [[column, words ? value.join(' ') : jsonText(value)]]
  })
}

function byRank(left: string, right: string): number {
  const rank = (column: string): number => {
    const at = promotedColumns.indexOf(column)
    return at < 0 ? promotedColumns.length : at
  }
  return rank(left) - rank(right) || (left < right ? -1 : 1)
}

function framed(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [header, ...rows]
  const widths = header.map((_, at) => Math.max(...all.map((row) => length(row[at]!))))
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`
  const line = (row: readonly string[], place: (text: string, width: number) => string): string =>
    `|${row.map((text, at) => ` ${place(text, widths[at]!)} `).join('|')}|`
  return [rule, line(header, centred), rule, ...rows.map((row) => line(row, leftAligned)), rule]
}

const leftAligned = (text: string, width: number): string =>
  `${text}${' '.repeat(width - length(text))}`

function centred(text: string, width: number): string {
  const blanks = width - length(text)
  const before = Math.floor(blanks / 2)
  return `${' '.repeat(before)}${text}${' '.repeat(blanks - before)}`
}

/** In characters, as Python counts; `padEnd` would count UTF-16 units. */
const length = (text: string): number => [...text].length
