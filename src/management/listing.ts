// Lists as all resources answer them: filtered by name, sorted, in pages, cut down to some columns.
// Only what ends up on the page is turned into JSON, so that ten thousand queues stay cheap.

import { badRequest, HttpError } from './errors.ts'
import { orderedSlice } from './ordered-slice.ts'

export type View = Readonly<Record<string, unknown>>

/** How a kind of object is listed. */
export interface Listed<T> {
  /** What `name=` filters by and what lists are sorted by otherwise. */
  readonly name: (item: T) => string
  readonly view: (item: T) => View
  /** How to sort by a column without a view of every item; undefined where there is no short way. */
  readonly sortKey?: (column: string) => ((item: T) => unknown) | undefined
}

export interface ListQuery {
  readonly page?: string
  readonly page_size?: string
  readonly name?: string
  readonly use_regex?: string
  readonly sort?: string
  readonly sort_reverse?: string
  readonly columns?: string
  readonly pagination?: string
}

export interface Page {
  readonly filtered_count: number
  readonly item_count: number
  readonly items: readonly View[]
  readonly page: number
  readonly page_count: number
  readonly page_size: number
  readonly total_count: number
}

export const pageSizeDefault = 100
export const pageSizeMax = 500

export function answerList<T>(
  query: ListQuery,
  items: readonly T[],
  listed: Listed<T>,
): readonly View[] | Page {
  const filtered = filterByName(query, items, listed)
  const columns = columnsOf(query)
  const show = (item: T): View => pickColumns(listed.view(item), columns)
  if (query.page === undefined || query.pagination === 'false') {
    return sortedSlice(query, filtered, listed, { from: 0, to: filtered.length }).map(show)
  }
  const { page, size } = pageOf(query)
  const count = Math.max(1, Math.ceil(filtered.length / size))
  if (page > count) {
    throw new HttpError(
      400,
      'page_out_of_range',
      `Page out of range, page: ${page} page size: ${size}, len: ${filtered.length}`,
    )
  }
  const from = (page - 1) * size
  const to = Math.min(page * size, filtered.length)
  const shown = sortedSlice(query, filtered, listed, { from, to }).map(show)
  return {
    filtered_count: filtered.length,
    item_count: shown.length,
    items: shown,
    page,
    page_count: count,
    page_size: size,
    total_count: items.length,
  }
}

/** The columns of a query; none: all. */
export function columnsOf({ columns }: Pick<ListQuery, 'columns'>): readonly string[] {
  return columns?.split(',').filter((name) => name !== '') ?? []
}

/** Whether columns ask for a member or for part of it: what nobody asks for need not be worked out. */
export function wants(columns: readonly string[], member: string): boolean {
  return columns.length === 0 || columns.some((name) => name.split('.', 1)[0] === member)
}

/** Cuts one object down to the columns asked for; `a.b` reaches into it. */
export function pickColumns(view: View, columns: readonly string[]): View {
  if (columns.length === 0) return view
  const picked: Record<string, unknown> = {}
  for (const column of columns) {
    const [first, ...rest] = column.split('.') as [string, ...string[]]
    if (view[first] === undefined) continue
    if (rest.length === 0) picked[first] = view[first]
    else {
      // Several columns may reach into the same member: what is picked so far stays.
      const inner = pickColumns(toView(view[first]), [rest.join('.')])
      picked[first] = mergeViews(toView(picked[first]), inner)
    }
  }
  return picked
}

function mergeViews(a: View, b: View): View {
  const merged: Record<string, unknown> = { ...a }
  for (const [name, value] of Object.entries(b)) {
    const both = typeof value === 'object' && value !== null && name in merged
    merged[name] = both ? mergeViews(toView(merged[name]), toView(value)) : value
  }
  return merged
}

function toView(value: unknown): View {
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value))
    : {}
}

function filterByName<T>(
  { name, use_regex: useRegex }: ListQuery,
  items: readonly T[],
  listed: Listed<T>,
): readonly T[] {
  if (name === undefined || name === '') return items
  if (useRegex === 'true') {
    const pattern = compile(name)
    return items.filter((item) => pattern.test(listed.name(item)))
  }
  const wanted = name.toLowerCase()
  return items.filter((item) => listed.name(item).toLowerCase().includes(wanted))
}

function compile(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'iu')
  } catch (error) {
    throw badRequest(error instanceof Error ? error.message : 'invalid regular expression')
  }
}

/** Of equals those first that come first, backwards those last. */
function sortedSlice<T>(
  { sort, sort_reverse: reverse }: ListQuery,
  items: readonly T[],
  listed: Listed<T>,
  stretch: { readonly from: number; readonly to: number },
): readonly T[] {
  const keyOf = sortKey(sort, listed)
  const keys = items.map(keyOf)
  const ahead = (left: number, right: number): number =>
    compare(keys[left], keys[right]) || left - right
  const back = (left: number, right: number): number => ahead(right, left)
  const order = orderedSlice(items.length, reverse === 'true' ? back : ahead, stretch)
  return Array.from(order, (index) => items[index]!)
}

function sortKey<T>(sort: string | undefined, listed: Listed<T>): (item: T) => unknown {
  if (sort === undefined || sort === '' || sort === 'name') return listed.name
  return listed.sortKey?.(sort) ?? ((item) => reach(listed.view(item), sort))
}

function reach(view: View, path: string): unknown {
  let value: unknown = view
  for (const part of path.split('.')) value = toView(value)[part]
  return value
}

/** Numbers by size, everything else by its text; what is missing comes first. */
function compare(left: unknown, right: unknown): number {
  if (left === right) return 0
  if (left === undefined || left === null) return -1
  if (right === undefined || right === null) return 1
  if (typeof left === 'number' && typeof right === 'number') return left - right
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : 1
  return String(left) < String(right) ? -1 : 1
}

function pageOf({ page, page_size: pageSize }: ListQuery): { page: number; size: number } {
  const number = Number(page)
  const size = pageSize === undefined ? pageSizeDefault : Number(pageSize)
  if (!Number.isInteger(number) || !Number.isInteger(size)) {
    throw badRequest('Pagination parameters are invalid')
  }
  if (number < 1 || size < 1 || size > pageSizeMax) {
    throw new HttpError(
      400,
      'invalid_pagination_parameters',
      `Invalid pagination parameters: page number ${number}, page size ${size}`,
    )
  }
  return { page: number, size }
}
