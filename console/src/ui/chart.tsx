// A chart over time, by uPlot, in the page's colours, with a legend of our own that also tells the
// values to those who cannot see the lines.

import type { VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import UPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { formatShort } from '../format/number.ts'
import { isDark } from '../state/preferences.ts'

export interface Series {
  readonly label: string
  /** Name of a CSS variable. */
  readonly colour: string
  readonly values: readonly (number | null)[]
}

export interface ChartProps {
  readonly label: string
  /** Seconds since the epoch. */
  readonly times: readonly number[]
  readonly series: readonly Series[]
  readonly format: (value: number) => string
  readonly height?: number
  /** Counts of things: no half of one on the axis. */
  readonly whole?: boolean
}

export function Chart(props: ChartProps): VNode {
  const { label, times, series, format, height = 190, whole = false } = props
  const host = useRef<HTMLDivElement>(null)
  const plot = useRef<UPlot>(null)
  const [cursor, setCursor] = useState<number | null>(null)
  const [hidden, setHidden] = useState<readonly string[]>([])
  const data = [times, ...series.map(({ values }) => values)] as unknown as UPlot.AlignedData
  const latest = useRef(data)
  latest.current = data
  const shape = series.map((one) => one.label + one.colour).join()
  // Made anew when its look changes; data goes in below.
  useEffect(() => {
    const element = host.current
    if (element === null) return
    const made = new UPlot(
      optionsFor(series, { width: element.clientWidth, height, whole }, setCursor),
      latest.current,
      element,
    )
    plot.current = made
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [shape, isDark.value, height])
  // New columns come with each answer.
  useEffect(() => {
    plot.current?.setData(latest.current)
    series.forEach((one, index) => {
      const show = !hidden.includes(one.label)
      if (plot.current?.series[index + 1]?.show !== show) {
        plot.current?.setSeries(index + 1, { show })
      }
    })
  }, [times, series, hidden])
  const at = cursor ?? times.length - 1
  const described = series.map((one) => `${one.label} ${format(one.values.at(-1) ?? 0)}`).join(', ')
  return (
    <div class="chart">
      <div
        ref={host}
        role="img"
        aria-label={`${label}: ${described}`}
        style={{ minHeight: `${height}px` }}
      />
      <div class="legend">
        {series.map((one) => (
          <button
            key={one.label}
            type="button"
            aria-pressed={!hidden.includes(one.label)}
            onClick={() =>
              setHidden((before) =>
                before.includes(one.label)
                  ? before.filter((name) => name !== one.label)
                  : [...before, one.label],
              )
            }
          >
            <i class="swatch" style={{ background: `var(${one.colour})` }} />
            {one.label}
            <b>{format(one.values[at] ?? 0)}</b>
          </button>
        ))}
      </div>
    </div>
  )
}

function optionsFor(
  series: readonly Series[],
  {
    width,
    height,
    whole,
  }: { readonly width: number; readonly height: number; readonly whole: boolean },
  setCursor: (at: number | null) => void,
): UPlot.Options {
  const style = getComputedStyle(document.documentElement)
  const colour = (name: string): string => style.getPropertyValue(name).trim()
  const font = `11px ${colour('--sans')}`
  const grid = { stroke: colour('--line'), width: 1 }
  return {
    width: Math.max(width, 120),
    height,
    legend: { show: false },
    cursor: { points: { size: 6 }, y: false, drag: { x: false, y: false } },
    // The last time's label reaches beyond the last point.
    padding: [8, 22, 0, 0],
    scales: { y: { range: (_plot, _low, high) => [0, niceTop(high)] } },
    axes: [
      {
        stroke: colour('--ink-3'),
        font,
        grid: { show: false },
        ticks: { show: false },
        size: 24,
        space: 74,
        values: timeLabels,
      },
      {
        stroke: colour('--ink-3'),
        font,
        grid,
        ticks: { show: false },
        size: 46,
        ...(whole ? { incrs: wholeSteps } : {}),
        values: (_plot, ticks) => ticks.map((tick) => formatShort(tick)),
      },
    ],
    series: [
      {},
      ...series.map((one, index) => ({
        label: one.label,
        stroke: colour(one.colour),
        // One filled area reads well, several mix to mud.
        ...(index === 0 ? { fill: `${colour(one.colour)}22` } : {}),
        width: 1.75,
        points: { show: false },
        spanGaps: true,
      })),
    ],
    hooks: { setCursor: [(plot) => setCursor(plot.cursor.idx ?? null)] },
  }
}

const wholeSteps = Array.from({ length: 13 }, (_, power) => 10 ** power).flatMap((one) => [
  one,
  one * 2,
  one * 5,
])

/** What uPlot passes to label an axis: the last part is how far apart the ticks are, in seconds. */
type AxisLabels = [plot: UPlot, ticks: number[], axis: number, space: number, step: number]

function timeLabels(...[, ticks, , , step]: AxisLabels): string[] {
  return ticks.map((tick) => {
    const time = new Date(tick * 1000)
    const parts = [time.getHours(), time.getMinutes(), ...(step < 60 ? [time.getSeconds()] : [])]
    return parts.map((part) => String(part).padStart(2, '0')).join(':')
  })
}

/** Leaves room above the highest value, and a flat line at none does not fill the chart. */
function niceTop(high: number | null): number {
  return high === null || high <= 0 ? 1 : high * 1.1
}
