// Counters and latency histograms: kept by the parts that do the work, merged by the one that reports.
import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from 'hdr-histogram-js'

export type Counters = {
  published: number
  confirmed: number
  nacked: number
  returned: number
  received: number
  receivedBytes: number
  acknowledged: number
  redelivered: number
  emptyGets: number
  /** Messages that came again or before an earlier one of the same producer and queue. */
  outOfOrder: number
  /** Messages that never came although a later one of the same producer and queue did. */
  missing: number
}

export const COUNTERS: readonly (keyof Counters)[] = [
  'published',
  'confirmed',
  'nacked',
  'returned',
  'received',
  'receivedBytes',
  'acknowledged',
  'redelivered',
  'emptyGets',
  'outOfOrder',
  'missing',
]

export function newCounters(): Counters {
  return Object.fromEntries(COUNTERS.map((name) => [name, 0])) as Counters
}

export function addCounters(into: Counters, from: Counters): Counters {
  for (const name of COUNTERS) into[name] += from[name]
  return into
}

export function subtractCounters(from: Counters, what: Counters): Counters {
  const result = newCounters()
  for (const name of COUNTERS) result[name] = from[name] - what[name]
  return result
}

/** An hour in microseconds: longer waits are recorded as this. */
const HIGHEST_US = 3_600_000_000

export function newHistogram(): Histogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST_US,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 64,
    useWebAssembly: false,
  })
}

export function record(histogram: Histogram, us: number): void {
  const whole = Math.round(us)
  histogram.recordValue(whole < 0 ? 0 : whole > HIGHEST_US ? HIGHEST_US : whole)
}

export type Latency = {
  readonly count: number
  readonly minUs: number
  readonly meanUs: number
  readonly p50Us: number
  readonly p90Us: number
  readonly p99Us: number
  readonly p999Us: number
  readonly p9999Us: number
  readonly maxUs: number
}

export function summarize(histogram: Histogram): Latency | undefined {
  if (histogram.totalCount === 0) return undefined
  const at = (percentile: number): number => histogram.getValueAtPercentile(percentile)
  return {
    count: histogram.totalCount,
    minUs: histogram.minNonZeroValue,
    meanUs: Math.round(histogram.mean * 10) / 10,
    p50Us: at(50),
    p90Us: at(90),
    p99Us: at(99),
    p999Us: at(99.9),
    p9999Us: at(99.99),
    maxUs: histogram.maxValue,
  }
}

/** The three times measured: publish to delivery, publish to confirm, and how late the generator was. */
export class Latencies {
  readonly delivery: Histogram = newHistogram()
  readonly confirm: Histogram = newHistogram()
  readonly lag: Histogram = newHistogram()

  reset(): void {
    for (const histogram of [this.delivery, this.confirm, this.lag]) histogram.reset()
  }

  encode(): EncodedLatencies {
    return {
      delivery: encodeIntoCompressedBase64(this.delivery),
      confirm: encodeIntoCompressedBase64(this.confirm),
      lag: encodeIntoCompressedBase64(this.lag),
    }
  }

  add(encoded: EncodedLatencies): void {
    this.delivery.add(decodeFromCompressedBase64(encoded.delivery, 64, false))
    this.confirm.add(decodeFromCompressedBase64(encoded.confirm, 64, false))
    this.lag.add(decodeFromCompressedBase64(encoded.lag, 64, false))
  }
}

export type EncodedLatencies = {
  readonly delivery: string
  readonly confirm: string
  readonly lag: string
}
