// Counters and levels as the API shows them: the value, and beside it `X_details` with its rate and,
// where the client asks for a chart, the samples [RMQ: management, HTTP API, stats].

import { badRequest } from '../errors.ts'
import { columnIndex } from './columns.ts'
import type { SampleRing } from './sample-ring.ts'

/** What a chart asks for, in seconds: `msg_rates_age=60&msg_rates_incr=5`. */
export interface StatisticsQuery {
  readonly msg_rates_age?: string
  readonly msg_rates_incr?: string
  readonly lengths_age?: string
  readonly lengths_incr?: string
  readonly data_rates_age?: string
  readonly data_rates_incr?: string
}

interface Span {
  readonly ageMs: number
  readonly stepMs: number
}

export interface Spans {
  readonly rates: Span | null
  readonly lengths: Span | null
  readonly data: Span | null
}

export function spansOf(query: StatisticsQuery): Spans {
  return {
    rates: span(query.msg_rates_age, query.msg_rates_incr),
    lengths: span(query.lengths_age, query.lengths_incr),
    data: span(query.data_rates_age, query.data_rates_incr),
  }
}

function span(age: string | undefined, step: string | undefined): Span | null {
  if (age === undefined || step === undefined) return null
  const ageMs = Number(age) * 1000
  const stepMs = Number(step) * 1000
  if (ageMs > 0 && stepMs > 0) return { ageMs, stepMs }
  throw badRequest('ages and increments are numbers of seconds')
}

export interface Series {
  readonly columns: readonly string[]
  readonly ring: SampleRing | null
  /** Values now, in the order of the columns. */
  readonly current: ArrayLike<number>
}

/** `name` and `name_details` for each of the names. */
export function withDetails(
  { columns, ring, current }: Series,
  names: readonly string[],
  chart: Span | null,
): Record<string, unknown> {
  const shown: Record<string, unknown> = {}
  for (const name of names) {
    const column = columnIndex(columns, name)
    shown[name] = current[column] ?? 0
    shown[`${name}_details`] = details(ring, column, chart)
  }
  return shown
}

function details(ring: SampleRing | null, column: number, chart: Span | null): object {
  const rate = ring?.rate(column) ?? 0
  if (chart === null) return { rate }
  if (ring === null) return { rate, samples: [], avg_rate: 0, avg: 0 }
  const samples = ring.samples(column, chart.ageMs, chart.stepMs)
  const sum = samples.reduce((total, { sample }) => total + sample, 0)
  return {
    rate,
    samples,
    avg_rate: ring.averageRate(column, chart.ageMs),
    avg: samples.length === 0 ? 0 : sum / samples.length,
  }
}

const publishing = ['publish'] as const
const delivering = [
  'deliver',
  'deliver_no_ack',
  'get',
  'get_no_ack',
  'get_empty',
  'redeliver',
  'ack',
  'deliver_get',
] as const
const confirming = ['confirm'] as const
const unroutable = ['return_unroutable', 'drop_unroutable'] as const

/** Each group is absent until its first event, as in RabbitMQ. */
export function messageStatistics(series: Series, chart: Span | null): object | null {
  const groups = [publishing, confirming, delivering, unroutable].filter((names) =>
    names.some((name) => (series.current[columnIndex(series.columns, name)] ?? 0) > 0),
  )
  if (groups.length === 0) return null
  return withDetails(series, groups.flat(), chart)
}
