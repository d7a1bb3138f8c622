// The part of a binding's path that tells it from others between the same two: `~` for an empty key,
// the key, or key~hash where there are arguments. Clients take it as it is given to them.

import { createHash } from 'node:crypto'

export function propertiesKey(routingKey: string, args: Readonly<Record<string, unknown>>): string {
  const key = encodeURIComponent(routingKey)
  if (Object.keys(args).length === 0) return routingKey === '' ? '~' : key
  return `${key}~${hash(args)}`
}

function hash(args: Readonly<Record<string, unknown>>): string {
  const sorted = Object.entries(args).toSorted(([left], [right]) => (left < right ? -1 : 1))
  return createHash('sha256').update(JSON.stringify(sorted)).digest('base64url').slice(0, 10)
}
