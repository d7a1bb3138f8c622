// Who is measured: a server in a process of its own, and how to call it.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ChannelCredentials, Client as GrpcClient } from '@grpc/grpc-js'
import { type Client, type ConnectOptions, connect } from '../../src/rpc/index.ts'
import { freePort } from '../brokers/broker.ts'

export interface Scenario {
  readonly method: 'getObj' | 'sendObj' | 'echo'
  readonly inFlight: number
}

export interface Contender {
  readonly group: string
  readonly name: string
  /** Calls per second. */
  measure(scenario: Scenario, seconds: number): Promise<number | undefined>
  /** The article's own measurement: so many getObj, then as many sendObj, in seconds. */
  seed?(calls: number): Promise<number>
  /** The port that a counting proxy can stand before. */
  readonly bytes?: { readonly port: number; connect(port: number): Promise<BenchClient> }
  stop(): Promise<void>
}

export interface Service {
  getObj(): Record<string, number>
  sendObj(data: unknown): void
  echo(value: unknown): unknown
}

export type BenchClient = Client<Service>

const root = join(import.meta.dirname, '..', '..')
const python = join(root, '.venv', 'bin', 'python')
const peer = join(import.meta.dirname, 'peer.py')
const data = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`client:${i}`, i]))
const text = 'x'.repeat(100)

export const hasPython = (): boolean => existsSync(python)

async function startChild(command: string, args: readonly string[]): Promise<() => Promise<void>> {
  const child: ChildProcess = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const onExit = (): void => {
    child.kill('SIGKILL')
  }
  process.once('exit', onExit)
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      if (chunk.includes('ready')) resolve()
    })
    child.once('exit', () => reject(new Error(`${args.join(' ')} ended`)))
    child.once('error', reject)
  })
  return async () => {
    process.removeListener('exit', onExit)
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }
}

async function runPython(args: readonly string[]): Promise<{ calls: number; seconds: number }> {
  const child = spawn(python, [peer, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  if (code !== 0) throw new Error(`${args.join(' ')} failed`)
  return JSON.parse(output)
}

/** Keeps `inFlight` calls under way for that long. */
export async function callsPerSecond(
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

function callOf(client: BenchClient, method: Scenario['method']): () => Promise<unknown> {
  if (method === 'getObj') return () => client.getObj()
  if (method === 'sendObj') return () => client.sendObj(data)
  return () => client.echo(text)
}

async function seedWith(client: BenchClient, calls: number): Promise<number> {
  const startMs = performance.now()
  for (let i = 0; i < calls; i++) await client.getObj()
  for (let i = 0; i < calls; i++) await client.sendObj(data)
  return (performance.now() - startMs) / 1000
}

interface WarrenOptions {
  readonly group: string
  readonly name: string
  readonly transport: string
  readonly url: (port: number) => string
  readonly client?: ConnectOptions
}

/** Warren on both ends, in two processes. */
export async function warren(options: WarrenOptions): Promise<Contender> {
  const port = await freePort()
  const serveFile = join(root, 'bench', 'rpc-serve.ts')
  const stop = await startChild(process.execPath, [serveFile, options.transport, String(port)])
  const open = (at: number): BenchClient => connect<Service>(options.url(at), options.client)
  const client = open(port)
  return {
    group: options.group,
    name: options.name,
    measure: ({ method, inFlight }, seconds) =>
      callsPerSecond(callOf(client, method), inFlight, seconds),
    seed: (calls) => seedWith(client, calls),
    bytes: { port, connect: async (at) => open(at) },
    stop: async () => {
      await client.$close()
      await stop()
    },
  }
}

/** Python's client against Python's server, or against Warren's. */
export async function pythonClient(
  group: string,
  kind: 'xmlrpc' | 'zerorpc',
  server: 'python' | 'warren',
): Promise<Contender> {
  const port = String(await freePort())
  const stop =
    server === 'python'
      ? await startChild(python, [peer, 'serve', kind, port])
      : await startChild(process.execPath, [join(root, 'bench', 'rpc-serve.ts'), kind, port])
  return {
    group,
    name: server === 'python' ? 'Python, both ends' : 'Python client, Warren server',
    measure: async ({ method, inFlight }, seconds) => {
      const result = await runPython([
        'call',
        kind,
        port,
        method,
        String(inFlight),
        String(seconds),
      ])
      return result.calls / result.seconds
    },
    seed: async (calls) => (await runPython(['seed', kind, port, String(calls)])).seconds,
    stop,
  }
}

export async function bareGrpc(): Promise<Contender> {
  const port = await freePort()
  const serveFile = join(root, 'bench', 'rpc-serve.ts')
  const stop = await startChild(process.execPath, [serveFile, 'bare-grpc', String(port)])
  const client = new GrpcClient(`127.0.0.1:${port}`, ChannelCredentials.createInsecure())
  const identity = (bytes: Buffer): Buffer => bytes
  const request = Buffer.from(text)
  const echo = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest('/rpc.Bare/echo', identity, identity, request, (error, value) =>
        error === null ? resolve(value) : reject(error),
      )
    })
  return {
    group: 'gRPC',
    name: 'bare @grpc/grpc-js',
    measure: async ({ method, inFlight }, seconds) =>
      method === 'echo' ? callsPerSecond(echo, inFlight, seconds) : undefined,
    stop: async () => {
      client.close()
      await stop()
    },
  }
}

/** Warren's toolkit on both ends of a queue, or RabbitMQ's tutorial with pika. */
export async function overBroker(
  broker: string,
  url: string,
  kind: 'toolkit' | 'pika',
): Promise<Contender> {
  if (kind === 'pika') {
    const stop = await startChild(python, [peer, 'serve', 'pika', url])
    return {
      group: 'AMQP',
      name: `pika's tutorial over ${broker}`,
      measure: async ({ method, inFlight }, seconds) => {
        if (method !== 'echo' || inFlight !== 1) return undefined
        const result = await runPython(['call', 'pika', url, 'echo', '1', String(seconds)])
        return result.calls / result.seconds
      },
      stop,
    }
  }
  const stop = await startChild(process.execPath, [
    join(root, 'bench', 'rpc-serve.ts'),
    'amqp',
    url,
  ])
  const client = connect<Service>(`${url}?queue=rpc_bench`)
  return {
    group: 'AMQP',
    name: `Warren's toolkit over ${broker}`,
    measure: ({ method, inFlight }, seconds) =>
      callsPerSecond(callOf(client, method), inFlight, seconds),
    stop: async () => {
      await client.$close()
      await stop()
    },
  }
}
