// Turns the API's sample histories into columns for charts: levels as they are, rates from differences.

import type { RateDetails, Stats } from '../api/types.ts'

export interface Columns {
  /** Seconds since the epoch, rising. */
  readonly times: readonly number[]
  /** One column for each name asked for; null where nothing is known. */
  readonly values: readonly (readonly (number | null)[])[]
}

export function rateOf(stats: Stats | undefined | null, name: string): number | undefined {
  return detailsOf(stats, name)?.rate
}

export function countOf(stats: Stats | undefined | null, name: string): number | undefined {
  const value = stats?.[name]
  return typeof value === 'number' ? value : undefined
}

/** How many there were of something at each sample. */
export function levelColumns(stats: Stats | undefined | null, names: readonly string[]): Columns {
  return columns(stats, names, (samples) => samples.map(({ at, value }) => ({ at, value })))
}

/** How many there were in a second between each two samples. */
export function rateColumns(stats: Stats | undefined | null, names: readonly string[]): Columns {
  return columns(stats, names, (samples) => {
    const rates: Point[] = []
    for (let i = 1; i < samples.length; i += 1) {
      const before = samples[i - 1]!
      const { at, value } = samples[i]!
      const seconds = (at - before.at) / 1000
      // A counter that falls belongs to something that went away: no rate, not a negative one.
      if (seconds > 0) rates.push({ at, value: Math.max(0, (value - before.value) / seconds) })
    }
    return rates
  })
}

interface Point {
  readonly at: number
  readonly value: number
}

function columns(
  stats: Stats | undefined | null,
  names: readonly string[],
  convert: (samples: readonly Point[]) => readonly Point[],
): Columns {
  const perName = names.map((name) => new Map(pointsOf(stats, name, convert)))
  const times = [...new Set(perName.flatMap((points) => [...points.keys()]))].sort((a, b) => a - b)
  const values = perName.map((points) => times.map((at) => points.get(at) ?? null))
  return { times: times.map((at) => at / 1000), values }
}

function pointsOf(
  stats: Stats | undefined | null,
  name: string,
  convert: (samples: readonly Point[]) => readonly Point[],
): [number, number][] {
  const samples = [...(detailsOf(stats, name)?.samples ?? [])]
    .map(({ timestamp, sample }) => ({ at: timestamp, value: sample }))
    .sort((a, b) => a.at - b.at)
  return convert(samples).map(({ at, value }) => [at, value])
}

function detailsOf(stats: Stats | undefined | null, name: string): RateDetails | undefined {
  const details = stats?.[`${name}_details`]
  return typeof details === 'object' ? details : undefined
}
