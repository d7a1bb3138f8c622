// npm run profile -- SCENARIO: where the built broker spends its time and what it allocates while a
// scenario of the benchmark runs. Prints two tables and writes the profiles and flame graphs.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import type { RunningBroker } from './brokers/broker.ts'
import { startWarren } from './brokers/warren.ts'
import { flameGraph } from './lib/flame-graph.ts'
import { numberAt, runPerf } from './lib/measure.ts'
import { choosePinning, pinSelf } from './lib/pinning.ts'
import {
  byFunction,
  type CallNode,
  type CpuProfile,
  cpuTree,
  type HeapProfile,
  heapTree,
  idleShare,
} from './lib/profiles.ts'
import { shown } from './lib/results.ts'
import { type Scenario, selectScenarios } from './lib/scenarios.ts'

type Kind = 'cpu' | 'heap'
type Flags = { seconds: string; warmup: string; top: string; kinds: string; output: string }

const root = join(import.meta.dirname, '..')
const agent = join(import.meta.dirname, 'profile-agent.ts')

const program = new Command('profile')
  .description('Profile the built broker while a scenario runs')
  .argument('<scenario>', 'as in npm run bench -- --list')
  .option('--seconds <n>', 'length of the profile', '5')
  .option('--warmup <n>', 'seconds before it', '3')
  .option('--top <n>', 'lines of the tables', '30')
  .option('--kinds <kinds>', 'cpu, heap or both', 'cpu,heap')
  .option(
    '--output <directory>',
    'where profiles and flame graphs go',
    join(root, '.warren', 'profiles'),
  )
  .parse()
const flags = program.opts<Flags>()
const scenario = selectScenarios(program.args[0] as string)[0] as Scenario
const pinning = choosePinning()
pinSelf(pinning)
mkdirSync(flags.output, { recursive: true })
console.log(`${scenario.id}: ${scenario.title}\n${pinning.text}\n`)
for (const kind of flags.kinds.split(',')) {
  if (kind !== 'cpu' && kind !== 'heap') throw new Error(`no kind ${kind}; there are cpu and heap`)
  await profile(kind)
}

async function profile(kind: Kind): Promise<void> {
  const file = join(flags.output, `${scenario.id}.${kind}profile`)
  rmSync(file, { force: true })
  process.env.WARREN_PROFILE = kind
  process.env.WARREN_PROFILE_FILE = file
  const directory = mkdtempSync(join(tmpdir(), 'warren-profile-'))
  const interrupted = (): void => process.exit(130)
  process.once('SIGINT', interrupted)
  process.once('SIGTERM', interrupted)
  let broker: RunningBroker | undefined
  try {
    const context = { cores: pinning.brokerCores, directory }
    broker = await startWarren(context, ['--import', agent])
    const handled = await run(broker)
    await broker.stop()
    report(kind, file, handled)
  } finally {
    await broker?.kill()
    rmSync(directory, { recursive: true, force: true })
    process.removeListener('SIGINT', interrupted)
    process.removeListener('SIGTERM', interrupted)
  }
}

/** Returns how many messages (or calls, or cycles) the measured part handled. */
async function run(broker: RunningBroker): Promise<number> {
  const cores = pinning.generatorCores
  const root = (broker.pids as readonly number[])[0] as number
  for (const args of scenario.before ?? []) {
    await runPerf(broker, { args, cores, timeoutSeconds: 900 })
  }
  const times = scenario.isUntimed ? [] : ['-t', flags.seconds, '-w', flags.warmup]
  const { result } = await runPerf(broker, {
    args: [...scenario.args, ...times],
    cores,
    timeoutSeconds: 300,
    onEvent: () => process.kill(root, 'SIGUSR2'),
  })
  if (scenario.isUntimed) process.kill(root, 'SIGUSR2')
  // The agent writes its file after the signal; the broker must not be stopped before.
  await sleep(3000)
  const value = numberAt(result, scenario.metric.path)
  console.log(`${scenario.metric.name}: ${shown(value)} while profiled (${scenario.metric.path})`)
  const counts = ['counters.published', 'counters.received', 'calls', 'cycles', 'connections']
  return Math.max(...counts.map((path) => numberAt(result, path) || 0))
}

function report(kind: Kind, file: string, handled: number): void {
  const text = readFileSync(file, 'utf8')
  const isCpu = kind === 'cpu'
  const tree = isCpu
    ? cpuTree(JSON.parse(text) as CpuProfile)
    : heapTree(JSON.parse(text) as HeapProfile)
  if (isCpu) {
    const idle = idleShare(JSON.parse(text) as CpuProfile)
    console.log(`busy for ${shown((1 - idle) * 100)} % of the time; self time of that:\n`)
  } else console.log('allocated, by function; bytes are those of the sampled, scaled up:\n')
  const unit = isCpu
    ? (us: number): string => `${shown(us / 1000, 1)} ms`
    : (bytes: number): string => `${shown(bytes / 2 ** 20, 2)} MB`
  printTable(tree, { unit, perMessage: isCpu ? 'ns' : 'bytes', handled })
  const graph = file.replace(/profile$/, '.flame.svg')
  const title = `${scenario.id}: ${scenario.title} – ${isCpu ? 'CPU time' : 'bytes allocated'}`
  writeFileSync(graph, flameGraph(tree, title, unit))
  console.log(`\nwritten: ${relative(root, file)}, ${relative(root, graph)}\n`)
}

function printTable(
  tree: CallNode,
  how: {
    readonly unit: (value: number) => string
    readonly perMessage: 'ns' | 'bytes'
    readonly handled: number
  },
): void {
  const perMessage = how.perMessage === 'ns' ? 1000 / how.handled : 1 / how.handled
  const each = `${how.perMessage}/message`
  console.log(
    `${'self %'.padStart(7)} ${'total %'.padStart(8)} ${'self'.padStart(12)} ${each.padStart(14)}  function`,
  )
  for (const sum of byFunction(tree).slice(0, Number(flags.top))) {
    const cells = [
      ((100 * sum.self) / tree.total).toFixed(1).padStart(7),
      ((100 * sum.total) / tree.total).toFixed(1).padStart(8),
      how.unit(sum.self).padStart(12),
      (sum.self * perMessage).toFixed(1).padStart(14),
    ]
    console.log(`${cells.join(' ')}  ${sum.name}  ${sum.place}`)
  }
}
