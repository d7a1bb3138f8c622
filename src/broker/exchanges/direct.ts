// Direct: a message goes to the bindings whose key is the routing key [AMQP 0-9-1, 3.1.3.1].

import type { Binding } from './binding.ts'
import type { ExchangeType, RouteInput, Router } from './exchange-type.ts'

class DirectRouter implements Router {
  readonly #byKey = new Map<string, Binding[]>()

  add(binding: Binding): void {
    const bindings = this.#byKey.get(binding.routingKey)
    if (bindings === undefined) this.#byKey.set(binding.routingKey, [binding])
    else bindings.push(binding)
  }

  remove(binding: Binding): void {
    const bindings = this.#byKey.get(binding.routingKey)
    if (bindings === undefined) return
    const left = bindings.filter((other) => other !== binding)
    if (left.length === 0) this.#byKey.delete(binding.routingKey)
    else this.#byKey.set(binding.routingKey, left)
  }

  route(input: RouteInput, found: (binding: Binding) => void): void {
    const bindings = this.#byKey.get(input.routingKey)
    if (bindings !== undefined) for (const binding of bindings) found(binding)
  }
}

export const direct: ExchangeType = {
  name: 'direct',
  description: 'AMQP direct exchange, as per the AMQP specification',
  routesByKeyOnly: true,
  create: () => new DirectRouter(),
}
