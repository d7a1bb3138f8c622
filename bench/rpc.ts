// RPC side by side in one run: Warren beside Python's xmlrpc and zerorpc, bare grpc-js, and RabbitMQ.
// Contenders of a group take turns, round by round, so that a slow minute of the machine hits all.
//
//   node bench/rpc.ts [--rounds 3] [--seconds 0.7] [--group XML-RPC] [--no-brokers]
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { BrokerSpec, RunningBroker } from './brokers/broker.ts'
import { rabbitmq } from './brokers/rabbitmq.ts'
import { warren as warrenBroker } from './brokers/warren.ts'
import { commitOf, describeMachine } from './lib/machine.ts'
import { bytesPerCall } from './rpc/bytes.ts'
import {
  bareGrpc,
  type Contender,
  hasPython,
  overBroker,
  pythonClient,
  type Scenario,
  warren,
} from './rpc/contenders.ts'

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '0.7' },
    group: { type: 'string' },
    'no-brokers': { type: 'boolean', default: false },
  },
})
const rounds = Number(flags.rounds)
const seconds = Number(flags.seconds)

const scenarios: Scenario[] = (['getObj', 'sendObj', 'echo'] as const).flatMap((method) =>
  [1, 32].map((inFlight) => ({ method, inFlight })),
)

interface Row {
  readonly group: string
  readonly contender: string
  readonly method: string
  readonly inFlight: number
  readonly callsPerSecond: number
  readonly all: readonly number[]
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

async function measureGroup(contenders: readonly Contender[]): Promise<Row[]> {
  const found = new Map<string, { contender: Contender; scenario: Scenario; all: number[] }>()
  // The first round warms up the machines on both ends and is not counted.
  for (let round = -1; round < rounds; round++) {
    for (const scenario of scenarios) {
      for (const contender of contenders) {
        const value = await contender.measure(scenario, round < 0 ? 0.3 : seconds)
        if (value === undefined || round < 0) continue
        const key = `${contender.name} ${scenario.method} ${scenario.inFlight}`
        const entry = found.get(key) ?? { contender, scenario, all: [] }
        entry.all.push(value)
        found.set(key, entry)
      }
    }
  }
  return [...found.values()].map(({ contender, scenario, all }) => ({
    group: contender.group,
    contender: contender.name,
    ...scenario,
    callsPerSecond: Math.round(median(all)),
    all: all.map(Math.round),
  }))
}

interface SeedRow {
  readonly group: string
  readonly contender: string
  readonly calls: number
  readonly seconds: number
}

async function measureSeed(contenders: readonly Contender[]): Promise<SeedRow[]> {
  const rows: SeedRow[] = []
  for (const calls of [50, 500]) {
    const times = new Map<Contender, number[]>()
    for (let round = 0; round < rounds; round++) {
      for (const contender of contenders) {
        if (contender.seed === undefined) continue
        times.set(contender, [...(times.get(contender) ?? []), await contender.seed(calls)])
      }
    }
    for (const [{ group, name }, all] of times) {
      rows.push({ group, contender: name, calls, seconds: median(all) })
    }
  }
  return rows
}

const groups: Readonly<Record<string, () => Promise<Contender[]>>> = {
  'XML-RPC': async () => [
    await warren({
      group: 'XML-RPC',
      name: 'Warren, both ends',
      transport: 'xmlrpc',
      url: (port) => `xmlrpc://127.0.0.1:${port}`,
    }),
    ...(hasPython()
      ? [
          await pythonClient('XML-RPC', 'xmlrpc', 'python'),
          await pythonClient('XML-RPC', 'xmlrpc', 'warren'),
        ]
      : []),
  ],
  ZeroRPC: async () => [
    await warren({
      group: 'ZeroRPC',
      name: 'Warren, both ends',
      transport: 'zerorpc',
      url: (port) => `zerorpc://127.0.0.1:${port}`,
    }),
    ...(hasPython()
      ? [
          await pythonClient('ZeroRPC', 'zerorpc', 'python'),
          await pythonClient('ZeroRPC', 'zerorpc', 'warren'),
        ]
      : []),
  ],
  'JSON-RPC': async () => [
    await warren({
      group: 'JSON-RPC',
      name: 'Warren over HTTP',
      transport: 'jsonrpc',
      url: (port) => `http://127.0.0.1:${port}`,
    }),
    await warren({
      group: 'JSON-RPC',
      name: 'Warren over WebSocket',
      transport: 'jsonrpc',
      url: (port) => `ws://127.0.0.1:${port}`,
    }),
  ],
  gRPC: async () => [
    await warren({
      group: 'gRPC',
      name: 'Warren, both ends',
      transport: 'grpc',
      url: (port) => `grpc://127.0.0.1:${port}/rpc.RPCServer`,
    }),
    await bareGrpc(),
  ],
}

async function startBroker(spec: BrokerSpec): Promise<RunningBroker | undefined> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-rpc-'))
  try {
    const broker = await spec.start({ cores: undefined, directory })
    const stop = async (): Promise<void> => {
      await broker.stop()
      rmSync(directory, { recursive: true, force: true })
    }
    return { ...broker, stop }
  } catch (error) {
    console.error(`without ${spec.name}: ${error instanceof Error ? error.message : error}`)
    return undefined
  }
}

