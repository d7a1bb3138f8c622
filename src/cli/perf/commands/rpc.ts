// `warren-perf rpc`: round trips with direct reply-to.
import type { Command } from 'commander'
import { parseBytes } from '../options.ts'
import { grouped, latencyTable } from '../report.ts'
import { runRpc } from '../rpc-load.ts'
import { checked, count, phaseSink, print, printJson, seconds, urisOf, withUri } from './common.ts'

type Flags = {
  uri?: string[]
  json: boolean
  events: boolean
  clients: number
  servers: number
  inFlight: number
  size: number
  queue: string
  time: number
  warmup: number
}

export function addRpcCommand(program: Command): void {
  withUri(program.command('rpc'))
    .description('request and reply with direct reply-to (amq.rabbitmq.reply-to)')
    .option('-x, --clients <n>', 'clients, a connection each', count, 1)
    .option('-y, --servers <n>', 'servers, a connection each', count, 1)
    .option('-i, --in-flight <n>', 'requests a client has under way', count, 1)
    .option('-s, --size <bytes>', 'body size of request and reply', checked(parseBytes), 16)
    .option('--queue <name>', 'queue of the servers', 'warren-perf-rpc')
    .option('-t, --time <seconds>', 'length of the measurement', seconds, 10)
    .option('-w, --warmup <seconds>', 'run so long before measuring', seconds, 0)
    .action(run)
}

async function run(flags: Flags): Promise<void> {
  const { clients, servers, inFlight, size } = flags
  const result = await runRpc({
    uris: urisOf(flags),
    clients,
    servers,
    inFlight,
    size,
    queueName: flags.queue,
    timeSeconds: flags.time,
    warmupSeconds: flags.warmup,
    phase: phaseSink(flags),
  })
  if (flags.json) {
    printJson({ command: 'rpc', options: { clients, servers, inFlight, size }, ...result })
    return
  }
  const { latency } = result
  print(`${grouped(result.calls)} calls, ${grouped(result.rate)}/s`)
  for (const line of latencyTable(latency === undefined ? {} : { roundTrip: latency })) print(line)
}
