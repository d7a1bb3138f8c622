// node bench/store.ts: what durability costs and whether a backlog is bounded in memory. Three rates
// beside RabbitMQ and the bare disk, then two backlogs that are filled, kept over a restart and drained.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import type { BrokerSpec, RunningBroker } from './brokers/broker.ts'
import { selectBrokers } from './brokers/select.ts'
import { commitOf, describeMachine, isInMemory } from './lib/machine.ts'
import { numberAt, runPerf } from './lib/measure.ts'
import { Nodes } from './lib/nodes.ts'
import { choosePinning, pinned, pinSelf } from './lib/pinning.ts'
import { cpuSeconds, peakBytes, resetPeak, residentBytes } from './lib/process-stats.ts'
import { shown } from './lib/results.ts'
import { selectScenarios } from './lib/scenarios.ts'
import { median } from './lib/statistics.ts'

const root = join(import.meta.dirname, '..')

/** Of a scenario of `npm run bench`. */
const argumentsOf = (id: string): readonly string[] =>
  selectScenarios(id).flatMap(({ args }) => args)

const RATES = [
  {
    id: 'window-100',
    title: '1 publisher, 100 confirms in flight, 1 KB persistent, 1 consumer acking each',
    args: ['-d', '-p', '-s', '1k', '-c', '100', '-a', '1', '-f', '1000'],
    floor: '≥ 4 × RabbitMQ',
  },
  {
    id: 'window-1',
    title: '1 publisher, 1 confirm in flight, 1 KB persistent',
    args: ['-d', '-p', '-s', '1k', '-c', '1', '-y', '0', '--awake'],
    floor: '≥ 80 % of the bare loop',
  },
  {
    id: 'publishers-100',
    title:
      '100 publishers on 100 queues, 10 confirms in flight each, 1 KB persistent, consumers acking',
    args: argumentsOf('e'),
    floor: '≥ 4 × RabbitMQ',
  },
] as const

const BACKLOGS = [
  {
    id: 'ten-million',
    title: '100-byte messages in one queue',
    count: 10e6,
    size: '100',
    queues: 1,
  },
  {
    id: 'ten-queues',
    title: '1 KB messages in each of 10 queues',
    count: 10e6,
    size: '1k',
    queues: 10,
  },
] as const

type Flags = {
  only?: string
  brokers: string
  backlogBrokers: string
  repetitions: string
  seconds: string
  scale: string
  kill: boolean
  directory: string
}

const flags = new Command('store')
  .option('--only <ids>', `by comma: ${[...RATES, ...BACKLOGS].map(({ id }) => id).join(', ')}`)
  .option('--brokers <names>', 'for the rates', 'warren,rabbitmq,rabbitmq-quorum')
  .option('--backlog-brokers <names>', 'for the backlogs', 'warren')
  .option('--repetitions <n>', 'of each rate', '3')
  .option('--seconds <n>', 'of each rate', '5')
  .option('--scale <factor>', 'part of the 10 million messages of a backlog', '1')
  .option('--kill', 'restart after SIGKILL instead of SIGTERM', false)
  .option('--directory <path>', 'disk to measure', tmpdir())
  .parse()
  .opts<Flags>()

const isWanted = (id: string): boolean => flags.only?.split(',').includes(id) ?? true
const pinning = choosePinning()
pinSelf(pinning)
const directory = mkdtempSync(join(flags.directory, 'warren-store-'))
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(130))
process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
if (isInMemory(directory)) console.log('note: this directory is in memory, so syncs cost nothing')
console.log(`${pinning.text}; data in ${directory}\n`)

const rates = await measureRates()
const backlogs: BacklogFigures[] = []
for (const backlog of BACKLOGS.filter(({ id }) => isWanted(id))) {
  for (const spec of selectBrokers(flags.backlogBrokers)) {
    backlogs.push(await measureBacklog(backlog, spec))
  }
}
save()

type Rates = Record<string, Record<string, number[]>>

async function measureRates(): Promise<Rates> {
  const wanted = RATES.filter(({ id }) => isWanted(id))
  const measured: Rates = Object.fromEntries(wanted.map(({ id }) => [id, {}]))
  if (wanted.length === 0) return measured
  const brokers = selectBrokers(flags.brokers)
  const nodes = new Nodes(directory, pinning.brokerCores)
  const note = (id: string, broker: string, rate: number): void => {
    const figures = measured[id] as Record<string, number[]>
    figures[broker] = [...(figures[broker] ?? []), rate]
    console.log(`${id.padEnd(16)} ${broker.padEnd(16)} ${shown(rate).padStart(10)} confirms/s`)
  }
  try {
    for (let repetition = 0; repetition < Number(flags.repetitions); repetition += 1) {
      for (const rate of wanted) {
        if (rate.id === 'window-1') note(rate.id, 'bare loop', bareLoop())
        for (const spec of repetition % 2 === 0 ? brokers : brokers.toReversed()) {
          const broker = await nodes.acquire(spec, false)
          const args = [...rate.args, ...spec.queueArguments, '-t', flags.seconds, '-w', '1']
          const { result } = await perf(broker, args, 120)
          note(rate.id, spec.name, numberAt(result, 'rates.confirm'))
          nodes.release(spec)
        }
      }
    }
  } finally {
    await nodes.stopAll(brokers)
  }
  for (const { id, title, floor } of wanted) {
    console.log(`\n${title} (wanted: ${floor})`)
    const figures = measured[id] as Record<string, number[]>
    const ours = median(figures.warren ?? [])
    for (const [broker, values] of Object.entries(figures)) {
      const ratio = broker === 'warren' ? '' : `warren is ${shown(ours / median(values), 2)} × this`
      console.log(
        `  ${broker.padEnd(16)} ${shown(median(values)).padStart(10)} confirms/s   ${ratio}`,
      )
    }
  }
  return measured
}

