// The protocols and who takes part in each.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrokerSpec, RunningBroker } from '../brokers/broker.ts'
import { rabbitmq } from '../brokers/rabbitmq.ts'
import { warren as warrenBroker } from '../brokers/warren.ts'
import { hasPython } from './children.ts'
import {
  bareGrpc,
  type Contender,
  pythonClient,
  toolkitOver,
  tutorialOver,
  warren,
} from './contenders.ts'

export interface Group {
  readonly contenders: readonly Contender[]
  /** Names and versions of the brokers that were started for it. */
  readonly brokers: readonly string[]
  stop(): Promise<void>
}

const ours = { name: 'Warren, both ends', label: 'warren' } as const

async function withPython(group: string, kind: 'xmlrpc' | 'zerorpc'): Promise<Contender[]> {
  if (!hasPython()) return []
  return [await pythonClient(group, kind, 'python'), await pythonClient(group, kind, 'warren')]
}

function groupOf(contenders: readonly Contender[]): Group {
  return {
    contenders,
    brokers: [],
    stop: async () => {
      for (const contender of contenders) await contender.stop()
    },
  }
}

export const groups: Readonly<Record<string, () => Promise<Group>>> = {
  'XML-RPC': async () =>
    groupOf([
      await warren({ group: 'XML-RPC', ...ours }, 'xmlrpc', (port) => `xmlrpc://127.0.0.1:${port}`),
      ...(await withPython('XML-RPC', 'xmlrpc')),
    ]),
  ZeroRPC: async () =>
    groupOf([
      await warren(
        { group: 'ZeroRPC', ...ours },
        'zerorpc',
        (port) => `zerorpc://127.0.0.1:${port}`,
      ),
      ...(await withPython('ZeroRPC', 'zerorpc')),
    ]),
  'JSON-RPC': async () =>
    groupOf([
      await warren(
        { group: 'JSON-RPC', name: 'Warren over HTTP', label: 'HTTP' },
        'jsonrpc',
        (port) => `http://127.0.0.1:${port}`,
      ),
      await warren(
        { group: 'JSON-RPC', name: 'Warren over WebSocket', label: 'WebSocket' },
        'jsonrpc',
        (port) => `ws://127.0.0.1:${port}`,
      ),
    ]),
  gRPC: async () =>
    groupOf([
      await warren(
        { group: 'gRPC', ...ours },
        'grpc',
        (port) => `grpc://127.0.0.1:${port}/rpc.RPCServer`,
      ),
      await bareGrpc('proto-loader'),
      await bareGrpc('bytes'),
    ]),
  AMQP: overBrokers,
}

async function overBrokers(): Promise<Group> {
  const contenders: Contender[] = []
  const brokers: { readonly name: string; readonly broker: RunningBroker }[] = []
  for (const spec of [warrenBroker, rabbitmq]) {
    const broker = await startBroker(spec)
    if (broker === undefined) continue
    const name = spec.name === 'warren' ? 'Warren' : 'RabbitMQ'
    brokers.push({ name, broker })
    contenders.push(await toolkitOver(name, broker.uri))
    if (hasPython()) contenders.push(await tutorialOver(name, broker.uri))
  }
  return {
    contenders,
    brokers: brokers.map(({ broker }) => broker.version),
    stop: async () => {
      for (const contender of contenders) await contender.stop()
      for (const { broker } of brokers) await broker.stop()
    },
  }
}

async function startBroker(spec: BrokerSpec): Promise<RunningBroker | undefined> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-rpc-'))
  const remove = (): void => rmSync(directory, { recursive: true, force: true })
  try {
    const broker = await spec.start({ cores: undefined, directory })
    return { ...broker, stop: () => broker.stop().finally(remove) }
  } catch (error) {
    console.error(`without ${spec.name}: ${error instanceof Error ? error.message : error}`)
    remove()
    return undefined
  }
}
