// Keeps closed HTTP/2 sessions a little longer than their streams. Node 26 ends the whole process
// ("Assertion failed: (current_nghttp2_memory_) == (0)") when the collector takes a session before a
// stream of it that still has headers, which peers bring about with frames cut short or malformed.
import type { Http2Server, Http2Session } from 'node:http2'
import { constants, PerformanceObserver } from 'node:perf_hooks'

/** Some 40 KiB each; beyond them the oldest goes, as it would have without being kept. */
const keptMax = 1000

/** Full collections that are waited for: the first may have begun before the session was closed. */
const collections = 3

export class SessionKeeper {
  /** By the number of collections seen since. */
  readonly #kept: Set<object>[] = Array.from({ length: collections }, () => new Set())
  #observer: PerformanceObserver | undefined

  watch(server: Http2Server): void {
    server.on('session', (session: Http2Session) => {
      const handle = handleOf(session)
      if (handle !== undefined) session.once('close', () => this.#keep(handle))
    })
  }

  #keep(handle: object): void {
    const youngest = this.#kept[0]
    if (youngest === undefined) return
    youngest.add(handle)
    const [oldest] = youngest
    if (youngest.size > keptMax && oldest !== undefined) youngest.delete(oldest)
    if (this.#observer !== undefined) return
    this.#observer = new PerformanceObserver((list) => {
      if (list.getEntries().some(isFullCollection)) this.#age()
    })
    this.#observer.observe({ entryTypes: ['gc'] })
  }

  #age(): void {
    this.#kept.pop()
    this.#kept.unshift(new Set())
    if (this.#kept.some((each) => each.size > 0)) return
    this.#observer?.disconnect()
    this.#observer = undefined
  }
}

/** The type of an entry leaves out what entries of collections have. */
function isFullCollection(entry: object): boolean {
  const { detail } = entry as { readonly detail?: { readonly kind?: number } }
  return detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR
}

/** The native half of the session, which is what must not go first. */
function handleOf(session: Http2Session): object | undefined {
  const key = Object.getOwnPropertySymbols(session).find((each) => each.description === 'kHandle')
  const handle: unknown = key === undefined ? undefined : Reflect.get(session, key)
  return typeof handle === 'object' && handle !== null ? handle : undefined
}
