// A long list of the API, of which only the pages in sight are asked for, sorted and filtered there.

import { useEffect, useRef, useState } from 'preact/hooks'
import { refreshSeconds, refreshWish } from '../state/preferences.ts'
import { ApiError, request } from './client.ts'
import { withQuery } from './paths.ts'
import { repeatWhileVisible } from './poll.ts'
import type { Page } from './types.ts'

export interface ListQuery {
  /** Such as `queues/%2F`. */
  readonly path: string
  readonly sort: string
  readonly descending: boolean
  readonly name: string
  readonly useRegex: boolean
  /** Fields to send, so that ten thousand rows stay cheap; '' for all. */
  readonly columns: string
}

export interface PagedList<Item> {
  readonly count: number
  readonly total: number
  readonly error: ApiError | null
  readonly loading: boolean
  readonly at: (index: number) => Item | undefined
  /** Tells which rows are in sight, so that their pages get loaded. */
  readonly show: (first: number, last: number) => void
  readonly reload: () => void
}

const pageSize = 100
/** Pages kept; those farthest from what is in sight are forgotten first. */
const pagesKept = 12

/** Pages that only fly by are not worth asking the broker for. */
const settleMs = 60

interface Range {
  readonly key: string
  readonly first: number
  readonly last: number
}

interface State<Item> {
  readonly key: string
  readonly pages: ReadonlyMap<number, readonly Item[]>
  readonly count: number
  readonly total: number
  readonly error: ApiError | null
}

export function usePagedList<Item>(query: ListQuery): PagedList<Item> {
  const key = JSON.stringify(query)
  const empty: State<Item> = { key, pages: new Map(), count: 0, total: 0, error: null }
  const [state, setState] = useState<State<Item>>(empty)
  const [shown, setShown] = useState<Range>({ key, first: 1, last: 1 })
  const settling = useRef<ReturnType<typeof setTimeout>>(undefined)
  // Another question starts at its first page: what was in sight of the last one means nothing here.
  const range = shown.key === key ? shown : { key, first: 1, last: 1 }
  const [wish, setWish] = useState(0)
  const turn = useRef(0)
  // The key stands for the query.
  useEffect(() => {
    const abort = new AbortController()
    const mine = ++turn.current
    const load = async (): Promise<void> => {
      try {
        const numbers = pageNumbers(range.first, range.last)
        const pages = await Promise.all(
          numbers.map((page) => loadPage<Item>(query, page, abort.signal)),
        )
        // The end of the list has moved before what is in sight: its beginning tells where it is.
        if (pages.every(isBeyondEnd)) pages.push(await loadPage<Item>(query, 1, abort.signal))
        if (turn.current === mine) setState((before) => merge(before, key, pages))
      } catch (error) {
        if (abort.signal.aborted || turn.current !== mine) return
        const known = error instanceof ApiError ? error : new ApiError(0, String(error), error)
        setState((before) => ({ ...(before.key === key ? before : empty), error: known }))
      }
    }
    const stop = repeatWhileVisible(load, refreshSeconds.value)
    return () => {
      abort.abort()
      stop()
    }
  }, [key, range.first, range.last, wish, refreshSeconds.value, refreshWish.value])
  return {
    count: state.count,
    total: state.total,
    error: state.error,
    loading: state.key !== key || (state.pages.size === 0 && state.error === null),
    at: (index) => state.pages.get(Math.floor(index / pageSize) + 1)?.[index % pageSize],
    show: (first, last) => {
      const next = {
        key,
        first: Math.floor(first / pageSize) + 1,
        last: Math.floor(last / pageSize) + 1,
      }
      clearTimeout(settling.current)
      settling.current = setTimeout(() => {
        setShown((old) => (sameRange(old, next) ? old : next))
      }, settleMs)
    },
    reload: () => setWish((before) => before + 1),
  }
}

async function loadPage<Item>(
  query: ListQuery,
  page: number,
  signal: AbortSignal,
): Promise<Page<Item>> {
  const { path, sort, descending, name, useRegex, columns } = query
  const parameters = {
    page,
    page_size: pageSize,
    sort,
    sort_reverse: descending,
    name,
    use_regex: useRegex && name !== '',
    pagination: true,
    columns,
  }
  try {
    return await request<Page<Item>>(withQuery(path, parameters), { signal })
  } catch (error) {
    // The last rows went away while they were in sight: an empty page, and the count corrects itself.
    if (
      error instanceof ApiError &&
      error.status === 400 &&
      /page out of range/i.test(error.message)
    ) {
      return {
        items: [],
        page,
        page_count: 0,
        page_size: pageSize,
        item_count: 0,
        filtered_count: -1,
        total_count: -1,
      }
    }
    throw error
  }
}

function merge<Item>(before: State<Item>, key: string, loaded: readonly Page<Item>[]): State<Item> {
  const pages = new Map(before.key === key ? before.pages : [])
  for (const { page, items } of loaded) pages.set(page, items)
  const nearest = loaded[0]?.page ?? 1
  const far = [...pages.keys()].sort((a, b) => Math.abs(b - nearest) - Math.abs(a - nearest))
  for (const page of far.slice(0, Math.max(0, pages.size - pagesKept))) pages.delete(page)
  const known = loaded.find(({ filtered_count }) => filtered_count >= 0)
  const count = known?.filtered_count ?? 0
  return { key, pages, count, total: known?.total_count ?? before.total, error: null }
}

function isBeyondEnd({ filtered_count: count }: Page<unknown>): boolean {
  return count < 0
}

function sameRange(a: Range, b: Range): boolean {
  return a.key === b.key && a.first === b.first && a.last === b.last
}

function pageNumbers(first: number, last: number): number[] {
  return Array.from({ length: Math.min(last - first + 1, 4) }, (_, index) => first + index)
}
