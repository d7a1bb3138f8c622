// Paths of the HTTP API, relative to the page, so that the console works behind any prefix.

/** Joins segments, each encoded: the virtual host `/` becomes `%2F`. */
export function apiPath(...segments: readonly string[]): string {
  return segments.map(encodeURIComponent).join('/')
}

/** The default exchange has no name, but needs one in a path. */
export function exchangeSegment(name: string): string {
  return name === '' ? 'amq.default' : name
}

/** A list, of one virtual host or of all (''). */
export function listPath(kind: string, vhost: string): string {
  return vhost === '' ? kind : apiPath(kind, vhost)
}

export function withQuery(
  path: string,
  query: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') parameters.set(name, String(value))
  }
  const text = parameters.toString()
  return text === '' ? path : `${path}?${text}`
}
