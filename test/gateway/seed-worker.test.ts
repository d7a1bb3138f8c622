// The tutorial's worker, unmodified, behind all gateways: the usual client of each protocol calls it,
// all at once, and several workers share the calls.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { amqp, serve, service } from '../../src/rpc/index.ts'
import { examplePath, missingPython, runPython } from '../rpc/support/python.ts'
import { skipUnless } from '../support/peers.ts'
import { startGatewayNode } from './support/gateway-node.ts'
import { pikaPython, seedUser, startSeedWorker } from './support/seed-worker.ts'

const skip =
  missingPython('venv') || skipUnless(pikaPython !== undefined, 'no Python with pika is installed')

const listeners = [
  'gateway.xml_rpc = 0',
  'gateway.zerorpc = 0',
  'gateway.json_rpc = 0',
  'gateway.grpc = 0',
]
const protocols = ['xml-rpc', 'zerorpc', 'json-rpc', 'grpc']

describe('gateways and Python', { skip }, () => {
  test('ServerProxy, zerorpc, grpcio and curl call two of the tutorial’s workers at once', async () => {
    await using node = await startGatewayNode([
      ...listeners,
      'gateway.route.fib.queue = rpc_queue',
      `default_user = ${seedUser.name}`,
      `default_pass = ${seedUser.password}`,
      `gateway.anonymous_user = ${seedUser.name}`,
      `gateway.anonymous_password = ${seedUser.password}`,
    ])
    const workers = [await startSeedWorker(node.amqpPort), await startSeedWorker(node.amqpPort)]
    try {
      const script = join(import.meta.dirname, 'peers/four_callers.py')
      const ports = protocols.map((protocol) => String(node.port(protocol)))
      const output = await runPython(script, [...ports, seedUser.name, seedUser.password])
      assert.match(output, /all equal/)
      const shares = workers.map(({ output: said }) => said.match(/\[\.\] fib/g)?.length ?? 0)
      assert.equal(
        shares.reduce((sum, share) => sum + share, 0),
        4 * 20,
      )
      for (const share of shares) assert.ok(share >= 10, `one worker did ${shares}`)
      for (const protocol of protocols) {
        const row = node.gateways.methods().find(({ gateway }) => gateway === protocol)
        assert.equal(row?.method, 'fib')
        assert.ok(row.calls >= 20 && row.latencyMs !== null, JSON.stringify(row))
      }
      assert.ok(node.gateways.callers().some(({ user }) => user === seedUser.name))
    } finally {
      for (const worker of workers) await worker.kill()
    }
  })

  test('the tutorial’s XML-RPC and ZeroRPC clients, unmodified, reach a worker on a queue', async () => {
    await using node = await startGatewayNode([...listeners.slice(0, 2), 'gateway.codec = json'])
    const sent = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`server:${i}`, i]))
    const received: unknown[] = []
    let gets = 0
    const handlers = {
      getObj: () => {
        gets += 1
        return sent
      },
      sendObj: (data: unknown) => {
        received.push(data)
        return null
      },
    }
    const worker = amqp({ url: node.amqpUrl, queue: 'rpc_queue' })
    await using _server = await serve(service('RPCServer', handlers), [worker])
    for (const [protocol, script, calls] of [
      ['xml-rpc', 'xmlrpc_client.py', 50],
      ['zerorpc', 'zerorpc_client.py', 500],
    ] as const) {
      received.length = 0
      gets = 0
      const args = ['127.0.0.1', String(node.port(protocol))]
      const output = await runPython(examplePath(script), args)
      assert.match(output, /'server:99': 99/)
      assert.equal(gets, calls)
      assert.equal(received.length, calls)
      assert.equal((received[0] as Record<string, unknown>)['client:99'], 99)
    }
  })
})
