// npm run bench: scenarios × brokers in one interleaved run. See docs/benchmarks.md for the results and
// docs/perf-tool.md for how to run it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import type { BrokerSpec, RunningBroker } from './brokers/broker.ts'
import { selectBrokers } from './brokers/select.ts'
import { writeDocument } from './lib/document.ts'
import { commitOf, describeMachine, isInMemory, loadBefore } from './lib/machine.ts'
import { numberAt, type PerfOutcome, runPerf } from './lib/measure.ts'
import { Nodes } from './lib/nodes.ts'
import { choosePinning, type Pinning, pinSelf } from './lib/pinning.ts'
import {
  type LatencyFigures,
  type Measurement,
  type Results,
  scenarioFigures,
  shown,
} from './lib/results.ts'
import { QUICK, SCENARIOS, type Scenario, selectScenarios } from './lib/scenarios.ts'
import { median } from './lib/statistics.ts'

const root = join(import.meta.dirname, '..')

type Flags = {
  scenario?: string
  brokers: string
  repetitions?: string
  seconds?: string
  warmup?: string
  quick: boolean
  docs: boolean
  list: boolean
  brokerCores?: string
  generatorCores?: string
  directory: string
}

type Plan = {
  readonly scenarios: readonly Scenario[]
  readonly brokers: readonly BrokerSpec[]
  readonly repetitions: number
  readonly seconds: number
  readonly warmupSeconds: number
  readonly pinning: Pinning
  readonly directory: string
}

const program = new Command('bench')
  .description('Measure brokers against one another')
  .option('--scenario <ids>', 'which, by comma; a letter stands for its family (default: all)')
  .option(
    '--brokers <names>',
    'by comma: warren, rabbitmq, rabbitmq-quorum, or name=amqp://user:password@host:port/',
    'warren,rabbitmq,rabbitmq-quorum',
  )
  .option('--repetitions <n>', 'of each measurement (default 3)')
  .option('--seconds <n>', 'of each measurement (default 5)')
  .option('--warmup <n>', 'seconds before each measurement (default 2)')
  .option('--quick', 'a first look in about a minute', false)
  .option('--docs', 'write docs/benchmarks.md also when not everything was measured', false)
  .option('--list', 'list the scenarios', false)
  .option('--broker-cores <list>', 'cores of the broker, as taskset takes them (default 0)')
  .option('--generator-cores <list>', 'cores of the load generator (default 1)')
  .option('--directory <path>', 'where the brokers keep their data', tmpdir())

await main(program.parse().opts<Flags>())

async function main(flags: Flags): Promise<void> {
  if (flags.list) {
    for (const { id, title } of SCENARIOS) console.log(`${id.padEnd(12)}${title}`)
    return
  }
  const plan = planOf(flags)
  pinSelf(plan.pinning)
  if (isInMemory(plan.directory)) {
    console.log(`note: ${plan.directory} is in memory, so syncs cost nothing; see --directory`)
  }
  if (loadBefore() > 0.5) console.log(`note: the machine is busy (load ${loadBefore()})`)
  console.log(`${plan.pinning.text}; data in ${plan.directory}\n`)
  const results = await measureAll(plan)
  const folder = join(root, 'bench', 'results')
  mkdirSync(folder, { recursive: true })
  const name = `${results.date.slice(0, 16).replaceAll(':', '')}.json`
  writeFileSync(join(folder, name), `${JSON.stringify(results, null, 1)}\n`)
  console.log(`\nwritten: bench/results/${name}`)
  const isWhole = flags.scenario === undefined && !flags.quick
  if (isWhole || flags.docs) {
    writeDocument(results, join(root, 'docs'), `bench/results/${name}`)
    console.log('written: docs/benchmarks.md')
  }
}

