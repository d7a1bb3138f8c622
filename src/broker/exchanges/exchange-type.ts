// The seam for exchange types: each type is one file that implements Router.

import type { FieldTable } from '../../protocol/amqp/field-table.ts'
import type { MessageProperties } from '../../protocol/amqp/properties.ts'
import type { Duplicates } from '../duplicates/duplicates.ts'
import type { Message } from '../message.ts'
import type { Random } from '../ports.ts'
import type { Binding, Destination } from './binding.ts'

/** What a router may look at. Headers are decoded only when asked for. */
export interface RouteInput {
  readonly routingKey: string
  headers(): FieldTable
  /** Missing where a route is only explained; the message then counts as one without any. */
  properties?(): MessageProperties
  /**
   * Asks an exchange that does more than route whether the message goes on through it. Missing
   * where a route is only looked at.
   */
  enter?(router: Router, exchangeName: string): boolean
}

/** A message before an exchange, and what can be done with it instead of routing it. */
export interface Visit {
  readonly message: Message
  readonly nowMs: number
  /** Keeps the message and brings it back to the exchange after `delayMs`. */
  delay(delayMs: number): void
  /** The message has been here before: it goes nowhere, and counts as published. */
  drop(): void
}

/** What a router may use beside its bindings. */
export interface RouterContext {
  readonly vhost: string
  readonly name: string
  readonly durable: boolean
  readonly random: Random
  readonly duplicates: Duplicates
}

/** Keeps an exchange's bindings in the form that makes routing quick. */
export interface Router {
  add(binding: Binding): void
  remove(binding: Binding): void
  /** Calls `found` for each binding that matches; the same destination may come twice. */
  route(input: RouteInput, found: (binding: Binding) => void): void
  /** Sees each message before it is routed; false: it goes no further here. */
  intercept?(input: RouteInput, visit: Visit): boolean
  /** Messages of the past that a destination gets when it is bound. */
  recall?(): readonly Message[]
  /** The exchange is gone for good. */
  close?(): void
}

export interface ExchangeType {
  readonly name: string
  readonly description: string
  /** Whether a route depends on the routing key alone, and so may be kept for the next message. */
  readonly routesByKeyOnly: boolean
  /** Throws PRECONDITION_FAILED when a binding's key or arguments make no sense for the type. */
  readonly checkBinding?: (routingKey: string, args: FieldTable, exchange?: FieldTable) => void
  /** Throws PRECONDITION_FAILED when an exchange cannot be declared with these arguments. */
  readonly checkArguments?: (args: FieldTable) => void
  /** Arguments that have to be the same when the exchange is declared again. */
  readonly comparedArguments?: readonly string[]
  create(args: FieldTable, context?: RouterContext): Router
}

export type { Binding, Destination }
