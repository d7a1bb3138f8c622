// x-random: each message goes to one of the bindings, each as likely as any other, whatever the keys
// [RMQ: random exchange plugin]. x-local-random is the same here, where every queue is local.

import type { FieldTable } from '../../protocol/amqp/field-table.ts'
import type { Random } from '../ports.ts'
import type { Binding } from './binding.ts'
import type { ExchangeType, RouteInput, Router, RouterContext } from './exchange-type.ts'

class RandomRouter implements Router {
  readonly #bindings: Binding[] = []
  readonly #next: () => number

  constructor(random: Random | undefined) {
    this.#next = generator(random?.token(8) ?? '')
  }

  add(binding: Binding): void {
    this.#bindings.push(binding)
  }

  remove(binding: Binding): void {
    const index = this.#bindings.indexOf(binding)
    if (index >= 0) this.#bindings.splice(index, 1)
  }

  route(_input: RouteInput, found: (binding: Binding) => void): void {
    const { length } = this.#bindings
    if (length > 0) found(this.#bindings[this.#next() % length]!)
  }
}

/** xorshift32: choosing a queue needs no better, and asks the system for no randomness each time. */
function generator(seed: string): () => number {
  let state = 0x9e3779b9
  for (let i = 0; i < seed.length; i += 1) state = Math.imul(state ^ seed.charCodeAt(i), 0x01000193)
  if (state === 0) state = 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}

const create = (_args: FieldTable, context?: RouterContext): Router =>
  new RandomRouter(context?.random)

export const random: ExchangeType = {
  name: 'x-random',
  description: 'Random Exchange',
  routesByKeyOnly: false,
  create,
}

export const localRandom: ExchangeType = {
  name: 'x-local-random',
  description: 'Picks one random local binding (queue) to route via (to).',
  routesByKeyOnly: false,
  create,
}
