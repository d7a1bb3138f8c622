// A resource of the API as a component sees it: what came last, what went wrong, and when to ask again.

import { useEffect, useRef, useState } from 'preact/hooks'
import { refreshSeconds, refreshWish } from '../state/preferences.ts'
import { ApiError, request } from './client.ts'

export interface Resource<T> {
  readonly data: T | null
  readonly error: ApiError | null
  readonly loading: boolean
  readonly reload: () => void
}

export interface PollOptions {
  /** False: asked once, and again only on demand. */
  readonly repeat?: boolean
}

/** Asks for a path now and then; null asks for nothing. */
export function useResource<T>(path: string | null, options: PollOptions = {}): Resource<T> {
  const [state, setState] = useState<{
    path: string | null
    data: T | null
    error: ApiError | null
  }>({ path: null, data: null, error: null })
  const [wish, setWish] = useState(0)
  const seconds = options.repeat === false ? 0 : refreshSeconds.value
  const globalWish = refreshWish.value
  const latest = useRef(0)
  // A wish is the reason to ask again, not an input.
  useEffect(() => {
    if (path === null) return
    const abort = new AbortController()
    const turn = ++latest.current
    const ask = async (): Promise<void> => {
      try {
        const data = await request<T>(path, { signal: abort.signal })
        if (latest.current === turn) setState({ path, data, error: null })
      } catch (error) {
        if (abort.signal.aborted || latest.current !== turn) return
        const known = error instanceof ApiError ? error : new ApiError(0, String(error), error)
        setState((before) => ({
          path,
          data: before.path === path ? before.data : null,
          error: known,
        }))
      }
    }
    const stop = repeatWhileVisible(ask, seconds)
    return () => {
      abort.abort()
      stop()
    }
  }, [path, seconds, wish, globalWish])
  const current = state.path === path
  return {
    data: state.data,
    error: current ? state.error : null,
    loading: path !== null && !current,
    reload: () => setWish((before) => before + 1),
  }
}

/** Runs the task now and each `seconds` after it has ended, but not while nobody can see the page. */
export function repeatWhileVisible(task: () => Promise<void>, seconds: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopped = false
  const run = async (): Promise<void> => {
    clearTimeout(timer)
    await task()
    if (!stopped && seconds > 0 && !document.hidden) timer = setTimeout(start, seconds * 1000)
  }
  const start = (): void => {
    run().catch((error: unknown) => reportError(error))
  }
  const wake = (): void => {
    if (!document.hidden && seconds > 0) start()
  }
  document.addEventListener('visibilitychange', wake)
  start()
  return () => {
    stopped = true
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', wake)
  }
}