async function runBrokers(): Promise<Row[]> {
  const contenders: Contender[] = []
  const brokers: RunningBroker[] = []
  for (const spec of [warrenBroker, rabbitmq]) {
    const broker = await startBroker(spec)
    if (broker === undefined) continue
    brokers.push(broker)
    const name = spec.name === 'warren' ? 'Warren' : 'RabbitMQ'
    contenders.push(await overBroker(name, broker.uri, 'toolkit'))
    if (hasPython()) contenders.push(await overBroker(name, broker.uri, 'pika'))
  }
  try {
    return await measureGroup(contenders)
  } finally {
    for (const contender of contenders) await contender.stop()
    for (const broker of brokers) await broker.stop()
  }
}

const rows: Row[] = []
const seedRows: SeedRow[] = []
const sizes: Record<string, number> = {}
for (const [name, start] of Object.entries(groups)) {
  if (flags.group !== undefined && flags.group !== name) continue
  const contenders = await start()
  rows.push(...(await measureGroup(contenders)))
  seedRows.push(...(await measureSeed(contenders)))
  for (const contender of contenders) {
    const { bytes } = contender
    if (bytes === undefined) continue
    sizes[`${name}, ${contender.name}`] = await bytesPerCall(bytes.port, bytes.connect)
  }
  for (const contender of contenders) await contender.stop()
}
if (!flags['no-brokers'] && (flags.group === undefined || flags.group === 'AMQP')) {
  rows.push(...(await runBrokers()))
}

const pad = (text: string | number, width: number): string => String(text).padStart(width)
console.log(
  `\n${'calls per second'.padEnd(46)}${pad('getObj', 15)}${pad('sendObj', 16)}${pad('echo 100 B', 16)}`,
)
console.log(`${'sequential / 32 in flight'.padEnd(46)}`)
for (const group of new Set(rows.map((row) => row.group))) {
  const inGroup = rows.filter((row) => row.group === group)
  for (const contender of new Set(inGroup.map((row) => row.contender))) {
    const cell = (method: string): string => {
      const [one, many] = [1, 32].map(
        (inFlight) =>
          inGroup.find(
            (row) =>
              row.contender === contender && row.method === method && row.inFlight === inFlight,
          )?.callsPerSecond ?? '-',
      )
      return pad(`${one} / ${many}`, 16)
    }
    console.log(
      `${`${group}: ${contender}`.padEnd(45)}${cell('getObj')}${cell('sendObj')}${cell('echo')}`,
    )
  }
}
console.log("\nthe article's measurement: n getObj and n sendObj, seconds")
for (const row of seedRows) {
  console.log(
    `${`${row.group}: ${row.contender}`.padEnd(45)}${pad(row.calls, 5)}  ${row.seconds.toFixed(3)}`,
  )
}
console.log('\nbytes per getObj on the wire, both directions')
for (const [name, bytes] of Object.entries(sizes)) console.log(`${name.padEnd(45)}${pad(bytes, 7)}`)

const results = join(import.meta.dirname, 'results')
mkdirSync(results, { recursive: true })
const document = {
  date: new Date().toISOString(),
  commit: commitOf(import.meta.dirname),
  machine: describeMachine(import.meta.dirname),
  rounds,
  seconds,
  rows,
  seed: seedRows,
  bytesPerGetObj: sizes,
}
writeFileSync(join(results, 'rpc.json'), `${JSON.stringify(document, undefined, 2)}\n`)
