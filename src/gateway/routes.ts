// From the name of a method to the place where its calls are published.

import type { CodecName, GatewayOptions, RouteOptions } from './options.ts'

export interface Route {
  /** An exact name, or a pattern that ends in `*`. */
  readonly method: string
  /** '' is the default exchange, whose routing keys are the names of queues. */
  readonly exchange: string
  /** May hold `{method}`. */
  readonly routingKey: string
  readonly codec: CodecName
  readonly timeoutMs: number
}

const placeholder = '{method}'

export class Routes {
  readonly all: readonly Route[]
  readonly #exact = new Map<string, Route>()
  /** The longest prefix first: what says more counts. */
  readonly #patterns: readonly { readonly prefix: string; readonly route: Route }[]

  /** Throws RangeError for what contradicts itself. */
  constructor(options: GatewayOptions) {
    const routes = Object.entries(options.routes).map(([name, route]) =>
      routeOf(name, route, options),
    )
    if (options.defaultQueue !== null) {
      routes.push(routeOf('*', { queue: options.defaultQueue }, options))
    }
    this.all = routes
    for (const route of routes) {
      if (route.method.endsWith('*')) continue
      if (this.#exact.has(route.method)) {
        throw new RangeError(`gateway.route: two routes for the method ${route.method}`)
      }
      this.#exact.set(route.method, route)
    }
    this.#patterns = routes
      .filter(({ method }) => method.endsWith('*'))
      .map((route) => ({ prefix: route.method.slice(0, -1), route }))
      .sort((left, right) => right.prefix.length - left.prefix.length)
  }

  /** Methods that are known by name. */
  get names(): string[] {
    return [...this.#exact.keys()]
  }

  find(method: string): Route | null {
    const exact = this.#exact.get(method)
    if (exact !== undefined) return exact
    return this.#patterns.find(({ prefix }) => method.startsWith(prefix))?.route ?? null
  }
}

/** The routing key for one call. */
export function routingKeyOf(route: Route, method: string): string {
  return route.routingKey.replaceAll(placeholder, () => method)
}

/** Whether what the caller names decides where the call goes. */
export function routesByName(route: Route): boolean {
  return route.routingKey.includes(placeholder)
}

function routeOf(name: string, given: RouteOptions, options: GatewayOptions): Route {
  const { method = name, queue, exchange, routingKey } = given
  if (queue !== undefined && (exchange !== undefined || routingKey !== undefined)) {
    throw new RangeError(`gateway.route.${name}: either queue, or exchange and routing_key`)
  }
  if (queue === undefined && exchange === undefined) {
    throw new RangeError(`gateway.route.${name}: name a queue or an exchange`)
  }
  return {
    method,
    exchange: exchange ?? '',
    routingKey: queue ?? routingKey ?? placeholder,
    codec: given.codec ?? options.codec,
    timeoutMs: given.timeoutMs ?? options.timeoutMs,
  }
}
