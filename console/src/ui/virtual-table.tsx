// A table of any length that holds only the rows in sight. Arrow keys go from row to row, Enter opens.

import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
} from '@tanstack/virtual-core'
import type { ComponentChildren, VNode } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef } from 'preact/hooks'
import type { PagedList } from '../api/paged-list.ts'
import { ariaSort, nextOrder, type Order, SortButton } from './table.tsx'

export interface GridColumn<Row> {
  readonly key: string
  readonly title: string
  /** A track of CSS grid, such as `90px` or `minmax(160px, 2fr)`. */
  readonly width: string
  readonly cell: (row: Row) => ComponentChildren
  /** The name that the API sorts by. */
  readonly sort?: string
  readonly number?: boolean
  readonly wide?: boolean
}

export interface VirtualTableProps<Row> {
  readonly label: string
  readonly list: PagedList<Row>
  readonly columns: readonly GridColumn<Row>[]
  readonly order: Order
  readonly setOrder: (order: Order) => void
}

const rowHeight = 36
const narrow = matchMedia('(max-width: 860px)')

export function VirtualTable<Row>(props: VirtualTableProps<Row>): VNode {
  const { label, list, order, setOrder } = props
  const scroller = useRef<HTMLDivElement>(null)
  const virtualizer = useVirtualizer(list.count, scroller)
  const items = virtualizer.getVirtualItems()
  const first = items[0]?.index ?? 0
  const last = items.at(-1)?.index ?? 0
  const { show } = list
  // `show` is made anew each time and only sets state.
  useEffect(() => show(first, last), [first, last])
  const columns = useMemo(
    () => props.columns.filter(({ wide }) => !(wide && narrow.matches)),
    [props.columns],
  )
  const widths = columns.map(({ width }) => width)
  const tracks = { '--tracks': widths.join(' '), '--least-width': leastWidth(widths) }
  const move = (event: KeyboardEvent): void => moveFocus(event, virtualizer, scroller.current)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a real table cannot place rows at will.
    <div
      ref={scroller}
      class="grid-scroll"
      style={tracks}
      role="table"
      aria-label={label}
      aria-rowcount={list.count + 1}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
      tabIndex={0}
      onKeyDown={move}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: part of the grid. */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: rows are not interactive. */}
      <div class="grid-head" role="row" aria-rowindex={1}>
        {columns.map((column) => (
          // biome-ignore lint/a11y/useSemanticElements: part of the grid.
          // biome-ignore lint/a11y/useFocusableInteractive: its button takes the focus.
          <div
            key={column.key}
            role="columnheader"
            class={column.number ? 'number' : ''}
            aria-sort={order.by === column.sort ? ariaSort(order.down) : undefined}
          >
            {column.sort === undefined ? (
              column.title
            ) : (
              <SortButton
                title={column.title}
                on={order.by === column.sort}
                down={order.down}
                press={() => setOrder(nextOrder(order, column.sort ?? '', column.number ?? false))}
              />
            )}
          </div>
        ))}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: part of the grid. */}
      <div class="grid-body" role="rowgroup" style={{ height: `${virtualizer.getTotalSize()}px` }}>
        {items.map(({ index, start }) => (
          <GridRow key={index} row={list.at(index)} {...{ columns, index, start }} />
        ))}
      </div>
    </div>
  )
}

/** Head and rows are grids of their own: told the same least width, they stay in line. */
function leastWidth(widths: readonly string[]): string {
  const pixels = widths.map((width) => Number(/(\d+)px/.exec(width)?.[1] ?? 0))
  return `${pixels.reduce((sum, width) => sum + width, 0)}px`
}

interface GridRowProps<Row> {
  readonly row: Row | undefined
  readonly columns: readonly GridColumn<Row>[]
  readonly index: number
  readonly start: number
}

/** Drawn anew only when its row is another one: scrolling moves rows, it does not change them. */
function GridRow<Row>({ row, columns, index, start }: GridRowProps<Row>): VNode {
  return useMemo(
    () => (
      // biome-ignore lint/a11y/useSemanticElements: part of the grid.
      // biome-ignore lint/a11y/useFocusableInteractive: its link takes the focus.
      <div
        class="grid-row"
        role="row"
        data-row={index}
        aria-rowindex={index + 2}
        style={{ height: `${rowHeight}px`, transform: `translateY(${start}px)` }}
      >
        {columns.map((column, place) => (
          // biome-ignore lint/a11y/useSemanticElements: part of the grid.
          <div
            key={column.key}
            role="cell"
            class={`${column.number ? 'number' : ''} ${place === 0 ? 'name' : ''}`}
          >
            {row === undefined ? <span class="pending" /> : column.cell(row)}
          </div>
        ))}
      </div>
    ),
    [row, columns, index, start],
  )
}

type Scroller = { readonly current: HTMLDivElement | null }
type Rows = Virtualizer<HTMLDivElement, HTMLDivElement>

function useVirtualizer(count: number, scroller: Scroller): Rows {
  const [, redraw] = useReducer((turn: number) => turn + 1, 0)
  const held = useRef<Rows>(null)
  const options = {
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    paddingEnd: 4,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => redraw(undefined as never),
  }
  if (held.current === null) held.current = new Virtualizer(options)
  const virtualizer = held.current
  virtualizer.setOptions(options)
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer])
  useLayoutEffect(() => virtualizer._willUpdate())
  return virtualizer
}

const steps: Readonly<Record<string, number>> = {
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: 15,
  PageUp: -15,
}

function moveFocus(event: KeyboardEvent, rows: Rows, scroller: HTMLDivElement | null): void {
  const step = steps[event.key]
  if (step === undefined || scroller === null) return
  event.preventDefault()
  const focused = document.activeElement?.closest<HTMLElement>('[data-row]')
  const from = focused === null || focused === undefined ? -1 : Number(focused.dataset.row)
  const { count } = rows.options
  const to = Math.max(0, Math.min(count - 1, from + step))
  rows.scrollToIndex(to)
  const focus = (): boolean => {
    const found = scroller.querySelector<HTMLElement>(
      `[data-row="${to}"] a, [data-row="${to}"] button`,
    )
    found?.focus()
    return found !== null
  }
  // At once, for an Enter that follows at once; a row far off exists only after the next drawing.
  if (!focus()) requestAnimationFrame(() => requestAnimationFrame(focus))
}
