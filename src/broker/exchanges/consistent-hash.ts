// x-consistent-hash: each message goes to one binding, chosen by a hash of its routing key, a header
// or a property; the binding key is the binding's weight [RMQ: consistent hash exchange plugin].

import {
  type FieldTable,
  type FieldValue,
  plainValue,
  tableValueTypeName,
} from '../../protocol/amqp/field-table.ts'
import { preconditionFailed } from '../errors.ts'
import type { Binding } from './binding.ts'
import type { ExchangeType, RouteInput, Router } from './exchange-type.ts'
import { HashRing } from './hash-ring.ts'

const properties = {
  correlation_id: 'correlationId',
  message_id: 'messageId',
  timestamp: 'timestamp',
} as const
type HashProperty = keyof typeof properties

class ConsistentHashRouter implements Router {
  readonly #ring = new HashRing<Binding>()
  readonly #valueOf: (input: RouteInput) => string

  constructor(args: FieldTable) {
    this.#valueOf = hashedValue(args)
  }

  add(binding: Binding): void {
    const { kind, name } = binding.destination
    this.#ring.add(binding, `${kind}\0${name}`, Number(binding.routingKey))
  }

  remove(binding: Binding): void {
    this.#ring.remove(binding)
  }

  route(input: RouteInput, found: (binding: Binding) => void): void {
    const binding = this.#ring.ownerOf(this.#valueOf(input))
    if (binding !== null) found(binding)
  }
}

/** What is missing in a message hashes as the empty text. */
function hashedValue(args: FieldTable): (input: RouteInput) => string {
  const header = args['hash-header']
  if (header !== undefined) {
    const name = String(plainValue(header))
    return (input) => textOf(input.headers()[name])
  }
  const property = args['hash-property']
  if (property !== undefined && isHashProperty(plainValue(property))) {
    const name = properties[String(plainValue(property)) as HashProperty]
    return (input) => String(input.properties?.()[name] ?? '')
  }
  return (input) => input.routingKey
}

function isHashProperty(name: unknown): name is HashProperty {
  return typeof name === 'string' && name in properties
}

function textOf(value: FieldValue | undefined): string {
  if (value === undefined) return ''
  const plain = plainValue(value)
  return typeof plain === 'object' && plain !== null
    ? JSON.stringify(plain, (_, item) => (typeof item === 'bigint' ? String(item) : item))
    : String(plain)
}

function checkArguments(args: FieldTable): void {
  const header = textArgument(args, 'hash-header')
  const property = textArgument(args, 'hash-property')
  if (header !== undefined && property !== undefined) {
    throw preconditionFailed('hash-header and hash-property are mutually exclusive')
  }
  if (property !== undefined && !isHashProperty(property)) {
    throw preconditionFailed(`Unsupported property: ${property}`)
  }
}

function textArgument(args: FieldTable, name: string): string | undefined {
  const value = args[name]
  if (value === undefined || typeof value === 'string') return value
  throw preconditionFailed(
    `Invalid argument, '${name}' must be a string, not ${tableValueTypeName(value)}`,
  )
}

function checkBinding(routingKey: string): void {
  if (!/^[+-]?\d+$/.test(routingKey)) {
    const shown = routingKey === '' ? '<<>>' : `<<"${routingKey}">>`
    throw preconditionFailed(`The binding key must be an integer: ${shown}`)
  }
  if (Number(routingKey) < 1) throw preconditionFailed('The binding key must be greater than 0')
}

export const consistentHash: ExchangeType = {
  name: 'x-consistent-hash',
  description: 'Consistent Hashing Exchange',
  // Not quite: a hash of the key alone could be kept, but not one of a header or property.
  routesByKeyOnly: false,
  checkArguments,
  checkBinding,
  create: (args) => new ConsistentHashRouter(args),
}
