// Finds the queues that receive dead letters, and from which queues, by settings and bindings alone.

import type { Binding, QueueInfo } from '../api/types.ts'

export interface Cemetery {
  readonly vhost: string
  readonly queue: string
  readonly messages: number
  /** Queues whose dead end up here. */
  readonly sources: readonly string[]
}

export function findCemeteries(
  queues: readonly QueueInfo[],
  bindings: readonly Binding[],
): readonly Cemetery[] {
  const byName = new Map(queues.map((queue) => [place(queue.vhost, queue.name), queue]))
  const bySource = groupBySource(bindings)
  const found = new Map<string, { target: QueueInfo; sources: string[] }>()
  for (const queue of queues) {
    for (const name of targetsOf(queue, bySource)) {
      const key = place(queue.vhost, name)
      const target = byName.get(key)
      if (target === undefined) continue
      const known = found.get(key)
      if (known === undefined) found.set(key, { target, sources: [queue.name] })
      else known.sources.push(queue.name)
    }
  }
  return [...found.values()]
    .map(({ target, sources }) => ({
      vhost: target.vhost,
      queue: target.name,
      messages: target.messages ?? 0,
      sources,
    }))
    .sort((a, b) => b.messages - a.messages || a.queue.localeCompare(b.queue))
}

/** An argument of the queue counts before its policy [RabbitMQ, policies]. */
function setting(queue: QueueInfo, name: string): string | null {
  const value = queue.arguments[`x-${name}`] ?? queue.effective_policy_definition?.[name]
  return typeof value === 'string' ? value : null
}

function targetsOf(queue: QueueInfo, bySource: ReadonlyMap<string, Binding[]>): Set<string> {
  const exchange = setting(queue, 'dead-letter-exchange')
  const key = setting(queue, 'dead-letter-routing-key')
  const targets = new Set<string>()
  if (exchange === null) return targets
  if (exchange === '') return key === null ? targets : targets.add(key)
  const seen = new Set([exchange])
  for (const source of seen) {
    for (const binding of bySource.get(place(queue.vhost, source)) ?? []) {
      // Which keys match is the broker's knowledge; all that hangs on the exchange may receive.
      if (binding.destination_type === 'queue') targets.add(binding.destination)
      else seen.add(binding.destination)
    }
  }
  return targets
}

function groupBySource(bindings: readonly Binding[]): Map<string, Binding[]> {
  const groups = new Map<string, Binding[]>()
  for (const binding of bindings) {
    const key = place(binding.vhost, binding.source)
    const known = groups.get(key)
    if (known === undefined) groups.set(key, [binding])
    else known.push(binding)
  }
  return groups
}

function place(vhost: string, name: string): string {
  return JSON.stringify([vhost, name])
}
