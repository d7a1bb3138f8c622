// Explains a route: which exchanges a message would pass, which bindings match in each, where an
// alternate exchange steps in, and which queues would get it. Takes nothing and changes nothing.

import type { FieldTable } from '../protocol/amqp/field-table.ts'
import type { Binding } from './exchanges/binding.ts'
import type { Exchange } from './exchanges/exchange.ts'
import type { RouteInput } from './exchanges/exchange-type.ts'
import type { Queue } from './queues/queue.ts'

export interface RouteStep {
  readonly exchange: string
  readonly type: string
  readonly matched: readonly Binding[]
  /** How many bindings the exchange has, matched or not. */
  readonly bindingCount: number
  /** The alternate exchange, when it was used because nothing matched. */
  readonly alternate: string | null
}

export interface RouteExplanation {
  readonly steps: readonly RouteStep[]
  readonly queues: readonly string[]
}

export interface ExplainSource {
  readonly exchanges: ReadonlyMap<string, Exchange>
  readonly queues: ReadonlyMap<string, Queue>
}

export function explainRoute(
  source: ExplainSource,
  start: Exchange,
  message: { readonly routingKey: string; readonly headers: FieldTable },
): RouteExplanation {
  const input: RouteInput = { routingKey: message.routingKey, headers: () => message.headers }
  const queues = new Set<string>()
  const seen = new Set([start])
  const steps: RouteStep[] = []
  // A set that grows while it is walked, as in routing: each exchange once.
  for (const exchange of seen) {
    const step = explainStep(source, exchange, input)
    steps.push(step)
    for (const { destination } of step.matched) {
      if (destination.kind === 'queue') queues.add(destination.name)
      else follow(source, seen, destination.name)
    }
    if (exchange.name === '' && source.queues.has(input.routingKey)) queues.add(input.routingKey)
    if (step.alternate !== null) follow(source, seen, step.alternate)
  }
  return { steps, queues: [...queues] }
}

function explainStep(source: ExplainSource, exchange: Exchange, input: RouteInput): RouteStep {
  const matched: Binding[] = []
  exchange.router.route(input, (binding) => matched.push(binding))
  const { alternate } = exchange
  const isUsed = matched.length === 0 && alternate !== null && source.exchanges.has(alternate)
  return {
    exchange: exchange.name,
    type: exchange.type.name,
    matched,
    bindingCount: exchange.bindings.size,
    alternate: isUsed ? alternate : null,
  }
}

function follow(source: ExplainSource, seen: Set<Exchange>, name: string): void {
  const next = source.exchanges.get(name)
  if (next !== undefined) seen.add(next)
}
