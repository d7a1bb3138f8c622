// `name=value` words of declare, delete, publish and the like to a path and what is sent there.

import type { ObjectShape } from './catalog.ts'
import { AdminUsageError } from './options.ts'

export interface Shaped {
  readonly path: string
  readonly upload: Readonly<Record<string, unknown>>
}

export function shapeWords(words: readonly string[], shape: ObjectShape, vhost: string): Shaped {
  const optional = Object.entries(shape.optional ?? {})
  const known = new Set([...shape.mandatory.flat(), ...optional.map(([name]) => name)])
  const upload = new Map(optional.filter(([, byDefault]) => byDefault !== undefined))
  for (const word of words) {
    const at = word.indexOf('=')
    if (at < 0) throw new AdminUsageError(`Argument "${word}" not in the name=value format`)
    const name = word.slice(0, at)
    if (!known.has(name)) throw new AdminUsageError(`Argument "${name}" is not recognised`)
    const value = word.slice(at + 1)
    upload.set(name, shape.json?.includes(name) === true ? parseValue(value) : value)
  }
  checkMandatory(shape, upload)
  if (!shape.mandatory.includes('vhost')) upload.set('vhost', vhost)
  return { path: fillPath(shape.path, upload), upload: Object.fromEntries(upload) }
}

export class BadJson extends Error {
  override readonly name = 'BadJson'
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new BadJson(text, { cause: error })
  }
}

function checkMandatory({ mandatory }: ObjectShape, upload: ReadonlyMap<string, unknown>): void {
  for (const names of mandatory) {
    if (typeof names === 'string') {
      if (!upload.has(names)) throw new AdminUsageError(`mandatory argument "${names}" is required`)
    } else if (!names.some((name) => upload.has(name))) {
      const list = names.map((name) => `'${name}'`).join(', ')
      throw new AdminUsageError(`one of mandatory arguments "[${list}]" is required`)
    }
  }
}

function fillPath(template: string, upload: ReadonlyMap<string, unknown>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value =
      name === 'destination_char'
        ? String(upload.get('destination_type')).slice(0, 1)
        : String(upload.get(name))
    if (value === '') throw new AdminUsageError(`Argument "${name}" must not be empty`)
    return quote(value)
  })
}

/** Everything but letters, digits, `_`, `.`, `-` and `~`. */
export function quote(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
