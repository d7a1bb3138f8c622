// A large definitions document as several small ones, in the order in which what is in them depends on
// one another. Each is a request of its own, so that the broker serves its clients in between.

import type { Item } from '../api-client.ts'

/** What a broker imports within a few milliseconds. */
export const partSize = 500

const kindsInOrder = [
  'users',
  'vhosts',
  'permissions',
  'topic_permissions',
  'global_parameters',
  'parameters',
  'policies',
  'exchanges',
  'queues',
  'bindings',
]

export interface DefinitionsPart {
  readonly document: Item
  readonly count: number
}

/** A document that is small, or that is not understood, stays as it is: the broker judges it. */
export function splitDefinitions(document: Item, size: number): readonly DefinitionsPart[] {
  const lists = kindsInOrder.map((kind) => ({ kind, items: document[kind] ?? [] }))
  const wellFormed = lists.every(({ items }) => Array.isArray(items))
  const count = wellFormed
    ? lists.reduce((sum, { items }) => sum + (items as object[]).length, 0)
    : 0
  if (count <= size) return [{ document, count }]
  const others = Object.entries(document).filter(([key]) => !kindsInOrder.includes(key))
  const all = lists.flatMap(({ kind, items }) =>
    (items as object[]).map((item) => ({ kind, item })),
  )
  const parts: DefinitionsPart[] = []
  for (let at = 0; at < all.length; at += size) {
    const slice = all.slice(at, at + size)
    const grouped = Object.entries(Object.groupBy(slice, ({ kind }) => kind))
    const chosen = grouped.map(([kind, entries = []]) => [kind, entries.map(({ item }) => item)])
    parts.push({
      document: { ...Object.fromEntries(others), ...Object.fromEntries(chosen) },
      count: slice.length,
    })
  }
  return parts
}
