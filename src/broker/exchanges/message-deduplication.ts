// x-message-deduplication: a fanout exchange that lets each key of the header x-deduplication-header
// pass once within its window [noxdafox/rabbitmq-message-deduplication]. Other than there, the window
// of a durable exchange survives a restart unless x-cache-persistence is `memory`.

import { type FieldTable, plainValue } from '../../protocol/amqp/field-table.ts'
import { deduplicationKey, positiveInteger } from '../duplicates/duplicate-headers.ts'
import type { DuplicateWindow } from '../duplicates/duplicate-window.ts'
import { preconditionFailed } from '../errors.ts'
import type { Binding } from './binding.ts'
import type { ExchangeType, RouteInput, Router, RouterContext, Visit } from './exchange-type.ts'
import { fanout } from './fanout.ts'

class DeduplicatingRouter implements Router {
  readonly #fanout = fanout.create({})
  readonly #window: DuplicateWindow

  constructor(window: DuplicateWindow) {
    this.#window = window
  }

  add(binding: Binding): void {
    this.#fanout.add(binding)
  }

  remove(binding: Binding): void {
    this.#fanout.remove(binding)
  }

  route(input: RouteInput, found: (binding: Binding) => void): void {
    this.#fanout.route(input, found)
  }

  intercept(input: RouteInput, visit: Visit): boolean {
    const headers = input.headers()
    const key = deduplicationKey(headers)
    if (key === null) return true
    if (this.#window.has(key, visit.nowMs)) {
      visit.drop()
      return false
    }
    const ttlMs = positiveInteger(headers['x-cache-ttl'])
    this.#window.add(key, visit.nowMs, ttlMs === null ? {} : { ttlMs })
    return true
  }

  close(): void {
    this.#window.clear()
  }
}

function checkArguments(args: FieldTable): void {
  if (positiveInteger(args['x-cache-size']) === null) {
    throw preconditionFailed(
      "Missing or invalid argument, 'x-cache-size' must be an integer greater than 0",
    )
  }
  if (args['x-cache-ttl'] !== undefined && positiveInteger(args['x-cache-ttl']) === null) {
    throw preconditionFailed("Invalid argument, 'x-cache-ttl' must be an integer greater than 0")
  }
  const persistence = args['x-cache-persistence']
  if (persistence === undefined) return
  if (['disk', 'memory'].includes(String(plainValue(persistence)))) return
  throw preconditionFailed(
    "Invalid argument, 'x-cache-persistence' must be either 'disk' or 'memory'",
  )
}

export const messageDeduplication: ExchangeType = {
  name: 'x-message-deduplication',
  description: 'Message Deduplication Exchange.',
  routesByKeyOnly: false,
  checkArguments,
  comparedArguments: ['x-cache-size', 'x-cache-ttl', 'x-cache-persistence'],
  create: (args, context?: RouterContext) => {
    if (context === undefined) throw new TypeError('a deduplication exchange needs its context')
    const { vhost, name, durable, duplicates } = context
    const window = duplicates.open({
      name: JSON.stringify(['exchange', vhost, name]),
      sizeMax: positiveInteger(args['x-cache-size']) ?? 1,
      ttlMs: positiveInteger(args['x-cache-ttl']),
      stored: durable && plainValue(args['x-cache-persistence'] ?? 'disk') === 'disk',
    })
    return new DeduplicatingRouter(window)
  },
}
