// What a person reads: a line a second while it runs and a summary at the end.

import type { LoadResult, Second } from './load.ts'
import type { LoadOptions } from './options.ts'
import type { Latency } from './stats.ts'

export function progressLine(options: LoadOptions, second: Second): string {
  const parts = [`${second.seconds.toFixed(1).padStart(6)} s`]
  if (options.producers > 0) parts.push(`published ${grouped(second.published)}/s`)
  if (options.confirms > 0) parts.push(`confirmed ${grouped(second.confirmed)}/s`)
  if (options.consumers > 0) parts.push(`received ${grouped(second.received)}/s`)
  return parts.join('   ')
}

export function summary(options: LoadOptions, result: LoadResult): string {
  const { counters, rates, latency } = result
  const lines = ['']
  const row = (name: string, count: number, rate: number): void => {
    lines.push(
      `${name.padEnd(13)}${grouped(count).padStart(14)}${`${grouped(rate)}/s`.padStart(16)}`,
    )
  }
  if (options.producers > 0) row('published', counters.published, rates.publish)
  if (options.confirms > 0) row('confirmed', counters.confirmed, rates.confirm)
  if (options.consumers > 0) row('received', counters.received, rates.receive)
  const troubles = (
    ['nacked', 'returned', 'redelivered', 'emptyGets', 'outOfOrder', 'missing'] as const
  ).filter((name) => counters[name] > 0)
  for (const name of troubles)
    lines.push(`${name.padEnd(13)}${grouped(counters[name]).padStart(14)}`)
  if (options.consumers > 0) {
    lines.push(`${'in the queues'.padEnd(13)}${grouped(result.backlog).padStart(14)}`)
    lines.push(`${'body bytes'.padEnd(27)}${`${megabytes(rates.receiveBytes)} MB/s`.padStart(16)}`)
  }
  if (result.sequences !== undefined) {
    lines.push(`sequences    ${result.sequences.first} to ${result.sequences.last}`)
  }
  lines.push(...latencyTable(latency))
  if (!result.complete)
    lines.push('INCOMPLETE: interrupted, or the counted messages did not all get through')
  const cores = result.generatorCores.toFixed(2)
  lines.push(
    `measured for ${result.seconds.toFixed(2)} s; the generator itself used ${cores} cores`,
  )
  return lines.join('\n')
}

export function latencyTable(latency: {
  readonly delivery?: Latency
  readonly confirm?: Latency
  readonly generatorLag?: Latency
  readonly roundTrip?: Latency
}): string[] {
  const rows = [
    ['delivery', latency.delivery],
    ['confirm', latency.confirm],
    ['round trip', latency.roundTrip],
    ['generator lag', latency.generatorLag],
  ] as const
  const known = rows.filter(([, value]) => value !== undefined)
  if (known.length === 0) return []
  const cell = (us: number): string => milliseconds(us).padStart(10)
  const head = ['p50', 'p90', 'p99', 'p99.9', 'p99.99', 'max']
  return [
    '',
    `latency, ms  ${head.map((name) => name.padStart(10)).join('')}`,
    ...known.map(([name, value]) => {
      const { p50Us, p90Us, p99Us, p999Us, p9999Us, maxUs } = value as Latency
      const cells = [p50Us, p90Us, p99Us, p999Us, p9999Us, maxUs].map(cell)
      return `${name.padEnd(13)}${cells.join('')}`
    }),
    '',
  ]
}

export function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}

function milliseconds(us: number): string {
  return (us / 1000).toFixed(3)
}
