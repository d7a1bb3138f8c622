// A minute of a rate as a small line, for tables. The number beside it says the same to those who
// cannot see it.

import type { VNode } from 'preact'

const width = 96
const height = 22
/** Less than this a second is drawn low: one call more or less is no event. */
const fullMin = 4

export function Sparkline({ values }: { readonly values: readonly number[] }): VNode {
  const most = Math.max(...values, fullMin)
  const step = width / Math.max(1, values.length - 1)
  const points = values.map(
    (value, index) =>
      `${(index * step).toFixed(1)},${(height - 1.5 - (value / most) * (height - 4)).toFixed(1)}`,
  )
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      aria-hidden="true"
    >
      {points.length < 2 ? null : (
        <>
          <polygon points={`0,${height} ${points.join(' ')} ${width},${height}`} />
          <polyline points={points.join(' ')} />
        </>
      )}
    </svg>
  )
}