function planOf(flags: Flags): Plan {
  const ids = flags.scenario ?? (flags.quick ? QUICK.join(',') : undefined)
  return {
    scenarios: ids === undefined ? SCENARIOS : selectScenarios(ids),
    brokers: selectBrokers(flags.brokers),
    repetitions: Number(flags.repetitions ?? (flags.quick ? 1 : 3)),
    seconds: Number(flags.seconds ?? (flags.quick ? 2 : 5)),
    warmupSeconds: Number(flags.warmup ?? (flags.quick ? 1 : 2)),
    pinning: choosePinning(flags.brokerCores, flags.generatorCores),
    directory: flags.directory,
  }
}

type Measured = Map<string, (Measurement | Error)[]>

async function measureAll(plan: Plan): Promise<Results> {
  const directory = mkdtempSync(join(plan.directory, 'warren-bench-'))
  const nodes = new Nodes(directory, plan.pinning.brokerCores)
  const measured = new Map<string, Measured>(
    plan.scenarios.map((scenario) => [scenario.id, new Map()]),
  )
  const interrupted = (): void => process.exit(130)
  process.once('SIGINT', interrupted)
  process.once('SIGTERM', interrupted)
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  try {
    for (let repetition = 0; repetition < plan.repetitions; repetition += 1) {
      // The order turns round, so that whoever comes second is not always the same.
      const brokers = repetition % 2 === 0 ? plan.brokers : plan.brokers.toReversed()
      for (const scenario of plan.scenarios) {
        for (const broker of brokers) {
          if (broker.isDurableOnly && scenario.isDurable !== true) continue
          const outcome = await measureOne(plan, { nodes, scenario, broker })
          note(measured.get(scenario.id) as Measured, broker.name, outcome)
          report({ repetition, scenario, broker }, outcome)
        }
      }
      await nodes.stopAll(plan.brokers)
    }
  } finally {
    await nodes.stopAll(plan.brokers)
  }
  return resultsOf(plan, nodes, measured)
}

function note(measured: Measured, broker: string, outcome: Measurement | Error): void {
  const list = measured.get(broker)
  if (list === undefined) measured.set(broker, [outcome])
  else list.push(outcome)
}

async function measureOne(
  plan: Plan,
  what: { nodes: Nodes; scenario: Scenario; broker: BrokerSpec },
): Promise<Measurement | Error> {
  const { nodes, scenario, broker } = what
  try {
    const running = await nodes.acquire(broker, scenario.isFresh ?? false)
    const measurement = await measureOn(running, plan, what)
    // What one scenario has left in memory or on disk is not the next one's.
    if (scenario.isFresh) await nodes.discard(broker)
    else nodes.release(broker)
    return measurement
  } catch (error) {
    await nodes.discard(broker)
    return error as Error
  }
}

async function measureOn(
  running: RunningBroker,
  plan: Plan,
  what: { scenario: Scenario; broker: BrokerSpec },
): Promise<Measurement> {
  const { scenario, broker } = what
  const cores = plan.pinning.generatorCores
  const isLoad = !['idle', 'churn', 'rpc'].includes(scenario.args[0] ?? '')
  const extra = isLoad ? broker.queueArguments : []
  for (const args of scenario.before ?? []) {
    await runPerf(running, { args: [...args, ...extra], cores, timeoutSeconds: 900 })
  }
  const times = scenario.isUntimed
    ? []
    : ['-t', String(plan.seconds), '-w', String(plan.warmupSeconds)]
  const timeoutSeconds = plan.seconds + plan.warmupSeconds + 120
  const args = [...scenario.args, ...times, ...extra]
  return measurementOf(scenario, await runPerf(running, { args, cores, timeoutSeconds }))
}

