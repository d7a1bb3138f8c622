// Headers: a binding's arguments are compared with the message's headers; `x-match` says whether
// all or any must agree. Without `-with-x`, arguments that start with `x-` do not take part.

import {
  type FieldTable,
  type FieldValue,
  plainValue,
  tableValueTypeName,
} from '../../protocol/amqp/field-table.ts'
import { preconditionFailed } from '../errors.ts'
import type { Binding } from './binding.ts'
import type { ExchangeType, RouteInput, Router } from './exchange-type.ts'

const modes = ['all', 'any', 'all-with-x', 'any-with-x']

type Wanted = readonly [name: string, value: FieldValue]

interface Matcher {
  readonly binding: Binding
  readonly any: boolean
  readonly wanted: readonly Wanted[]
  /** Where it is kept: only messages with this very header can match. Null: all have to be compared. */
  readonly anchor: Set<Matcher> | null
}

/**
 * Bindings that want all of their arguments are found by one of them, the one that the fewest share,
 * and only then compared: a message costs no more with ten thousand bindings than with ten.
 */
class HeadersRouter implements Router {
  readonly #matchers = new Map<Binding, Matcher>()
  /** By header name and value. */
  readonly #anchored = new Map<string, Map<string | number, Set<Matcher>>>()
  readonly #others = new Set<Matcher>()

  add(binding: Binding): void {
    const mode = modeOf(binding.arguments)
    const withX = mode.endsWith('-with-x')
    const any = mode.startsWith('any')
    const wanted = Object.entries(binding.arguments).filter(
      ([key]) => key !== 'x-match' && (withX || !key.startsWith('x-')),
    )
    const anchor = any ? null : this.#anchorOf(wanted)
    const matcher = { binding, any, wanted, anchor }
    this.#matchers.set(binding, matcher)
    const place = anchor ?? this.#others
    place.add(matcher)
  }

  remove(binding: Binding): void {
    const matcher = this.#matchers.get(binding)
    if (matcher === undefined) return
    this.#matchers.delete(binding)
    if (matcher.anchor === null) this.#others.delete(matcher)
    else {
      matcher.anchor.delete(matcher)
      if (matcher.anchor.size === 0) this.#dropAnchor(matcher)
    }
  }

  route(input: RouteInput, found: (binding: Binding) => void): void {
    const headers = input.headers()
    for (const matcher of this.#others) if (matches(matcher, headers)) found(matcher.binding)
    for (const [name, byValue] of this.#anchored) {
      const header = headers[name]
      const key = header === undefined ? null : indexKey(header)
      const candidates = key === null ? undefined : byValue.get(key)
      if (candidates === undefined) continue
      for (const matcher of candidates) if (matches(matcher, headers)) found(matcher.binding)
    }
  }

  /** The smallest set that one of the arguments leads to; null when none can be looked up. */
  #anchorOf(wanted: readonly Wanted[]): Set<Matcher> | null {
    let best: Set<Matcher> | null = null
    for (const [name, value] of wanted) {
      const key = indexKey(value)
      if (key === null) continue
      const matchers = this.#anchored.get(name)?.get(key)
      if (matchers === undefined) return this.#newAnchor(name, key)
      if (best === null || matchers.size < best.size) best = matchers
    }
    return best
  }

  #newAnchor(name: string, key: string | number): Set<Matcher> {
    const matchers = new Set<Matcher>()
    const byValue = this.#anchored.get(name) ?? new Map<string | number, Set<Matcher>>()
    byValue.set(key, matchers)
    this.#anchored.set(name, byValue)
    return matchers
  }

  #dropAnchor({ wanted, anchor }: Matcher): void {
    for (const [name, value] of wanted) {
      const key = indexKey(value)
      const byValue = this.#anchored.get(name)
      if (key === null || byValue?.get(key) !== anchor) continue
      byValue.delete(key)
      if (byValue.size === 0) this.#anchored.delete(name)
    }
  }
}

/** Equal values have equal keys; null for what is not looked up: booleans, void, arrays, tables. */
function indexKey(value: FieldValue): string | number | null {
  const plain = plainValue(value)
  if (typeof plain === 'string' || typeof plain === 'number') return plain
  if (typeof plain === 'bigint') return Number(plain)
  return plain instanceof Uint8Array ? Buffer.from(plain).toString() : null
}

function modeOf(args: FieldTable): string {
  const value = args['x-match']
  return value === undefined ? 'all' : String(plainValue(value))
}

function matches(matcher: Matcher, headers: FieldTable): boolean {
  const agrees = ([key, value]: readonly [string, FieldValue]): boolean => {
    const header = headers[key]
    // A void argument asks only that the header is there.
    return header !== undefined && (value === null || equal(header, value))
  }
  return matcher.any ? matcher.wanted.some(agrees) : matcher.wanted.every(agrees)
}

/** Numbers compare by value whatever their types, texts with byte arrays too; else types must agree. */
function equal(a: FieldValue, b: FieldValue): boolean {
  const plainA = plainValue(a)
  const plainB = plainValue(b)
  if (isNumeric(plainA) && isNumeric(plainB)) return Number(plainA) === Number(plainB)
  if (plainA === plainB) return true
  if (typeof plainA === 'string' && typeof plainB === 'string') return false
  if (isText(plainA) && isText(plainB)) return Buffer.from(plainA).equals(Buffer.from(plainB))
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((value: FieldValue, i) => equal(value, b[i]))
  }
  if (!isTable(a) || !isTable(b)) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  return keys.every((key) => b[key] !== undefined && equal(a[key]!, b[key]))
}

function isTable(value: FieldValue): value is FieldTable {
  return tableValueTypeName(value) === 'table'
}

function isText(value: unknown): value is string {
  return typeof value === 'string' || value instanceof Uint8Array
}

function isNumeric(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'bigint'
}

function checkBinding(_routingKey: string, args: FieldTable): void {
  const value = args['x-match']
  if (value === undefined) return
  if (tableValueTypeName(value) !== 'longstr') {
    throw preconditionFailed(
      `Invalid x-match field type ${tableValueTypeName(value)} (value ${String(plainValue(value))}); expected longstr`,
    )
  }
  if (!modes.includes(modeOf(args))) {
    throw preconditionFailed(
      `Invalid x-match field value <<"${modeOf(args)}">>; expected all, any, all-with-x, or any-with-x`,
    )
  }
}

export const headers: ExchangeType = {
  name: 'headers',
  description: 'AMQP headers exchange, as per the AMQP specification',
  routesByKeyOnly: false,
  checkBinding,
  create: () => new HeadersRouter(),
}
