// Writes docs/benchmarks.md and its charts from a set of results.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BarGroup, barChart } from './chart.ts'
import {
  type BrokerFigures,
  latencyOf,
  medianOf,
  type Results,
  type ScenarioFigures,
  shown,
} from './results.ts'

/** Everything between these two lines is written by the benchmark, the rest by hand. */
const BEGIN = '<!-- figures: begin -->'
const END = '<!-- figures: end -->'

const FAMILIES = [
  { name: 'throughput', title: 'Throughput', letters: 'abde' },
  { name: 'durable', title: 'Persistent messages with confirms', letters: 'ce' },
  { name: 'routing', title: 'Routing', letters: 'fgh' },
  { name: 'sizes', title: 'Large messages', letters: 'i' },
  { name: 'backlog', title: 'Backlog, priorities, time to live', letters: 'jo' },
  { name: 'connections', title: 'Connections, queues, bindings', letters: 'kl' },
  { name: 'latency', title: 'Round trips and latency', letters: 'mn' },
  { name: 'growth', title: 'Cost as work grows', letters: 's' },
] as const

export function writeDocument(results: Results, docs: string, source: string): void {
  const file = join(docs, 'benchmarks.md')
  const charts = join(docs, 'benchmarks')
  mkdirSync(charts, { recursive: true })
  for (const name of readdirSync(charts)) if (name.endsWith('.svg')) rmSync(join(charts, name))
  const old = existsSync(file) ? readFileSync(file, 'utf8') : `# Benchmarks\n\n${BEGIN}\n${END}\n`
  const before = old.slice(0, old.indexOf(BEGIN) + BEGIN.length)
  const after = old.slice(old.indexOf(END))
  const sections = FAMILIES.flatMap((family) => {
    const scenarios = results.scenarios.filter(
      ({ id, isDurable }) =>
        family.letters.includes(id[0] as string) &&
        (family.name === 'throughput' ? !isDurable : true),
    )
    if (scenarios.length === 0) return []
    const name = `${family.name}.svg`
    writeFileSync(join(charts, name), barChart(scenarios.map(groupOf)))
    return [`### ${family.title}`, `![${family.title}](benchmarks/${name})`]
  })
  const text = [
    conditions(results, source),
    startTable(results),
    ...sections,
    '### All figures',
    table(results.scenarios),
    latencies(results.scenarios),
    failures(results.scenarios),
  ]
  const figures = text.filter((part) => part !== '').join('\n\n')
  writeFileSync(file, `${before}\n\n${figures}\n\n${after}`)
}

function conditions(results: Results, source: string): string {
  const { machine } = results
  return [
    `Taken on ${results.date.slice(0, 10)} at commit ${results.commit}: medians of ${results.repetitions} ` +
      `repetitions of ${results.seconds} s after ${results.warmupSeconds} s of warm-up, brokers in turn within one run. ` +
      `${machine.processor}, ${machine.memory}, ${machine.kernel}, ${machine.disk} file system, TCP with ${machine.tcp}, Node ${machine.node}; ` +
      `${results.pinning}. Raw figures: \`${source}\`.`,
    ...results.starts.map(
      ({ broker, version, durability }) => `- **${broker}** (says: ${version}): ${durability}.`,
    ),
  ].join('\n')
}

function startTable(results: Results): string {
  return [
    '### Start and memory without load',
    '',
    '| broker | process start to first handshake | RSS when idle |',
    '|---|---:|---:|',
    ...results.starts.map(
      (one) =>
        `| ${one.broker} | ${shown(one.startSeconds, 2)} s | ${shown(one.idleMegabytes)} MB |`,
    ),
  ].join('\n')
}

function groupOf(scenario: ScenarioFigures): BarGroup {
  const { metric } = scenario
  const direction = metric.isHigherBetter ? '' : ' (less is better)'
  return {
    title: `${scenario.id}: ${scenario.title}${direction}`,
    bars: scenario.brokers
      .filter(({ median }) => Number.isFinite(median))
      .map(({ broker, median }) => ({
        label: broker,
        value: median,
        text: `${shown(median, metric.digits)} ${metric.unit}`,
      })),
  }
}

function table(scenarios: readonly ScenarioFigures[]): string {
  const rows = scenarios.flatMap((scenario) =>
    scenario.brokers.map((figures, index) => row(scenario, figures, index === 0)),
  )
  return [
    '`×` is how many times better Warren is. CPU is of the broker alone, in seconds per million messages',
    '(published or delivered, whichever is more; calls and cycles likewise). A transient message is on no disk.',
    '',
    '| scenario | broker | figure | ± | × (floor / goal) | delivered ÷ published | CPU s per million | peak RSS | durability |',
    '|---|---|---:|---:|---:|---:|---:|---:|---|',
    ...rows,
  ].join('\n')
}

function row(scenario: ScenarioFigures, figures: BrokerFigures, isFirst: boolean): string {
  const { metric, target } = scenario
  const wanted =
    target !== undefined && figures.broker === 'rabbitmq'
      ? ` (${target.floor} / ${target.goal})`
      : ''
  const ratio = figures.ratio === undefined ? '' : `${shown(figures.ratio, 2)}${wanted}`
  const cells = [
    isFirst ? `**${scenario.id}** ${scenario.title}` : '',
    figures.broker,
    `${shown(figures.median, metric.digits)} ${metric.unit}`,
    `${shown(figures.spread * 100)} %`,
    ratio,
    percent(medianOf(figures, (one) => one.keptUp)),
    shown(
      medianOf(figures, (one) => one.cpuSecondsPerMillion),
      2,
    ),
    `${shown(medianOf(figures, (one) => one.rssPeakMegabytes))} MB`,
    scenario.isDurable ? durabilityOf(figures.broker) : 'transient',
  ]
  return `| ${cells.join(' | ')} |`
}

function percent(share: number): string {
  return Number.isFinite(share) ? `${shown(share * 100)} %` : '–'
}

function durabilityOf(broker: string): string {
  if (broker === 'warren') return 'fdatasync before confirm'
  if (broker === 'rabbitmq') return 'fsync ≤ 200 ms batches'
  if (broker === 'rabbitmq-quorum') return 'fsync of the WAL'
  return 'not known'
}

function latencies(scenarios: readonly ScenarioFigures[]): string {
  const rows = scenarios.flatMap((scenario) =>
    scenario.brokers.flatMap((figures) =>
      ['delivery', 'confirm', 'call'].flatMap((kind) => {
        const latency = latencyOf(figures, kind)
        if (latency === undefined) return []
        const cells = [latency.p50, latency.p99, latency.p999].map((ms) => shown(ms, 2))
        return [`| ${scenario.id} | ${figures.broker} | ${kind} | ${cells.join(' | ')} |`]
      }),
    ),
  )
  if (rows.length === 0) return ''
  return [
    '### Latencies, ms',
    '',
    'At fixed rates (n) the time counts from when the message should have been published.',
    '',
    '| scenario | broker | of | p50 | p99 | p99.9 |',
    '|---|---|---|---:|---:|---:|',
    ...rows,
  ].join('\n')
}

function failures(scenarios: readonly ScenarioFigures[]): string {
  const lines = scenarios.flatMap((scenario) =>
    scenario.brokers.flatMap(({ broker, failures: texts }) =>
      texts.map((text) => `- ${scenario.id}, ${broker}: ${text.split('\n')[0]}`),
    ),
  )
  return lines.length === 0 ? '' : ['### Runs that failed', '', ...lines].join('\n')
}
