// What comes and goes: connections, channels, queues and bindings opened and closed in a loop, and many
// connections that are opened and then only held.
import { coresSince, nowUs } from './clock.ts'
import { type Latency, newHistogram, record, summarize } from './stats.ts'
import { Channel } from './wire/channel.ts'
import { Connection } from './wire/connection.ts'

export const CHURN_KINDS = ['connection', 'channel', 'queue', 'binding'] as const
export type ChurnKind = (typeof CHURN_KINDS)[number]

export type ChurnOptions = {
  readonly uris: readonly string[]
  readonly kind: ChurnKind
  /** How many go round at the same time, each on a connection of its own. */
  readonly parallel: number
  readonly timeSeconds: number
  readonly warmupSeconds: number
  readonly durable: boolean
  readonly phase: (phase: 'measure-start' | 'measure-end') => void
}

export type ChurnResult = {
  readonly seconds: number
  readonly cycles: number
  readonly rate: number
  /** Cores that this program itself kept busy. */
  readonly generatorCores: number
  readonly latency?: Latency
}

type Cycle = () => Promise<void>
type Lane = { readonly cycle: Cycle; readonly end: () => Promise<void> }

export async function runChurn(options: ChurnOptions): Promise<ChurnResult> {
  const histogram = newHistogram()
  const lanes: Lane[] = []
  for (let index = 0; index < options.parallel; index += 1)
    lanes.push(await openLane(options, index))
  let cycles = 0
  const round = async (seconds: number): Promise<void> => {
    const endUs = nowUs() + seconds * 1e6
    const turn = async (lane: Lane): Promise<void> => {
      for (let fromUs = nowUs(); fromUs < endUs; ) {
        await lane.cycle()
        const doneUs = nowUs()
        record(histogram, doneUs - fromUs)
        cycles += 1
        fromUs = doneUs
      }
    }
    await Promise.all(lanes.map(turn))
  }
  await round(options.warmupSeconds)
  histogram.reset()
  cycles = 0
  options.phase('measure-start')
  const cpu = process.cpuUsage()
  const startUs = nowUs()
  await round(options.timeSeconds)
  const seconds = (nowUs() - startUs) / 1e6
  const generatorCores = coresSince(cpu, seconds * 1e6)
  options.phase('measure-end')
  for (const lane of lanes) await lane.end()
  const latency = summarize(histogram)
  return {
    seconds,
    cycles,
    rate: Math.round((cycles / seconds) * 10) / 10,
    generatorCores,
    ...(latency === undefined ? {} : { latency }),
  }
}

async function openLane(options: ChurnOptions, index: number): Promise<Lane> {
  const uri = options.uris[index % options.uris.length] as string
  if (options.kind === 'connection') return { cycle: () => oneConnection(uri), end: async () => {} }
  const connection = await Connection.open(uri)
  const end = (): Promise<void> => connection.close()
  if (options.kind === 'channel') return { cycle: () => oneChannel(connection), end }
  const channel = await Channel.open(connection)
  const name = `warren-perf-churn-${process.pid}-${index}`
  if (options.kind === 'queue') return { cycle: () => oneQueue(channel, name, options), end }
  await channel.declareQueue(queueSpec(name, options.durable))
  const binding = { queue: name, exchange: 'amq.topic', routingKey: `churn.${index}.#` }
  const cycle = async (): Promise<void> => {
    await channel.bind(binding)
    await channel.unbind(binding)
  }
  const endQueue = async (): Promise<void> => {
    await channel.deleteQueue(name)
    await connection.close()
  }
  return { cycle, end: endQueue }
}

async function oneConnection(uri: string): Promise<void> {
  const connection = await Connection.open(uri)
  await Channel.open(connection)
  await connection.close()
}

async function oneChannel(connection: Connection): Promise<void> {
  const channel = await Channel.open(connection)
  await channel.close()
}

async function oneQueue(channel: Channel, name: string, options: ChurnOptions): Promise<void> {
  await channel.declareQueue(queueSpec(name, options.durable))
  await channel.bind({ queue: name, exchange: 'amq.topic', routingKey: name })
  await channel.deleteQueue(name)
}

function queueSpec(name: string, durable: boolean): Parameters<Channel['declareQueue']>[0] {
  return { name, durable, exclusive: false, autoDelete: false, arguments: {} }
}

export type IdleOptions = {
  readonly uris: readonly string[]
  readonly connections: number
  readonly channels: boolean
  readonly holdSeconds: number
  readonly heartbeatSeconds: number
}

export type IdleResult = {
  readonly connections: number
  readonly openSeconds: number
  readonly rate: number
}

const OPEN_AT_ONCE = 50

/** Calls `opened` when all are open, then holds them. */
export async function runIdle(
  options: IdleOptions,
  opened: (result: IdleResult) => void,
): Promise<IdleResult> {
  const connections: Connection[] = []
  const startUs = nowUs()
  const openOne = async (index: number): Promise<void> => {
    const connection = await Connection.open(options.uris[index % options.uris.length] as string, {
      frameMax: 131_072,
      heartbeatSeconds: options.heartbeatSeconds,
      name: `warren-perf idle ${index}`,
    })
    connections.push(connection)
    if (options.channels) await Channel.open(connection)
  }
  try {
    for (let at = 0; at < options.connections; at += OPEN_AT_ONCE) {
      const count = Math.min(OPEN_AT_ONCE, options.connections - at)
      await Promise.all(Array.from({ length: count }, (_, index) => openOne(at + index)))
    }
    const openSeconds = (nowUs() - startUs) / 1e6
    const rate = Math.round(options.connections / openSeconds)
    const result = { connections: options.connections, openSeconds, rate }
    opened(result)
    await new Promise((resolve) => setTimeout(resolve, options.holdSeconds * 1000))
    return result
  } finally {
    for (const connection of connections) connection.destroy()
  }
}
