// Send credit of a channel. Each side may send one event, and as many more as the peer grants with
// `_zpc_more [n]`. Heartbeats and grants themselves cost nothing.

/** What an event's arguments grant; nothing, when they are not what they should be. */
export function grantOf(args: unknown): number {
  const count = Array.isArray(args) ? (args[0] as unknown) : undefined
  return typeof count === 'number' && Number.isSafeInteger(count) && count > 0 ? count : 0
}
