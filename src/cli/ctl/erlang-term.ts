// Values as Erlang would print them, because scripts parse rabbitmqctl's tables: the arguments
// {"x-max-length": 5} of a queue read [{"x-max-length",5}] there.

export function toErlangTerm(value: unknown): string {
  if (value === null || value === undefined) return 'undefined'
  if (typeof value === 'string') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(toErlangTerm).join(',')}]`
  if (typeof value === 'object') {
    const pairs = Object.entries(value).map(
      ([key, item]) => `{${JSON.stringify(key)},${toErlangTerm(item)}}`,
    )
    return `[${pairs.join(',')}]`
  }
  return String(value)
}
