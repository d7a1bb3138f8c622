// `warren-perf run`: producers and consumers at full speed or at a fixed rate.
import { type Command, Option } from 'commander'
import { runLoad } from '../load.ts'
import {
  addArgument,
  type ExchangeType,
  type LoadOptions,
  parseBytes,
  parsePriorities,
  parseSizes,
  validate,
} from '../options.ts'
import { progressLine, summary } from '../report.ts'
import type { Table } from '../wire/byte-writer.ts'
import {
  checked,
  collect,
  count,
  phaseSink,
  print,
  printJson,
  seconds,
  urisOf,
  withUri,
} from './common.ts'

type Flags = {
  uri?: string[]
  json: boolean
  events: boolean
  progress: boolean
  producers: number
  consumers: number
  producerProcesses: number
  consumerProcesses: number
  queues: number
  queue: string
  queueArg?: string[]
  queueType?: string
  durable: boolean
  autoDelete: boolean
  predeclared: boolean
  keep: boolean
  exchange?: string
  exchangeType?: ExchangeType
  bindings: number
  bindingKey: string
  bindingArg?: string[]
  routingKey: string
  routingKeys: number
  header?: string[]
  size: number[]
  priority: number[]
  expiration: number
  persistent: boolean
  mandatory: boolean
  rate: number
  confirms: number
  ack?: number
  prefetch: number
  get: boolean
  count: number
  time?: number
  warmup: number
  latency?: boolean
  verify: boolean
  pacing: 'spin' | 'timer'
  awake: boolean
  frameMax: number
  heartbeat: number
}

const exchangeType = new Option('-e, --exchange-type <type>', 'type of the exchange').choices([
  'direct',
  'fanout',
  'topic',
  'headers',
])
const pacing = new Option('--pacing <how>', 'wait for the next message by polling or by timers')
  .choices(['spin', 'timer'])
  .default('spin')

export function addRunCommand(program: Command): void {
  const command = withUri(program.command('run', { isDefault: true }))
    .description('publish and consume, at full speed or at a fixed rate (the default command)')
    .option('-x, --producers <n>', 'producers, a connection each', count, 1)
    .option('-y, --consumers <n>', 'consumers, a connection each', count, 1)
  addQueueOptions(command)
  addRoutingOptions(command)
  addMessageOptions(command)
  addConsumerOptions(command)
  addRunOptions(command)
  command.action(run)
}

function addQueueOptions(command: Command): void {
  command
    .option('-q, --queues <n>', 'queues; users and queues are dealt out to one another', count, 1)
    .option('--queue <name>', 'name of the queue, or prefix of several', 'warren-perf')
    .option('--queue-type <type>', 'x-queue-type: classic, quorum, ...')
    .option(
      '--queue-arg <key=value>',
      'queue argument, may be repeated (x-max-length=1000)',
      collect,
    )
    .option('-d, --durable', 'durable queues and exchange', false)
    .option('--auto-delete', 'auto-delete queues', false)
    .option('--predeclared', 'use what is there: declare passively, delete nothing', false)
    .option('--keep', 'leave queues and exchange when done', false)
}

function addRoutingOptions(command: Command): void {
  command
    .option('--exchange <name>', 'exchange to publish to (default: the default exchange)')
    .addOption(exchangeType)
    .option('--bindings <n>', 'bindings, dealt out to the queues (default: one a queue)', count, 0)
    .option('--binding-key <pattern>', '%d is the number of the binding', 'warren-perf.%d')
    .option('--binding-arg <key=value>', 'binding argument, %d as above, may be repeated', collect)
    .option('--routing-key <pattern>', '%d goes round --routing-keys', 'warren-perf.%d')
    .option('--routing-keys <n>', 'how many routing keys to go round', count, 1)
    .option(
      '--header <key=value>',
      'message header, %d as in --routing-key, may be repeated',
      collect,
    )
}

function addMessageOptions(command: Command): void {
  command
    .option('-s, --size <bytes>', 'body size, or a mix: 16:9,1k:1', checked(parseSizes), [16])
    .option('-p, --persistent', 'delivery mode 2', false)
    .option(
      '--priority <list>',
      'priorities to go round: 5, 1,9 or 0-9',
      checked(parsePriorities),
      [],
    )
    .option('--expiration <ms>', 'time to live of each message', count, 0)
    .option('--mandatory', 'ask for unroutable messages to be returned', false)
    .option('-r, --rate <n>', 'messages a second of all producers together; 0: maximum', count, 0)
    .option('-c, --confirms <n>', 'publisher confirms with n messages in flight; 0: off', count, 0)
}

