// Arguments between what a person types and what the API takes.

export interface ArgumentRow {
  readonly name: string
  readonly value: string
  readonly type: 'string' | 'number' | 'boolean' | 'json'
}

/** Throws an error with the name of the argument whose value is not of its type. */
export function toArguments(rows: readonly ArgumentRow[]): Record<string, unknown> {
  const used = rows.filter(({ name }) => name.trim() !== '')
  return Object.fromEntries(used.map((row) => [row.name.trim(), toValue(row)]))
}

export function toRows(values: Readonly<Record<string, unknown>>): ArgumentRow[] {
  return Object.entries(values).map(([name, value]) => {
    if (typeof value === 'number') return { name, value: String(value), type: 'number' }
    if (typeof value === 'boolean') return { name, value: String(value), type: 'boolean' }
    if (typeof value === 'string') return { name, value, type: 'string' }
    return { name, value: JSON.stringify(value), type: 'json' }
  })
}

function toValue({ name, value, type }: ArgumentRow): unknown {
  if (type === 'string') return value
  if (type === 'number') {
    const number = Number(value)
    if (value.trim() === '' || !Number.isFinite(number)) throw wrong(name, value)
    return number
  }
  if (type === 'boolean') {
    if (value !== 'true' && value !== 'false') throw wrong(name, value)
    return value === 'true'
  }
  try {
    return JSON.parse(value)
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
}

function wrong(name: string, value: string): Error {
  return new Error(`${name}: ${value === '' ? '∅' : value}`)
}
