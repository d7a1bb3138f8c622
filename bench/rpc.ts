// RPC side by side in one run: Warren beside Python's xmlrpc and zerorpc, bare grpc-js, and RabbitMQ.
// Contenders of a group take turns, round by round, so that a slow minute of the machine hits all.
// Writes bench/results/rpc-*.json, and after a whole run the section on RPC in docs/benchmarks.md.
//
//   node bench/rpc.ts [--rounds 3] [--seconds 0.6] [--group XML-RPC] [--docs]
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { commitOf, describeMachine, loadBefore } from './lib/machine.ts'
import { bytesPerCall } from './rpc/bytes.ts'
import { type Contender, methods, type Scenario } from './rpc/contenders.ts'
import { tables, writeRpcSection } from './rpc/document.ts'
import { groups } from './rpc/groups.ts'
import type { Row, RpcResults, SeedRow } from './rpc/results.ts'

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '0.6' },
    group: { type: 'string' },
    docs: { type: 'boolean', default: false },
  },
})
const rounds = Number(flags.rounds)
const seconds = Number(flags.seconds)
const inFlight = [1, 32]
const seedCalls = [50, 500]
const warmUpSeconds = 0.3

const scenarios: Scenario[] = methods.flatMap((method) =>
  inFlight.map((count) => ({ method, inFlight: count })),
)

async function measureGroup(contenders: readonly Contender[]): Promise<Row[]> {
  const found = new Map<string, Row & { callsPerSecond: number[] }>()
  // The first round warms up the machines on both ends and is not counted.
  for (let round = -1; round < rounds; round++) {
    for (const scenario of scenarios) {
      for (const contender of contenders) {
        const value = await contender.measure(scenario, round < 0 ? warmUpSeconds : seconds)
        if (value === undefined || round < 0) continue
        const { group, name, label } = contender
        const key = `${name} ${scenario.method} ${scenario.inFlight}`
        const row = found.get(key) ?? {
          group,
          contender: name,
          label,
          ...scenario,
          callsPerSecond: [],
        }
        row.callsPerSecond.push(Math.round(value))
        found.set(key, row)
      }
    }
  }
  return [...found.values()]
}

async function measureSeed(contenders: readonly Contender[]): Promise<SeedRow[]> {
  const rows: SeedRow[] = []
  for (const calls of seedCalls) {
    const times = new Map<Contender, number[]>()
    for (let round = 0; round < rounds; round++) {
      for (const contender of contenders) {
        const took = await contender.seed?.(calls)
        if (took !== undefined) times.set(contender, [...(times.get(contender) ?? []), took])
      }
    }
    for (const [{ group, name }, seconds] of times) {
      rows.push({ group, contender: name, calls, seconds })
    }
  }
  return rows
}

const root = join(import.meta.dirname, '..')
if (flags.group !== undefined && groups[flags.group] === undefined) {
  throw new Error(`no group ${flags.group}; there are ${Object.keys(groups).join(', ')}`)
}
// The broker is measured as it is built.
spawnSync(process.execPath, [join(root, 'scripts', 'setup.js'), '--build'], { stdio: 'inherit' })
const load = loadBefore()
if (load > 0.5) console.error(`the machine is busy already: load ${load}`)

const rows: Row[] = []
const seed: SeedRow[] = []
const bytes: Record<string, number> = {}
const brokers: string[] = []
for (const [name, start] of Object.entries(groups)) {
  if (flags.group !== undefined && flags.group !== name) continue
  const group = await start()
  brokers.push(...group.brokers)
  rows.push(...(await measureGroup(group.contenders)))
  seed.push(...(await measureSeed(group.contenders)))
  for (const contender of group.contenders) {
    if (contender.bytes === undefined) continue
    bytes[`${name}: ${contender.name}`] = await bytesPerCall(contender.bytes)
  }
  await group.stop()
}

const results: RpcResults = {
  date: new Date().toISOString(),
  commit: commitOf(import.meta.dirname),
  machine: describeMachine(import.meta.dirname),
  loadBefore: load,
  rounds,
  seconds,
  inFlight,
  brokers,
  rows,
  seed,
  bytesPerGetObj: bytes,
}
console.log(`\n${tables(results).join('\n\n')}`)
mkdirSync(join(import.meta.dirname, 'results'), { recursive: true })
const stamp = results.date.slice(0, 16).replaceAll(':', '')
const source = `bench/results/rpc-${stamp}.json`
writeFileSync(join(root, source), `${JSON.stringify(results, undefined, 2)}\n`)
if (flags.group === undefined || flags.docs) writeRpcSection(results, join(root, 'docs'), source)
