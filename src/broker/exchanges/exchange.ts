// An exchange: a type's router, the bindings that leave it, and what was declared with it.

import type { FieldTable } from '../../protocol/amqp/field-table.ts'
import type { Duplicates } from '../duplicates/duplicates.ts'
import type { Random } from '../ports.ts'
import type { Binding, ExchangeLike } from './binding.ts'
import type { ExchangeType, Router } from './exchange-type.ts'

export interface ExchangeOptions {
  readonly name: string
  readonly vhost: string
  readonly type: ExchangeType
  readonly durable: boolean
  readonly autoDelete: boolean
  readonly internal: boolean
  readonly arguments: FieldTable
  readonly random: Random
  readonly duplicates: Duplicates
}

export class Exchange implements ExchangeLike {
  readonly kind = 'exchange'
  readonly name: string
  readonly vhost: string
  readonly type: ExchangeType
  readonly durable: boolean
  readonly autoDelete: boolean
  readonly internal: boolean
  readonly arguments: FieldTable
  readonly router: Router
  readonly bindings: Map<string, Binding> = new Map()
  /** The exchanges that bindings lead to, with how many do. */
  readonly onward: Map<string, number> = new Map()
  /** Where messages go that no binding wants: argument or policy `alternate-exchange`. */
  alternate: string | null = null
  publishedIn = 0
  publishedOut = 0

  constructor(options: ExchangeOptions) {
    this.name = options.name
    this.vhost = options.vhost
    this.type = options.type
    this.durable = options.durable
    this.autoDelete = options.autoDelete
    this.internal = options.internal
    this.arguments = options.arguments
    this.router = options.type.create(options.arguments, options)
  }

  addBinding(binding: Binding): void {
    this.bindings.set(binding.identity, binding)
    this.router.add(binding)
    if (binding.destination.kind === 'exchange') this.#countOnward(binding.destination.name, 1)
  }

  removeBinding(binding: Binding): void {
    this.bindings.delete(binding.identity)
    this.router.remove(binding)
    if (binding.destination.kind === 'exchange') this.#countOnward(binding.destination.name, -1)
  }

  #countOnward(name: string, change: number): void {
    const count = (this.onward.get(name) ?? 0) + change
    if (count === 0) this.onward.delete(name)
    else this.onward.set(name, count)
  }
}
