// `warren-perf ceiling`: how fast the generator is by itself on this machine, against a stand-in that
// does nothing. A broker's figure near it says more about the generator than about the broker.
import { fork } from 'node:child_process'
import type { Command } from 'commander'
import { runLoad } from '../load.ts'
import { type LoadOptions, parseBytes } from '../options.ts'
import { grouped } from '../report.ts'
import { startNullBroker } from '../wire/null-broker.ts'
import { checked, print, printJson, seconds } from './common.ts'

const silent = { second: () => {}, phase: () => {} }

type Flags = { json: boolean; size: number; time: number }

export function addCeilingCommand(program: Command): void {
  program
    .command('ceiling')
    .description('measure the generator itself, against a broker that does nothing')
    .option('-s, --size <bytes>', 'body size', checked(parseBytes), 16)
    .option('-t, --time <seconds>', 'length of each measurement', seconds, 3)
    .option('--json', 'print one JSON object at the end instead of text', false)
    .action(ceiling)
  program.command('null-broker <size>', { hidden: true }).action(serve)
}

async function serve(size: string): Promise<void> {
  const { port } = await startNullBroker(Number(size))
  process.send?.({ port })
  process.on('disconnect', () => process.exit(0))
}

async function ceiling(flags: Flags): Promise<void> {
  const child = fork(process.argv[1] as string, ['null-broker', String(flags.size)], {
    stdio: 'inherit',
  })
  try {
    const port = await new Promise<number>((resolve, reject) => {
      child.once('message', (message: { port: number }) => resolve(message.port))
      child.once('exit', () => reject(new Error('the stand-in did not start')))
    })
    const uri = `amqp://localhost:${port}/`
    const publish = await runLoad(ceilingOptions(uri, flags, [1, 0]), silent)
    const receive = await runLoad(ceilingOptions(uri, flags, [0, 1]), silent)
    const rates = { publish: publish.rates.publish, receive: receive.rates.receive }
    const cores = { publish: publish.generatorCores, receive: receive.generatorCores }
    if (flags.json) printJson({ command: 'ceiling', size: flags.size, rates, cores })
    else {
      printRate('publishes', rates.publish, publish.generatorCores)
      printRate('receives', rates.receive, receive.generatorCores)
    }
  } finally {
    child.disconnect()
  }
}

/** Below a full core the stand-in or the kernel was the limit: the generator could do more. */
function printRate(verb: string, rate: number, cores: number): void {
  print(`${verb.padEnd(10)}${grouped(rate).padStart(12)}/s with ${cores.toFixed(2)} cores`)
}

/** The plainest load there is, without a broker's features. */
export function ceilingOptions(
  uri: string,
  flags: { readonly size: number; readonly time: number },
  users: readonly [producers: number, consumers: number],
): LoadOptions {
  return {
    uris: [uri],
    frameMax: 131_072,
    heartbeatSeconds: 0,
    producers: users[0],
    consumers: users[1],
    producerProcesses: 0,
    consumerProcesses: 0,
    queues: 1,
    queueName: 'warren-perf',
    queueArguments: {},
    durable: false,
    autoDelete: false,
    predeclared: false,
    keep: true,
    exchange: '',
    exchangeType: 'direct',
    bindings: 0,
    bindingKey: '',
    bindingArguments: {},
    routingKey: '',
    routingKeys: 1,
    headers: {},
    sizes: [flags.size],
    priorities: [],
    expirationMs: 0,
    persistent: false,
    mandatory: false,
    rate: 0,
    confirms: 0,
    ackBatch: 0,
    prefetch: 0,
    poll: false,
    count: 0,
    timeSeconds: flags.time,
    warmupSeconds: Math.min(1, flags.time),
    latency: false,
    verify: false,
    pacing: 'spin',
    awake: false,
  }
}
