// Fanout: every binding matches, whatever the key [AMQP 0-9-1, 3.1.3.2].

import type { Binding } from './binding.ts'
import type { ExchangeType, RouteInput, Router } from './exchange-type.ts'

class FanoutRouter implements Router {
  readonly #bindings = new Set<Binding>()

  add(binding: Binding): void {
    this.#bindings.add(binding)
  }

  remove(binding: Binding): void {
    this.#bindings.delete(binding)
  }

  route(_input: RouteInput, found: (binding: Binding) => void): void {
    for (const binding of this.#bindings) found(binding)
  }
}

export const fanout: ExchangeType = {
  name: 'fanout',
  description: 'AMQP fanout exchange, as per the AMQP specification',
  routesByKeyOnly: true,
  create: () => new FanoutRouter(),
}
