// Finds the queues that a message goes to: through exchange-to-exchange bindings, with each queue
// once, and to the alternate exchange of an exchange where nothing matched.

import { emptyTable, type FieldTable } from '../protocol/amqp/field-table.ts'
import type { Exchange } from './exchanges/exchange.ts'
import type { RouteInput } from './exchanges/exchange-type.ts'
import type { Queue } from './queues/queue.ts'

/** Routes by key that an exchange keeps; past it the cache starts over. */
const cachedRoutesMax = 4096

const noHeaders: FieldTable = emptyTable()

export interface RoutingHost {
  readonly exchanges: ReadonlyMap<string, Exchange>
  readonly queues: ReadonlyMap<string, Queue>
  /** Rises whenever a binding, queue or exchange comes or goes. */
  readonly version: number
}

interface RouteCache {
  readonly version: number
  /** Whether no exchange that can be reached from here looks at anything but the key. */
  readonly keyOnly: boolean
  readonly routes: Map<string, readonly Queue[]>
}

export class Routing {
  readonly #host: RoutingHost
  // Weak, so that a deleted exchange takes its routes with it.
  readonly #caches = new WeakMap<Exchange, RouteCache>()

  constructor(host: RoutingHost) {
    this.#host = host
  }

  /** The route for a key, or null when it also depends on the message's headers. */
  byKey(exchange: Exchange, routingKey: string): readonly Queue[] | null {
    const cache = this.#cache(exchange)
    if (!cache.keyOnly) return null
    const known = cache.routes.get(routingKey)
    if (known !== undefined) return known
    const input = { routingKey, headers: () => noHeaders }
    const route = new RouteWalk(this.#host, input).from(exchange)
    if (cache.routes.size >= cachedRoutesMax) cache.routes.clear()
    cache.routes.set(routingKey, route)
    return route
  }

  byContent(exchange: Exchange, input: RouteInput): readonly Queue[] {
    return new RouteWalk(this.#host, input).from(exchange)
  }

  #cache(exchange: Exchange): RouteCache {
    const { version } = this.#host
    const current = this.#caches.get(exchange)
    if (current !== undefined && current.version === version) return current
    const cache = { version, keyOnly: keyOnly(this.#host, exchange), routes: new Map() }
    this.#caches.set(exchange, cache)
    return cache
  }
}

class RouteWalk {
  readonly #host: RoutingHost
  readonly #input: RouteInput

  constructor(host: RoutingHost, input: RouteInput) {
    this.#host = host
    this.#input = input
  }

  from(start: Exchange): readonly Queue[] {
    const queues = new Set<Queue>()
    // A set that grows while it is walked: each exchange is visited once, cycles end.
    const seen = new Set([start])
    for (const exchange of seen) {
      let matched = false
      if (exchange.name === '') {
        const queue = this.#host.queues.get(this.#input.routingKey)
        if (queue !== undefined) queues.add(queue)
        continue
      }
      const { router } = exchange
      // What the exchange keeps to itself goes to no alternate exchange either.
      if (router.intercept !== undefined && this.#input.enter?.(router, exchange.name) === false) {
        continue
      }
      router.route(this.#input, ({ destination }) => {
        matched = true
        if (destination.kind === 'queue') {
          queues.add(destination)
          return
        }
        const next = this.#host.exchanges.get(destination.name)
        if (next !== undefined) seen.add(next)
      })
      const alternate = matched ? null : alternateOf(this.#host, exchange)
      if (alternate !== null) seen.add(alternate)
    }
    return [...queues]
  }
}

function keyOnly(host: RoutingHost, start: Exchange): boolean {
  const seen = new Set([start])
  for (const exchange of seen) {
    if (!exchange.type.routesByKeyOnly) return false
    const alternate = alternateOf(host, exchange)
    if (alternate !== null) seen.add(alternate)
    for (const name of exchange.onward.keys()) {
      const next = host.exchanges.get(name)
      if (next !== undefined) seen.add(next)
    }
  }
  return true
}

function alternateOf(host: RoutingHost, exchange: Exchange): Exchange | null {
  if (exchange.alternate === null) return null
  return host.exchanges.get(exchange.alternate) ?? null
}
