// x-modulus-hash: each message goes to one binding, chosen by the routing key's hash modulo the number
// of bindings, whatever their keys [RMQ: sharding plugin]. For bindings that seldom change: when one
// comes or goes, most keys move.

import type { Binding } from './binding.ts'
import type { ExchangeType, RouteInput, Router } from './exchange-type.ts'
import { hash } from './hash-ring.ts'

class ModulusHashRouter implements Router {
  /** Sorted, so that the same bindings give the same choice after a restart. */
  #bindings: Binding[] = []

  add(binding: Binding): void {
    this.#bindings.push(binding)
    this.#bindings.sort((a, b) => (a.identity < b.identity ? -1 : 1))
  }

  remove(binding: Binding): void {
    this.#bindings = this.#bindings.filter((other) => other !== binding)
  }

  route(input: RouteInput, found: (binding: Binding) => void): void {
    if (this.#bindings.length === 0) return
    found(this.#bindings[hash(input.routingKey) % this.#bindings.length]!)
  }
}

export const modulusHash: ExchangeType = {
  name: 'x-modulus-hash',
  description: 'Modulus Hashing Exchange',
  routesByKeyOnly: true,
  create: () => new ModulusHashRouter(),
}
