// `warren-perf churn` and `warren-perf idle`: connections, channels, queues and bindings rather than
// messages.
import { Argument, type Command } from 'commander'
import { CHURN_KINDS, type ChurnKind, runChurn, runIdle } from '../churn-load.ts'
import { grouped, latencyTable } from '../report.ts'
import { count, phaseSink, print, printJson, seconds, urisOf, withUri } from './common.ts'

type ChurnFlags = {
  uri?: string[]
  json: boolean
  events: boolean
  parallel: number
  durable: boolean
  time: number
  warmup: number
}

export function addChurnCommand(program: Command): void {
  withUri(program.command('churn'))
    .description('open and close in a loop; a queue is declared, bound and deleted')
    .addArgument(new Argument('<kind>', 'what comes and goes').choices(CHURN_KINDS))
    .option('-p, --parallel <n>', 'how many at the same time', count, 10)
    .option('-d, --durable', 'durable queues', false)
    .option('-t, --time <seconds>', 'length of the measurement', seconds, 10)
    .option('-w, --warmup <seconds>', 'run so long before measuring', seconds, 0)
    .action(churn)
}

async function churn(kind: ChurnKind, flags: ChurnFlags): Promise<void> {
  const { parallel, durable } = flags
  const result = await runChurn({
    uris: urisOf(flags),
    kind,
    parallel,
    durable,
    timeSeconds: flags.time,
    warmupSeconds: flags.warmup,
    phase: phaseSink(flags),
  })
  if (flags.json) {
    printJson({ command: 'churn', options: { kind, parallel, durable }, ...result })
    return
  }
  const { latency } = result
  print(`${kind}: ${grouped(result.cycles)} cycles, ${result.rate.toLocaleString('en-US')}/s`)
  for (const line of latencyTable(latency === undefined ? {} : { roundTrip: latency })) print(line)
}

type IdleFlags = {
  uri?: string[]
  json: boolean
  events: boolean
  connections: number
  channels: boolean
  time: number
  heartbeat: number
}

export function addIdleCommand(program: Command): void {
  withUri(program.command('idle'))
    .description('open connections and only hold them')
    .option('-x, --connections <n>', 'connections', count, 1000)
    .option('--no-channels', 'open no channel on each')
    .option('-t, --time <seconds>', 'how long to hold them', seconds, 10)
    .option('--heartbeat <seconds>', 'heartbeat; 0: off', count, 0)
    .action(idle)
}

async function idle(flags: IdleFlags): Promise<void> {
  const { connections, channels } = flags
  const options = {
    uris: urisOf(flags),
    connections,
    channels,
    holdSeconds: flags.time,
    heartbeatSeconds: flags.heartbeat,
  }
  const phase = phaseSink(flags)
  const result = await runIdle(options, (opened) => {
    phase('opened')
    if (!flags.json)
      print(`opened ${opened.connections} connections in ${opened.openSeconds.toFixed(2)} s`)
  })
  if (flags.json) printJson({ command: 'idle', options: { connections, channels }, ...result })
  else print(`${grouped(result.connections)} connections, ${grouped(result.rate)}/s opened`)
}
