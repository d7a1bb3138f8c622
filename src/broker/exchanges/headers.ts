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

interface Matcher {
  readonly binding: Binding
  readonly any: boolean
  readonly wanted: readonly (readonly [string, FieldValue])[]
}

class HeadersRouter implements Router {
  readonly #matchers = new Map<Binding, Matcher>()

  add(binding: Binding): void {
    const mode = modeOf(binding.arguments)
    const withX = mode.endsWith('-with-x')
    const wanted = Object.entries(binding.arguments).filter(
      ([key]) => key !== 'x-match' && (withX || !key.startsWith('x-')),
    )
    this.#matchers.set(binding, { binding, any: mode.startsWith('any'), wanted })
  }

  remove(binding: Binding): void {
    this.#matchers.delete(binding)
  }

  route(input: RouteInput, found: (binding: Binding) => void): void {
    const headers = input.headers()
    for (const matcher of this.#matchers.values()) {
      if (matches(matcher, headers)) found(matcher.binding)
    }
  }
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
