// The seam for exchange types: each type is one file that implements Router.

import type { FieldTable } from '../../protocol/amqp/field-table.ts'
import type { Binding, Destination } from './binding.ts'

/** What a router may look at. Headers are decoded only when asked for. */
export interface RouteInput {
  readonly routingKey: string
  headers(): FieldTable
}

/** Keeps an exchange's bindings in the form that makes routing quick. */
export interface Router {
  add(binding: Binding): void
  remove(binding: Binding): void
  /** Calls `found` for each binding that matches; the same destination may come twice. */
  route(input: RouteInput, found: (binding: Binding) => void): void
}

export interface ExchangeType {
  readonly name: string
  readonly description: string
  /** Whether a route depends on the routing key alone, and so may be kept for the next message. */
  readonly routesByKeyOnly: boolean
  /** Throws PRECONDITION_FAILED when a binding's key or arguments make no sense for the type. */
  readonly checkBinding?: (routingKey: string, args: FieldTable) => void
  create(args: FieldTable): Router
}

export type { Binding, Destination }
