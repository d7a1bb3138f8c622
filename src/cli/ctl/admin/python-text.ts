// JSON as Python reads and prints it: rabbitmqadmin is a Python program, and what parses its tables
// expects `True`, `0.0` and `{"a": 1}`.

/** A number with the difference between 1 and 1.0 kept, which JavaScript's numbers lose. */
export class Numeral {
  readonly text: string

  constructor(source: string) {
    this.text = /^-?\d+$/.test(source) ? source : floatText(Number(source))
  }
}

export type Value = null | boolean | string | Numeral | readonly Value[] | ValueObject
export interface ValueObject {
  readonly [name: string]: Value
}

export function parseJson(text: string): Value {
  // TypeScript's library knows nothing of the source yet; every Node that runs this gives it.
  return JSON.parse(text, (_key, value, context?: { readonly source: string }) =>
    typeof value === 'number' ? new Numeral(context?.source ?? String(value)) : value,
  )
}

export function isObject(value: Value): value is ValueObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Numeral)
  )
}

/** What `str` makes of it; null where Python has None. */
export function plainText(value: Value): string | null {
  if (value === null || typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return value instanceof Numeral ? value.text : jsonText(value)
}

/** What `json.dumps` makes of it: one line, blanks after commas and colons, ASCII alone. */
export function jsonText(value: Value): string {
  if (isArray(value)) return `[${value.map(jsonText).join(', ')}]`
  if (isObject(value)) {
    const pairs = Object.entries(value).map(([key, item]) => `${ascii(key)}: ${jsonText(item)}`)
    return `{${pairs.join(', ')}}`
  }
  if (typeof value === 'string') return ascii(value)
  return value instanceof Numeral ? value.text : String(value)
}

/** The same with its keys sorted, over many lines. */
export function prettyJsonText(value: Value, margin: string = ''): string {
  const inner = `${margin}  `
  const lines = (items: readonly string[]): string =>
    `\n${inner}${items.join(`,\n${inner}`)}\n${margin}`
  if (isArray(value)) {
    if (value.length === 0) return '[]'
    return `[${lines(value.map((item) => prettyJsonText(item, inner)))}]`
  }
  if (isObject(value)) {
    const pairs = Object.entries(value)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, item]) => `${JSON.stringify(key)}: ${prettyJsonText(item, inner)}`)
    return pairs.length === 0 ? '{}' : `{${lines(pairs)}}`
  }
  if (typeof value === 'string') return JSON.stringify(value)
  return value instanceof Numeral ? value.text : String(value)
}

function isArray(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}

function ascii(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** The shortest digits that read back the same, with Python's limits for the exponent. */
function floatText(value: number): string {
  const size = Math.abs(value)
  if (size >= 1e16 || (size > 0 && size < 1e-4)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
  }
  if (!Number.isInteger(value)) return String(value)
  return `${Object.is(value, -0) ? '-0' : value}.0`
}
