// A plain table for lists that are short, sorted in the browser. Long lists use VirtualTable.

import type { ComponentChildren, VNode } from 'preact'
import { useState } from 'preact/hooks'
import { Icon } from './icon.tsx'

export interface Column<Row> {
  readonly key: string
  readonly title: string
  readonly cell: (row: Row) => ComponentChildren
  /** What to sort by; without it the column does not sort. */
  readonly sort?: (row: Row) => string | number
  readonly number?: boolean
  /** Left out where the screen is narrow. */
  readonly wide?: boolean
  readonly tail?: boolean
}

export interface TableProps<Row> {
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly rowKey: (row: Row, index: number) => string
  readonly sortBy?: string
  readonly descending?: boolean
}

export function Table<Row>(props: TableProps<Row>): VNode {
  const { label, columns, rows, rowKey } = props
  const [order, setOrder] = useState({ by: props.sortBy ?? '', down: props.descending ?? false })
  const sorted = sortRows(rows, columns.find(({ key }) => key === order.by)?.sort, order.down)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard.
    <div class="table-wrap" tabIndex={0}>
      <table class="table" aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.key}
                scope="col"
                class={classOf(column)}
                aria-sort={order.by === column.key ? ariaSort(order.down) : undefined}
              >
                {column.sort === undefined ? (
                  column.title === '' ? (
                    <span class="visually-hidden">…</span>
                  ) : (
                    column.title
                  )
                ) : (
                  <SortButton
                    title={column.title}
                    on={order.by === column.key}
                    down={order.down}
                    press={() => setOrder(nextOrder(order, column.key, column.number ?? false))}
                  />
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row, index) => (
            <tr key={rowKey(row, index)}>
              {columns.map((column) => (
                <td key={column.key} class={classOf(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

export interface Order {
  readonly by: string
  readonly down: boolean
}

/** Numbers begin with the largest, names with the first. */
export function nextOrder(order: Order, key: string, number: boolean): Order {
  return order.by === key ? { by: key, down: !order.down } : { by: key, down: number }
}

export function ariaSort(down: boolean): 'ascending' | 'descending' {
  return down ? 'descending' : 'ascending'
}

export interface SortButtonProps {
  readonly title: string
  readonly on: boolean
  readonly down: boolean
  readonly press: () => void
}

export function SortButton({ title, on, down, press }: SortButtonProps): VNode {
  return (
    <button type="button" class={`sort ${on ? 'on' : ''}`} onClick={press}>
      {title}
      {on ? <Icon name={down ? 'down' : 'up'} /> : null}
    </button>
  )
}

function classOf<Row>({ number, wide, tail }: Column<Row>): string {
  return `${number ? 'number' : ''} ${wide ? 'wide' : ''} ${tail ? 'tail' : ''}`.trim()
}

function sortRows<Row>(
  rows: readonly Row[],
  by: ((row: Row) => string | number) | undefined,
  down: boolean,
): readonly Row[] {
  if (by === undefined) return rows
  const sorted = [...rows].sort((a, b) => {
    const [x, y] = [by(a), by(b)]
    if (typeof x === 'number' && typeof y === 'number') return x - y
    return String(x).localeCompare(String(y), undefined, { numeric: true })
  })
  return down ? sorted.reverse() : sorted
}
