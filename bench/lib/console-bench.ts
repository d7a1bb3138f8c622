// A broker with many queues and connections, for the console's bench, and warren-perf beside it: in
// processes of its own, so that neither the bench nor the browser's driver is what limits the rate.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { numberAt } from './measure.ts'

export interface ConsoleBench {
  readonly managementUrl: string
  readonly pid: number
  readonly request: (path: string) => Promise<unknown>
  /** Messages received a second, with one publisher and one consumer going all out. */
  readonly traffic: (seconds: number) => Promise<number>
  readonly stop: () => Promise<void>
}

const [amqpPort, managementPort] = [35_610, 35_611]
const url = `amqp://127.0.0.1:${amqpPort}`
const managementUrl = `http://127.0.0.1:${managementPort}`
const authorization = `Basic ${btoa('guest:guest')}`
const source = fileURLToPath(new URL('../../src/', import.meta.url))
const main = `${source}main.ts`
const perf = `${source}cli/perf/main.ts`

export async function startBench(counts: {
  readonly queues: number
  readonly connections: number
}): Promise<ConsoleBench> {
  const data = mkdtempSync(join(tmpdir(), 'warren-console-'))
  const options = [
    ...['--port', String(amqpPort), '--management-port', String(managementPort)],
    ...['--bind', '127.0.0.1', '--data-dir', data, '--log-level', 'none'],
  ]
  // Flags for the broker's Node, such as --cpu-prof.
  const flags = (process.env.BROKER_NODE_FLAGS ?? '').split(' ').filter((flag) => flag !== '')
  const broker = spawn(process.execPath, [...flags, '--max-semi-space-size=4', main, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let idle: ChildProcess | null = null
  const stop = async (): Promise<void> => {
    for (const child of [idle, broker]) {
      if (child === null || child.exitCode !== null || child.signalCode !== null) continue
      child.kill()
      await once(child, 'exit')
    }
    rmSync(data, { recursive: true, force: true })
  }
  try {
    await once(broker.stdout, 'data')
    await importQueues(counts.queues)
    idle = await holdConnections(counts.connections)
  } catch (error) {
    await stop()
    throw error
  }
  return { managementUrl, pid: broker.pid ?? 0, request, traffic, stop }
}

async function request(path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${managementUrl}/api/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(text)
  return text === '' ? null : JSON.parse(text)
}

async function importQueues(count: number): Promise<void> {
  const queues = Array.from({ length: count }, (_, index) => ({
    name: `queue-${index}`,
    vhost: '/',
    durable: false,
    auto_delete: false,
    arguments: {},
  }))
  await request('definitions', { queues })
}

async function holdConnections(count: number): Promise<ChildProcess> {
  const options = ['idle', '-u', url, '-x', String(count), '-t', '86400', '--json']
  const idle = spawn(process.execPath, [perf, ...options], { stdio: 'ignore' })
  for (;;) {
    const { length } = Object(await request('connections?columns=name'))
    if (length >= count) return idle
    if (idle.exitCode !== null) throw new Error('the connections did not come')
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

async function traffic(seconds: number): Promise<number> {
  const options = ['-u', url, '--queue', 'queue-0', '--predeclared', '-s', '100', '-c', '2000']
  const limits = ['-t', String(seconds), '--json', '--no-progress']
  const child = spawn(process.execPath, [perf, ...options, ...limits], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  for await (const part of child.stdout) text += String(part)
  return numberAt(JSON.parse(text), 'rates.receive')
}
