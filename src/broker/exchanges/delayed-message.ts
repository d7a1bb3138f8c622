// x-delayed-message: keeps messages with a header x-delay for so many milliseconds, then routes them as
// an exchange of the type that it was declared with would [RMQ: delayed message exchange plugin].

import { type FieldTable, plainValue } from '../../protocol/amqp/field-table.ts'
import { delayIn } from '../delays/delay-header.ts'
import { preconditionFailed } from '../errors.ts'
import type { Message } from '../message.ts'
import type { Binding } from './binding.ts'
import type { ExchangeType, RouteInput, Router, RouterContext, Visit } from './exchange-type.ts'

/** The types that can be wrapped, by name: all others. Given by types.ts, which knows them. */
export type WrappedTypes = ReadonlyMap<string, ExchangeType>

class DelayingRouter implements Router {
  readonly #inner: Router

  constructor(inner: Router) {
    this.#inner = inner
  }

  add(binding: Binding): void {
    this.#inner.add(binding)
  }

  remove(binding: Binding): void {
    this.#inner.remove(binding)
  }

  route(input: RouteInput, found: (binding: Binding) => void): void {
    this.#inner.route(input, found)
  }

  intercept(input: RouteInput, visit: Visit): boolean {
    const delayMs = delayIn(input.headers())
    if (delayMs === 0) return this.#inner.intercept?.(input, visit) ?? true
    visit.delay(delayMs)
    return false
  }

  close(): void {
    this.#inner.close?.()
  }

  recall(): readonly Message[] {
    return this.#inner.recall?.() ?? []
  }
}

export function delayedMessage(types: WrappedTypes): ExchangeType {
  const wrapped = (args: FieldTable): ExchangeType => {
    const argument = args['x-delayed-type']
    const name = argument === undefined ? undefined : plainValue(argument)
    if (typeof name !== 'string') {
      throw preconditionFailed(
        "Invalid argument, 'x-delayed-type' must be an existing exchange type",
      )
    }
    const type = types.get(name)
    if (type === undefined) throw preconditionFailed(`unknown exchange type '${name}'`)
    return type
  }
  return {
    name: 'x-delayed-message',
    description: 'Delayed Message Exchange.',
    routesByKeyOnly: false,
    comparedArguments: ['x-delayed-type'],
    checkArguments: (args) => {
      wrapped(args).checkArguments?.(args)
    },
    checkBinding: (routingKey, args, exchangeArguments = {}) => {
      wrapped(exchangeArguments).checkBinding?.(routingKey, args, exchangeArguments)
    },
    create: (args, context?: RouterContext) =>
      new DelayingRouter(wrapped(args).create(args, context)),
  }
}