function addConsumerOptions(command: Command): void {
  command
    .option('-a, --ack <n>', 'acknowledge every n deliveries (default: automatic)', count)
    .option('-f, --prefetch <n>', 'prefetch of each consumer; 0: no limit', count, 0)
    .option('--get', 'fetch with basic.get instead of consuming', false)
}

function addRunOptions(command: Command): void {
  command
    .option(
      '-t, --time <seconds>',
      'length of the measurement (default 10 without --count)',
      seconds,
    )
    .option('-n, --count <n>', 'stop after n messages; 0: no limit', count, 0)
    .option('-w, --warmup <seconds>', 'run so long before measuring', seconds, 0)
    .option('-l, --latency', 'measure delivery latency (default at a fixed rate)')
    .option('--no-latency', 'write no stamps')
    .option('--verify', 'check order and completeness (bodies of 16 bytes or more)', false)
    .addOption(pacing)
    .option('--awake', 'never sleep: keep wake-ups of the generator out of the figures', false)
    .option('--producer-processes <n>', 'spread producers over n processes; 0: this one', count, 0)
    .option('--consumer-processes <n>', 'the same for consumers', count, 0)
    .option('--frame-max <bytes>', 'largest frame', checked(parseBytes), 131_072)
    .option('--heartbeat <seconds>', 'heartbeat; 0: off', count, 0)
    .option('--no-progress', 'no line a second')
}

async function run(flags: Flags): Promise<void> {
  const options = toLoadOptions(flags)
  const showProgress = flags.progress && !flags.json
  // Ctrl+C ends the measurement, not the program: queues are deleted and the figures shown. A second
  // one ends the program.
  let isInterrupted = false
  process.once('SIGINT', () => {
    isInterrupted = true
  })
  const result = await runLoad(options, {
    isInterrupted: () => isInterrupted,
    second: (second) => {
      if (showProgress) print(progressLine(options, second))
    },
    phase: phaseSink(flags),
  })
  if (flags.json) printJson({ command: 'run', options: withoutUris(options), ...result })
  else print(summary(options, result))
  if (!result.complete) process.exitCode = 1
}

/** URIs hold passwords and do not belong into results. */
function withoutUris(options: LoadOptions): Omit<LoadOptions, 'uris'> {
  const { uris: _, ...rest } = options
  return rest
}

function toLoadOptions(flags: Flags): LoadOptions {
  const { exchangeType: type } = flags
  const exchange = flags.exchange ?? (type === undefined ? '' : 'warren-perf')
  return validate({
    uris: urisOf(flags),
    frameMax: flags.frameMax,
    heartbeatSeconds: flags.heartbeat,
    producers: flags.producers,
    consumers: flags.consumers,
    producerProcesses: flags.producerProcesses,
    consumerProcesses: flags.consumerProcesses,
    ...queueOptions(flags),
    exchange,
    exchangeType: type ?? 'direct',
    bindings: flags.bindings,
    bindingKey: flags.bindingKey,
    bindingArguments: tableOf(flags.bindingArg),
    routingKey: flags.routingKey,
    routingKeys: flags.routingKeys,
    headers: tableOf(flags.header),
    sizes: flags.size,
    priorities: flags.priority,
    expirationMs: flags.expiration,
    persistent: flags.persistent,
    mandatory: flags.mandatory,
    rate: flags.rate,
    confirms: flags.confirms,
    ackBatch: flags.ack ?? 0,
    prefetch: flags.prefetch,
    poll: flags.get,
    count: flags.count,
    timeSeconds: flags.time ?? (flags.count > 0 ? 0 : 10),
    warmupSeconds: flags.count > 0 ? 0 : flags.warmup,
    latency: flags.latency ?? flags.rate > 0,
    verify: flags.verify,
    pacing: flags.pacing,
    awake: flags.awake,
  })
}

type QueueOptions = Pick<
  LoadOptions,
  'queues' | 'queueName' | 'queueArguments' | 'durable' | 'autoDelete' | 'predeclared' | 'keep'
>

function queueOptions(flags: Flags): QueueOptions {
  const type = flags.queueType === undefined ? {} : { 'x-queue-type': flags.queueType }
  return {
    queues: flags.queues,
    queueName: flags.queue,
    queueArguments: { ...tableOf(flags.queueArg), ...type },
    durable: flags.durable,
    autoDelete: flags.autoDelete,
    predeclared: flags.predeclared,
    keep: flags.keep,
  }
}

function tableOf(texts: readonly string[] | undefined): Table {
  return (texts ?? []).reduce<Table>((table, text) => addArgument(text, table), {})
}
