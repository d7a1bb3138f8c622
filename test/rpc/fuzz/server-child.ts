// The server under attack, in a process of its own: so that its death is seen, and its memory and
// handles are its own. Serves one protocol and tells, when asked, what it holds.
import { readdirSync, readlinkSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Broker } from '../../../src/index.ts'
import {
  amqp,
  grpc,
  jsonRpc,
  RpcError,
  type RpcServer,
  type ServerTransport,
  serve,
  service,
  xmlRpc,
  zerorpc,
} from '../../../src/rpc/index.ts'
import { fuzzBytesMax, fuzzQueue, type ProtocolName, type ServerFigures } from './protocol.ts'

const attacked = service('Attacked', {
  add: (a: number, b: number): number => a + b,
  echo: (value: unknown): unknown => value,
  count: async function* (to: number): AsyncGenerator<number> {
    for (let i = 0; i < Math.min(to, 1000); i++) yield i
  },
  fail: (text: string): never => {
    throw new RangeError(text)
  },
  refuse: (details: unknown): never => {
    throw new RpcError('FAILED_PRECONDITION', 'not now', { details })
  },
})

function transportFor(protocol: ProtocolName, brokerUrl: string | undefined): ServerTransport {
  switch (protocol) {
    case 'xml-rpc':
      return xmlRpc({ bodyBytesMax: fuzzBytesMax })
    case 'json-rpc':
      return jsonRpc({ bodyBytesMax: fuzzBytesMax })
    case 'grpc':
      return grpc({ messageBytesMax: fuzzBytesMax })
    case 'zerorpc':
      // Streams that nobody reads end with their heartbeats; the default would keep them for long.
      return zerorpc({ messageBytesMax: fuzzBytesMax, heartbeatMs: 500 })
    case 'amqp':
      return amqp({
        url: brokerUrl ?? '',
        queue: fuzzQueue,
        bodyBytesMax: fuzzBytesMax,
        callerCheckMs: 500,
      })
  }
}

const protocol = process.argv[2] as ProtocolName
const broker = protocol === 'amqp' ? await Broker.start({ port: 0 }) : undefined
const server: RpcServer = await serve(attacked, [transportFor(protocol, broker?.url)])
const delay = monitorEventLoopDelay({ resolution: 5 })
delay.enable()

// With --expose-gc.
const collectGarbage = (): void => {
  const { gc } = globalThis
  if (gc !== undefined) gc()
}

function openSockets(): number {
  return readdirSync('/proc/self/fd').filter((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`).startsWith('socket:')
    } catch {
      return false
    }
  }).length
}

async function figures(): Promise<ServerFigures> {
  // Twice, and a turn between: finalizers of the first make garbage for the second.
  collectGarbage()
  await nextTurn()
  collectGarbage()
  const { rss, heapUsed, external } = process.memoryUsage()
  const blockedMs = delay.max / 1e6
  delay.reset()
  return {
    rss,
    heap: heapUsed + external,
    sockets: openSockets(),
    timers: process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length,
    active: server.activeCount,
    blockedMs,
  }
}

async function stop(): Promise<void> {
  await server.close({ graceMs: 0 })
  await broker?.stop()
  process.disconnect?.()
}

async function obey(message: unknown): Promise<void> {
  if (message === 'figures') process.send?.(await figures())
  else if (message === 'stop') await stop()
}

process.on('message', (message) => {
  obey(message).catch((reason: unknown) => {
    console.error(reason)
    process.exit(1)
  })
})
process.send?.({ url: server.url(protocol) })
