// The two charts that overview, queues and others share: how much waits, and how fast it moves.

import type { VNode } from 'preact'
import type { Stats } from '../api/types.ts'
import { formatCount, formatRate } from '../format/number.ts'
import { levelColumns, rateColumns } from '../format/samples.ts'
import { type TextKey, t } from '../i18n/translate.ts'
import { language } from '../state/preferences.ts'
import { Chart } from '../ui/chart.tsx'
import { Panel } from '../ui/page.tsx'
import { Empty } from '../ui/states.tsx'

/** What the charts ask of the server: ten minutes, a sample each five seconds. */
export const historyQuery = {
  lengths_age: 600,
  lengths_incr: 5,
  msg_rates_age: 600,
  msg_rates_incr: 5,
} as const

/** One point is no line. */
const pointsMin = 2

interface Line {
  readonly name: string
  readonly label: TextKey
  readonly colour: string
}

const levels: readonly Line[] = [
  { name: 'messages_ready', label: 'stat.ready', colour: '--chart-ready' },
  { name: 'messages_unacknowledged', label: 'stat.unacked', colour: '--chart-unacked' },
  { name: 'messages', label: 'stat.total', colour: '--chart-total' },
]

export const messageLines: readonly Line[] = [
  { name: 'publish', label: 'stat.publish', colour: '--chart-in' },
  { name: 'deliver_get', label: 'stat.deliver', colour: '--chart-out' },
  { name: 'ack', label: 'stat.ack', colour: '--chart-ack' },
  { name: 'redeliver', label: 'stat.redeliver', colour: '--chart-bad' },
]

export const exchangeLines: readonly Line[] = [
  { name: 'publish_in', label: 'stat.publishIn', colour: '--chart-in' },
  { name: 'publish_out', label: 'stat.publishOut', colour: '--chart-out' },
]

export function DepthChart({ stats }: { readonly stats: Stats | undefined }): VNode {
  const { times, values } = levelColumns(
    stats,
    levels.map(({ name }) => name),
  )
  return (
    <Panel title={t('chart.messages')}>
      {times.length < pointsMin ? (
        <Empty title={t('chart.soon')}>{t('chart.soonText')}</Empty>
      ) : (
        <Chart
          label={t('chart.messages')}
          times={times}
          series={levels.map((line, index) => ({
            label: t(line.label),
            colour: line.colour,
            values: values[index] ?? [],
          }))}
          format={(value) => formatCount(value, language.value)}
          whole
        />
      )}
    </Panel>
  )
}

export interface RateChartProps {
  readonly stats: Stats | undefined
  readonly lines: readonly Line[]
}

export function RateChart({ stats, lines }: RateChartProps): VNode {
  const used = lines.filter(({ name }, index) => index < 3 || stats?.[name] !== undefined)
  const { times, values } = rateColumns(
    stats,
    used.map(({ name }) => name),
  )
  return (
    <Panel title={t('chart.rates')}>
      {stats === undefined || times.length === 0 ? (
        <Empty title={t('chart.none')}>{t('chart.noneText')}</Empty>
      ) : times.length < pointsMin ? (
        <Empty title={t('chart.soon')}>{t('chart.soonText')}</Empty>
      ) : (
        <Chart
          label={t('chart.rates')}
          times={times}
          series={used.map((line, index) => ({
            label: t(line.label),
            colour: line.colour,
            values: values[index] ?? [],
          }))}
          format={(value) => formatRate(value, language.value)}
        />
      )}
    </Panel>
  )
}
