// Where the page is, kept in the address after `#`: such addresses need nothing of the server and
// work behind any prefix. Segments are encoded, since names of queues hold everything.

import { type Signal, signal } from '@preact/signals'

export interface Route {
  readonly path: readonly string[]
  readonly query: URLSearchParams
}

export const route: Signal<Route> = signal({ path: [], query: new URLSearchParams() })

export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  const segments = path.split('/').filter((segment) => segment !== '')
  return { path: segments.map(decodeSegment), query: new URLSearchParams(query) }
}

/** The address of a page: `href('queues', '/', 'jobs')` is `#/queues/%2F/jobs`. */
export function href(...segments: readonly string[]): string {
  return `#/${segments.map(encodeURIComponent).join('/')}`
}

export function hrefWith(query: Readonly<Record<string, string>>, ...segments: string[]): string {
  return `${href(...segments)}?${new URLSearchParams(query)}`
}

export function navigate(address: string): void {
  location.hash = address
}

/** Changes the query without a new entry in the browser's history. */
export function replaceQuery(query: Readonly<Record<string, string>>): void {
  const used = Object.entries(query).filter(([, value]) => value !== '')
  const text = new URLSearchParams(used).toString()
  const base = href(...route.value.path)
  history.replaceState(null, '', text === '' ? base : `${base}?${text}`)
  route.value = parseRoute(location.hash)
}

export function followAddress(): void {
  const read = (): void => {
    route.value = parseRoute(location.hash)
  }
  window.addEventListener('hashchange', read)
  read()
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