function measurementOf(scenario: Scenario, outcome: PerfOutcome): Measurement {
  const { result, broker } = outcome
  const published = numberAt(result, 'rates.publish')
  const received = numberAt(result, 'rates.receive')
  const seconds = numberAt(result, 'seconds')
  const handled =
    Math.max(
      numberAt(result, 'counters.published') || 0,
      numberAt(result, 'counters.received') || 0,
    ) ||
    numberAt(result, 'calls') ||
    numberAt(result, 'cycles')
  const connections = numberAt(result, 'connections')
  const cpuSecondsPerMillion =
    broker === undefined ? Number.NaN : (broker.cpuSeconds * 1e6) / handled
  const derived = {
    ...result,
    cpuSecondsPerMillion,
    connectionKilobytes:
      broker === undefined
        ? Number.NaN
        : (broker.rssLowBytes - broker.rssBeforeBytes) / connections / 1024,
  }
  const value = numberAt(derived, scenario.metric.path)
  if (!Number.isFinite(value) || !(seconds > 0 || scenario.isUntimed === true)) {
    throw new Error(`no figure at ${scenario.metric.path}`)
  }
  return {
    value: scenario.metric.path.endsWith('Us') ? value / 1000 : value,
    published,
    received,
    confirmed: numberAt(result, 'rates.confirm'),
    keptUp: numberAt(result, 'keptUp'),
    cpuSecondsPerMillion,
    cpuShare: broker?.cpuShare ?? Number.NaN,
    generatorShare: numberAt(result, 'generatorCores'),
    rssPeakMegabytes: (broker?.rssPeakBytes ?? Number.NaN) / 2 ** 20,
    latency: latenciesOf(result),
  }
}

function latenciesOf(result: Readonly<Record<string, unknown>>): Record<string, LatencyFigures> {
  const found: Record<string, LatencyFigures> = {}
  const sources = { delivery: 'latency.delivery', confirm: 'latency.confirm', call: 'latency' }
  for (const [kind, path] of Object.entries(sources)) {
    const p50 = numberAt(result, `${path}.p50Us`) / 1000
    if (!Number.isFinite(p50)) continue
    const p99 = numberAt(result, `${path}.p99Us`) / 1000
    found[kind] = { p50, p99, p999: numberAt(result, `${path}.p999Us`) / 1000 }
  }
  return found
}

function report(
  what: { repetition: number; scenario: Scenario; broker: BrokerSpec },
  outcome: Measurement | Error,
): void {
  const { metric, id } = what.scenario
  const head = `${String(what.repetition + 1).padStart(2)}  ${id.padEnd(18)} ${what.broker.name.padEnd(16)}`
  if (outcome instanceof Error) {
    console.log(`${head} FAILED: ${outcome.message}`)
    return
  }
  const value = `${shown(outcome.value, metric.digits)} ${metric.unit}`
  const cpu = `${shown(outcome.cpuSecondsPerMillion, 2)} CPU s/M`
  const kept = Number.isFinite(outcome.keptUp) ? `, delivered ${shown(outcome.keptUp * 100)} %` : ''
  const use = `${shown(outcome.cpuShare * 100)} % of a core (generator ${shown(outcome.generatorShare * 100)} %), peak ${shown(outcome.rssPeakMegabytes)} MB${kept}`
  console.log(`${head} ${value.padStart(24)}   ${cpu.padStart(16)}   ${use}`)
}

function resultsOf(plan: Plan, nodes: Nodes, measured: Map<string, Measured>): Results {
  const starts = plan.brokers.map((broker) => {
    const own = nodes.starts.filter((start) => start.node === broker.node)
    return {
      broker: broker.name,
      version: own[0]?.version ?? '',
      durability: broker.durability,
      startSeconds: median(own.map((start) => start.seconds)),
      idleMegabytes: median(nodes.idleMegabytes.get(broker.node) ?? []),
    }
  })
  const scenarios = plan.scenarios.map((scenario) =>
    scenarioFigures(scenario, measured.get(scenario.id) as Measured),
  )
  for (const scenario of scenarios) {
    for (const { broker, ratio } of scenario.brokers) {
      if (ratio === undefined) continue
      console.log(`${scenario.id.padEnd(12)} warren is ${shown(ratio, 2)} × ${broker}`)
    }
  }
  return {
    date: new Date().toISOString(),
    commit: commitOf(root),
    machine: describeMachine(plan.directory),
    pinning: plan.pinning.text,
    seconds: plan.seconds,
    warmupSeconds: plan.warmupSeconds,
    repetitions: plan.repetitions,
    starts,
    scenarios,
  }
}
