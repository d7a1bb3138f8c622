// Which bindings a message published to an exchange could meet: the matched ones come first, so that
// a drawing with a limit never leaves out the way that the message takes.

import type { Binding, Explanation } from '../api/types.ts'

export function reachableBindings(
  bindings: readonly Binding[],
  start: string,
  explanation: Explanation | null,
): readonly Binding[] {
  const bySource = new Map<string, Binding[]>()
  for (const binding of bindings) {
    const known = bySource.get(binding.source)
    if (known === undefined) bySource.set(binding.source, [binding])
    else known.push(binding)
  }
  const visited = new Set([start, ...(explanation?.steps.map(({ exchange }) => exchange) ?? [])])
  const found: Binding[] = []
  // A set that grows while it is walked: each exchange once, cycles end.
  for (const exchange of visited) {
    // The default exchange is bound to every queue; what it matched is added by the caller.
    if (exchange === '') continue
    for (const binding of bySource.get(exchange) ?? []) {
      found.push(binding)
      if (binding.destination_type === 'exchange') visited.add(binding.destination)
    }
  }
  const matched = new Set(explanation?.steps.flatMap(({ matched }) => matched.map(identify)))
  return found.sort((a, b) => Number(matched.has(identify(b))) - Number(matched.has(identify(a))))
}

function identify(binding: Binding): string {
  const { source, destination_type, destination, routing_key, arguments: values } = binding
  return JSON.stringify([source, destination_type, destination, routing_key, values])
}