/** On the broker's core, since it is the broker's place that it takes. */
function bareLoop(): number {
  const script = join(import.meta.dirname, 'disk-loop.ts')
  const command = pinned(pinning.brokerCores, [process.execPath, script, directory, flags.seconds])
  const { stdout } = spawnSync(command[0] as string, command.slice(1), { encoding: 'utf8' })
  return Number(stdout)
}

function perf(
  broker: RunningBroker,
  args: readonly string[],
  timeoutSeconds: number,
): ReturnType<typeof runPerf> {
  return runPerf(broker, { args, cores: pinning.generatorCores, timeoutSeconds })
}

type BacklogFigures = Readonly<Record<string, string | number | boolean>>

async function measureBacklog(
  backlog: (typeof BACKLOGS)[number],
  spec: BrokerSpec,
): Promise<BacklogFigures> {
  const count = Math.round(backlog.count * Number(flags.scale))
  console.log(`\n${shown(count / backlog.queues)} ${backlog.title}, ${spec.name}`)
  const home = mkdtempSync(join(directory, `${spec.name}-`))
  const context = { cores: pinning.brokerCores, directory: home }
  const queues = ['-q', String(backlog.queues), '-d', '--verify', ...spec.queueArguments]
  const users = String(backlog.queues)
  const counted = ['-n', String(count), ...queues]
  let broker = await spec.start(context)
  try {
    const idle = residentBytes(broker.pids ?? [])
    const fill = await phase(broker, [
      ...counted,
      ...['-x', users, '-y', '0', '-p', '-s', backlog.size, '-c', '2000', '--keep'],
    ])
    await sleep(10_000)
    const rest = residentBytes(broker.pids ?? [])
    console.log(`  at rest         RSS ${megabytes(rest)}`)
    const stopMs = performance.now()
    await (flags.kill ? broker.kill() : broker.stop())
    const stopSeconds = (performance.now() - stopMs) / 1000
    broker = await spec.start(context)
    console.log(
      `  stop ${shown(stopSeconds, 2)} s, restart to ready ${shown(broker.startSeconds, 2)} s, RSS then ${megabytes(residentBytes(broker.pids ?? []))}`,
    )
    const drain = await phase(broker, [
      ...counted,
      ...['-x', '0', '-y', users, '-a', '100', '-f', '1000'],
    ])
    const isWhole = checkDrain(drain.result, count, backlog.queues)
    console.log(`  drained completely and in order: ${isWhole ? 'yes' : 'NO'}`)
    if (!isWhole) {
      console.log(JSON.stringify({ ...drain.result, series: undefined }))
      process.exitCode = 1
    }
    return {
      id: backlog.id,
      broker: spec.name,
      durability: spec.durability,
      count,
      idleMegabytes: idle / 2 ** 20,
      fillRate: numberAt(fill.result, 'rates.confirm'),
      fillPeakMegabytes: fill.peakBytes / 2 ** 20,
      fillCpuSeconds: fill.cpuSeconds,
      restMegabytes: rest / 2 ** 20,
      stopSeconds,
      restartSeconds: broker.startSeconds,
      drainRate: numberAt(drain.result, 'rates.receive'),
      drainPeakMegabytes: drain.peakBytes / 2 ** 20,
      drainCpuSeconds: drain.cpuSeconds,
      isWhole,
    }
  } finally {
    await broker.kill()
    rmSync(home, { recursive: true, force: true })
  }
}

type PhaseFigures = {
  readonly result: Readonly<Record<string, unknown>>
  readonly peakBytes: number
  readonly cpuSeconds: number
}

async function phase(broker: RunningBroker, args: readonly string[]): Promise<PhaseFigures> {
  const pids = broker.pids ?? []
  resetPeak(pids)
  const cpu = cpuSeconds(pids)
  const { result } = await perf(broker, args, 3600)
  const figures = { result, peakBytes: peakBytes(pids), cpuSeconds: cpuSeconds(pids) - cpu }
  const isFill = args.includes('--keep')
  const rate = numberAt(result, isFill ? 'rates.confirm' : 'rates.receive')
  console.log(
    `  ${(isFill ? 'filled' : 'drained').padEnd(9)} ${shown(rate).padStart(10)}/s, ` +
      `peak RSS ${megabytes(figures.peakBytes)}, ${shown(figures.cpuSeconds, 1)} CPU s`,
  )
  return figures
}

/** Every sequence number of every producer once, in order, to the last one. */
function checkDrain(
  result: Readonly<Record<string, unknown>>,
  count: number,
  queues: number,
): boolean {
  return (
    result.complete === true &&
    numberAt(result, 'counters.received') === count &&
    numberAt(result, 'counters.outOfOrder') === 0 &&
    numberAt(result, 'counters.missing') === 0 &&
    numberAt(result, 'sequences.first') === 0 &&
    numberAt(result, 'sequences.last') === count / queues - 1
  )
}

function megabytes(bytes: number): string {
  return `${shown(bytes / 2 ** 20)} MB`
}

function save(): void {
  const date = new Date().toISOString()
  const folder = join(root, 'bench', 'results')
  mkdirSync(folder, { recursive: true })
  const file = `store-${date.slice(0, 16).replaceAll(':', '')}.json`
  const about = { date, commit: commitOf(root), machine: describeMachine(directory) }
  const all = { ...about, pinning: pinning.text, rates, backlogs }
  writeFileSync(join(folder, file), `${JSON.stringify(all, null, 1)}\n`)
  console.log(`\nwritten: bench/results/${file}`)
}
