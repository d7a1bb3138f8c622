// The form of bench/results/*.json, and what is worked out from repetitions.
import type { Scenario } from './scenarios.ts'
import { advantage, median, spread } from './statistics.ts'

export type Measurement = {
  readonly value: number
  readonly published: number
  readonly received: number
  readonly confirmed: number
  /** Received ÷ published: below 1 a backlog grows. NaN where nothing is published or received. */
  readonly keptUp: number
  readonly cpuSecondsPerMillion: number
  readonly cpuShare: number
  /** Of the load generator: near 1 the figure is the generator's, not the broker's. */
  readonly generatorShare: number
  readonly rssPeakMegabytes: number
  readonly latency: Readonly<Record<string, LatencyFigures>>
}

export type LatencyFigures = { readonly p50: number; readonly p99: number; readonly p999: number }

export type BrokerFigures = {
  readonly broker: string
  readonly median: number
  readonly spread: number
  /** Warren's advantage over this broker. */
  readonly ratio?: number
  readonly repetitions: readonly Measurement[]
  readonly failures: readonly string[]
}

export type ScenarioFigures = {
  readonly id: string
  readonly title: string
  readonly command: string
  readonly metric: Scenario['metric']
  readonly isDurable: boolean
  readonly target?: Scenario['target']
  readonly brokers: readonly BrokerFigures[]
}

export type StartFigures = {
  readonly broker: string
  readonly version: string
  readonly durability: string
  readonly startSeconds: number
  readonly idleMegabytes: number
}

export type Results = {
  readonly date: string
  readonly commit: string
  readonly machine: Readonly<Record<string, string>>
  readonly pinning: string
  readonly seconds: number
  readonly warmupSeconds: number
  readonly repetitions: number
  readonly starts: readonly StartFigures[]
  readonly scenarios: readonly ScenarioFigures[]
}

export const OURS = 'warren'

export function scenarioFigures(
  scenario: Scenario,
  measured: ReadonlyMap<string, readonly (Measurement | Error)[]>,
): ScenarioFigures {
  const valuesOf = (broker: string): number[] =>
    (measured.get(broker) ?? [])
      .filter((one): one is Measurement => !(one instanceof Error))
      .map((one) => one.value)
      .filter((value) => Number.isFinite(value))
  const ours = median(valuesOf(OURS))
  const brokers = [...measured].map(([broker, outcomes]) => {
    const values = valuesOf(broker)
    const middle = median(values)
    const ratio = advantage(ours, middle, scenario.metric.isHigherBetter)
    return {
      broker,
      median: middle,
      spread: spread(values),
      ...(broker !== OURS && Number.isFinite(ratio) ? { ratio } : {}),
      repetitions: outcomes.filter((one): one is Measurement => !(one instanceof Error)),
      failures: outcomes.filter((one) => one instanceof Error).map((error) => error.message),
    }
  })
  return {
    id: scenario.id,
    title: scenario.title,
    command: ['warren-perf', ...scenario.args].join(' '),
    metric: scenario.metric,
    isDurable: scenario.isDurable ?? false,
    ...(scenario.target === undefined ? {} : { target: scenario.target }),
    brokers,
  }
}

export function medianOf(figures: BrokerFigures, pick: (one: Measurement) => number): number {
  return median(figures.repetitions.map(pick).filter((value) => Number.isFinite(value)))
}

export function latencyOf(figures: BrokerFigures, kind: string): LatencyFigures | undefined {
  const all = figures.repetitions
    .map((one) => one.latency[kind])
    .filter((one): one is LatencyFigures => one !== undefined)
  if (all.length === 0) return undefined
  return {
    p50: median(all.map((one) => one.p50)),
    p99: median(all.map((one) => one.p99)),
    p999: median(all.map((one) => one.p999)),
  }
}

export function shown(value: number, digits = 0): string {
  if (!Number.isFinite(value)) return '–'
  return value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
}
