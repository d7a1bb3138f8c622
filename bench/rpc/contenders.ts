// Who is measured: a server in a process of its own, and how to call it.
import { ChannelCredentials, Client as GrpcClient } from '@grpc/grpc-js'
import { connect } from '../../src/rpc/index.ts'
import { freePort } from '../brokers/broker.ts'
import { bytesEcho, protoCall } from './bare-grpc.ts'
import { runPython, type Stop, serveOnNode, serveOnPython } from './children.ts'

export const methods = ['getObj', 'sendObj', 'echo'] as const
export type Method = (typeof methods)[number]

export interface Scenario {
  readonly method: Method
  readonly inFlight: number
}

export interface Contender {
  readonly group: string
  readonly name: string
  /** In charts. */
  readonly label: string
  /** Calls per second; undefined for what it has not. */
  measure(scenario: Scenario, seconds: number): Promise<number | undefined>
  /** The article's own measurement: so many getObj, then as many sendObj, in seconds. */
  seed?(calls: number): Promise<number>
  /** A port that a counting proxy can stand before, and calls of getObj through it. */
  readonly bytes?: { readonly port: number; getObj(port: number, calls: number): Promise<void> }
  stop(): Promise<void>
}

type Named = Pick<Contender, 'group' | 'name' | 'label'>
type Call = (method: Method) => Promise<unknown>

interface Service {
  getObj(): Record<string, number>
  sendObj(data: unknown): void
  echo(value: unknown): unknown
}

const data = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`client:${i}`, i]))
const text = 'x'.repeat(100)
const argumentsOf = { getObj: [], sendObj: [data], echo: [text] } as const

/** Keeps `inFlight` calls under way for that long. */
async function callsPerSecond(
  call: () => Promise<unknown>,
  inFlight: number,
  seconds: number,
): Promise<number> {
  const startMs = performance.now()
  const endMs = startMs + seconds * 1000
  let calls = 0
  const worker = async (): Promise<void> => {
    while (performance.now() < endMs) {
      await call()
      calls += 1
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  return (calls * 1000) / (performance.now() - startMs)
}

async function seedWith(call: Call, calls: number): Promise<number> {
  const startMs = performance.now()
  for (let i = 0; i < calls; i++) await call('getObj')
  for (let i = 0; i < calls; i++) await call('sendObj')
  return (performance.now() - startMs) / 1000
}

interface Opened {
  readonly call: Call
  close(): Promise<void>
}

function openWarren(url: string): Opened {
  const client = connect<Service>(url)
  const calls: Readonly<Record<Method, () => Promise<unknown>>> = {
    getObj: () => client.getObj(),
    sendObj: () => client.sendObj(data),
    echo: () => client.echo(text),
  }
  return { call: (method) => calls[method](), close: () => client.$close() }
}

/** A client in this process, with one connection for all of its calls. */
function ofNode(
  named: Named,
  stopServer: Stop,
  port: number,
  open: (port: number) => Promise<Opened> | Opened,
): Promise<Contender> {
  return Promise.resolve(open(port)).then((opened) => ({
    ...named,
    measure: ({ method, inFlight }, seconds) =>
      callsPerSecond(() => opened.call(method), inFlight, seconds),
    seed: (calls) => seedWith(opened.call, calls),
    bytes: {
      port,
      getObj: async (at, calls) => {
        const other = await open(at)
        for (let i = 0; i < calls; i++) await other.call('getObj')
        await other.close()
      },
    },
    stop: async () => {
      await opened.close()
      await stopServer()
    },
  }))
}

/** Warren on both ends, in two processes. */
export async function warren(
  named: Named,
  transport: string,
  url: (port: number) => string,
): Promise<Contender> {
  const port = await freePort()
  const stop = await serveOnNode(transport, String(port))
  return ofNode(named, stop, port, (at) => openWarren(url(at)))
}

/** Python's client against Python's server, or against Warren's. */
export async function pythonClient(
  group: string,
  kind: 'xmlrpc' | 'zerorpc',
  server: 'python' | 'warren',
): Promise<Contender> {
  const port = await freePort()
  const stop = await (server === 'python' ? serveOnPython : serveOnNode)(kind, String(port))
  return {
    group,
    name: server === 'python' ? 'Python, both ends' : 'Python client, Warren server',
    label: server === 'python' ? 'Python' : 'Python to Warren',
    ...throughPython(kind, (at) => String(at), port),
    stop,
  }
}

/** A client process of Python for each measurement, with connections of its own. */
function throughPython(
  kind: string,
  where: (port: number) => string,
  port: number,
): Pick<Contender, 'measure' | 'seed' | 'bytes'> & Required<Pick<Contender, 'seed' | 'bytes'>> {
  return {
    measure: async ({ method, inFlight }, seconds) => {
      const options = [method, String(inFlight), String(seconds)]
      const result = await runPython(['call', kind, where(port), ...options])
      return result.calls / result.seconds
    },
    seed: async (calls) => (await runPython(['seed', kind, where(port), String(calls)])).seconds,
    bytes: {
      port,
      getObj: async (at, calls) => {
        await runPython(['get', kind, where(at), String(calls)])
      },
    },
  }
}

/** grpc-js alone: with proto-loader, and with nothing but bytes, which only the echo can do. */
export async function bareGrpc(kind: 'bytes' | 'proto-loader'): Promise<Contender> {
  const port = await freePort()
  const stop = await serveOnNode('bare-grpc', String(port))
  const open = async (at: number): Promise<Opened> => {
    const client = new GrpcClient(`127.0.0.1:${at}`, ChannelCredentials.createInsecure())
    const call = kind === 'bytes' ? undefined : await protoCall(client)
    const echo = bytesEcho(client, text)
    return {
      call: (method) => (call === undefined ? echo() : call(method, argumentsOf[method])),
      close: async () => client.close(),
    }
  }
  const label = kind === 'bytes' ? 'grpc-js, bytes' : 'grpc-js'
  const whole = await ofNode(
    { group: 'gRPC', name: `@grpc/grpc-js, ${kind}`, label },
    stop,
    port,
    open,
  )
  if (kind === 'proto-loader') return whole
  return {
    group: whole.group,
    name: whole.name,
    label,
    measure: async (scenario, seconds) =>
      scenario.method === 'echo' ? whole.measure(scenario, seconds) : undefined,
    stop: whole.stop,
  }
}

/** Warren's toolkit on both ends of a queue: the same client and worker, whatever the broker. */
export async function toolkitOver(broker: string, url: string): Promise<Contender> {
  const stop = await serveOnNode('amqp', url)
  const named = {
    group: 'AMQP',
    name: `Warren's toolkit over ${broker}`,
    label: `over ${broker}`,
  }
  return ofNode(named, stop, Number(new URL(url).port), (port) =>
    openWarren(`${withPort(url, port)}?queue=rpc_bench`),
  )
}

/** RabbitMQ's tutorial with pika, whose client waits for each answer. */
export async function tutorialOver(broker: string, url: string): Promise<Contender> {
  const stop = await serveOnPython('pika', url)
  const port = Number(new URL(url).port)
  const python = throughPython('pika', (at) => withPort(url, at), port)
  return {
    group: 'AMQP',
    name: `pika's tutorial over ${broker}`,
    label: `pika, ${broker}`,
    ...python,
    measure: async (scenario, seconds) =>
      scenario.inFlight === 1 ? python.measure(scenario, seconds) : undefined,
    stop,
  }
}

function withPort(url: string, port: number): string {
  const other = new URL(url)
  other.port = String(port)
  return other.href
}
