// Calls that do not reach a worker: who is not let in, what nobody serves, and what is told "busy".
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import amqplib from 'amqplib'
import { connect, RpcError } from '../../src/rpc/index.ts'
import { type GatewayNode, startGatewayNode } from './support/gateway-node.ts'
import { codeOf, httpCall } from './support/http-call.ts'
import { startTextWorker } from './support/text-worker.ts'

const allListeners = [
  'gateway.xml_rpc = 0',
  'gateway.json_rpc = 0',
  'gateway.grpc = 0',
  'gateway.zerorpc = 0',
  'gateway.route.fib.queue = rpc_queue',
]

interface Service {
  fib(n: number): number
}

function urls(node: GatewayNode, credentials = ''): string[] {
  return [
    `xmlrpc://${credentials}127.0.0.1:${node.port('xml-rpc')}`,
    `http://${credentials}127.0.0.1:${node.port('json-rpc')}`,
    `ws://${credentials}127.0.0.1:${node.port('json-rpc')}`,
    `grpc://${credentials}127.0.0.1:${node.port('grpc')}/rpc.Gateway`,
  ]
}

async function codeOfCall(url: string): Promise<string> {
  await using client = connect<Service>(url)
  return await client.fib(1).then(
    () => 'OK',
    (error: unknown) => RpcError.from(error).code,
  )
}

function putUser(node: GatewayNode, name: string, write: string): void {
  const { core } = node.node
  core.access.putUser({ name, password: core.hasher.hash(name), tags: [], limits: {} })
  core.access.setPermissions(name, '/', { configure: '', write, read: '' })
}

describe('who calls', () => {
  test('a wrong password is refused by every protocol that has passwords', async () => {
    await using node = await startGatewayNode(allListeners)
    for (const url of urls(node, 'guest:wrong@')) {
      const code = await codeOfCall(url)
      // A refused WebSocket is a refused connection.
      assert.ok(code === 'UNAUTHENTICATED' || (url.startsWith('ws') && code === 'UNAVAILABLE'), url)
    }
    assert.deepEqual(node.gateways.callers(), [])
  })

  test('without a name, callers of this machine are the anonymous user, while its password fits', async () => {
    await using node = await startGatewayNode([
      ...allListeners,
      'gateway.anonymous_user = visitor',
      'gateway.anonymous_password = visitor',
    ])
    putUser(node, 'visitor', '.*')
    const worker = await startTextWorker(node.amqpUrl, { respond: () => '1' })
    const every = [...urls(node), `zerorpc://127.0.0.1:${node.port('zerorpc')}`]
    for (const url of every) assert.equal(await codeOfCall(url), 'OK', url)
    const { access, hasher } = node.node.core
    const visitor = access.users.get('visitor')
    assert.ok(visitor !== undefined)
    access.putUser({ ...visitor, password: hasher.hash('changed') })
    const zerorpc = every.at(-1) ?? ''
    assert.equal(await codeOfCall(zerorpc), 'UNAUTHENTICATED')
    assert.equal((await httpCall(node.port('json-rpc'), 'fib', [1])).status, 401)
    await worker.close()
  })

  test('with anonymous_user = none everybody needs a name', async () => {
    await using node = await startGatewayNode([...allListeners, 'gateway.anonymous_user = none'])
    assert.equal((await httpCall(node.port('json-rpc'), 'fib', [1])).status, 401)
    assert.equal(await codeOfCall(`zerorpc://127.0.0.1:${node.port('zerorpc')}`), 'UNAUTHENTICATED')
  })

  test('what a user may not publish to is PERMISSION_DENIED, as AMQP says 403', async () => {
    await using node = await startGatewayNode([
      ...allListeners,
      'gateway.route.allowed.exchange = amq.direct',
      'gateway.route.allowed.routing_key = work',
    ])
    putUser(node, 'limited', '^amq\\.direct$')
    const worker = await startTextWorker(node.amqpUrl, { queue: 'work', respond: () => '7' })
    const admin = await amqplib.connect(node.amqpUrl)
    const channel = await admin.createChannel()
    await channel.bindQueue('work', 'amq.direct', 'work')
    for (const url of urls(node, 'limited:limited@')) {
      assert.equal(await codeOfCall(url), 'PERMISSION_DENIED', url)
    }
    const port = node.port('json-rpc')
    assert.equal((await httpCall(port, 'allowed', [1], { user: 'limited' })).result, 7)
    const trial = { gateway: 'grpc', method: 'fib', parameters: [1], timeoutMs: 5000 }
    const outcome = await node.gateways.try({ ...trial, user: 'limited' })
    assert.equal(outcome.ok ? 'OK' : outcome.code, 'PERMISSION_DENIED')
    // Who may no longer enter the virtual host may not call either, though he is connected.
    node.node.core.access.clearPermissions('limited', '/')
    const late = await httpCall(port, 'allowed', [1], { user: 'limited' })
    assert.equal(codeOf(late), 'PERMISSION_DENIED')
    await admin.close()
    await worker.close()
  })

  test('limits of a user hold for gateways, and leave nothing behind', async () => {
    await using node = await startGatewayNode(['gateway.json_rpc = 0'])
    putUser(node, 'limited', '.*')
    const { core } = node.node
    const limited = core.access.users.get('limited')
    assert.ok(limited !== undefined)
    for (const limit of ['max-channels', 'max-connections']) {
      core.access.putUser({ ...limited, limits: { [limit]: 0 } })
      const reply = await httpCall(node.port('json-rpc'), 'fib', [1], { user: 'limited' })
      assert.equal(codeOf(reply), 'PERMISSION_DENIED')
      assert.match(reply.error?.message ?? '', /limit/)
      assert.equal(core.connections.size, 0)
    }
  })

  test('ZeroRPC beyond this machine needs a key', async () => {
    await assert.rejects(startGatewayNode(['gateway.zerorpc = 0.0.0.0:0']), /curve_secret_key/)
  })
})

describe('what is served', () => {
  test('a queue that does not exist is UNAVAILABLE at once, an unknown method UNIMPLEMENTED', async () => {
    await using node = await startGatewayNode([...allListeners, 'gateway.default_queue = none'])
    for (const url of urls(node)) assert.equal(await codeOfCall(url), 'UNAVAILABLE', url)
    const unknown = await httpCall(node.port('json-rpc'), 'nope', [])
    assert.equal(unknown.error?.code, -32601)
  })

  test('with {method} the name is the queue’s, and without that queue there is no such method', async () => {
    await using node = await startGatewayNode([
      'gateway.json_rpc = 0',
      'gateway.default_queue = rpc.{method}',
    ])
    const worker = await startTextWorker(node.amqpUrl, { queue: 'rpc.up', respond: (t) => `${t}!` })
    const port = node.port('json-rpc')
    assert.equal((await httpCall(port, 'up', ['a'])).result, 'a!')
    assert.equal((await httpCall(port, 'down', ['a'])).error?.code, -32601)
    await worker.close()
  })

  test('a queue without consumers is waited at, for a while or not at all', async () => {
    for (const wait of ['0', '100ms']) {
      await using node = await startGatewayNode([
        'gateway.json_rpc = 0',
        `gateway.wait_for_worker = ${wait}`,
      ])
      const worker = await startTextWorker(node.amqpUrl)
      await worker.close()
      const reply = await httpCall(node.port('json-rpc'), 'fib', [1])
      assert.equal(codeOf(reply), 'UNAVAILABLE')
      assert.match(reply.error?.message ?? '', /no consumers/)
      const queue = node.node.core.vhosts.get('/')?.topology.queues.get('rpc_queue')
      // Nobody finds a call there later that nobody waits for.
      assert.equal(queue?.messageCount, 0)
    }
  })

  test('a worker that comes while a call waits answers it', async () => {
    await using node = await startGatewayNode(['gateway.json_rpc = 0'])
    const first = await startTextWorker(node.amqpUrl)
    await first.close()
    const reply = httpCall(node.port('json-rpc'), 'fib', [1])
    const second = await startTextWorker(node.amqpUrl, { respond: () => '5' })
    assert.equal((await reply).result, 5)
    await second.close()
  })
})

describe('busy', () => {
  const port = (node: GatewayNode): number => node.port('json-rpc')

  async function assertBusy(node: GatewayNode): Promise<void> {
    const reply = await httpCall(port(node), 'fib', [99])
    assert.equal(codeOf(reply), 'RESOURCE_EXHAUSTED')
    assert.match(reply.error?.message ?? '', /^busy: /)
    const rows = node.gateways.methods()
    assert.ok(rows[0] !== undefined && rows[0].busy > 0, JSON.stringify(rows))
  }

  for (const overflow of ['drop-head', 'reject-publish']) {
    test(`a slow worker's full queue (${overflow}) is told at once, and no waiting call is lost`, async () => {
      await using node = await startGatewayNode(['gateway.json_rpc = 0'])
      const worker = await startTextWorker(node.amqpUrl, {
        queueArguments: { 'x-max-length': 2, 'x-overflow': overflow },
        prefetch: 1,
      })
      const first = httpCall(port(node), 'fib', [1])
      await worker.received(1)
      const others = [httpCall(port(node), 'fib', [2]), httpCall(port(node), 'fib', [3])]
      const queue = node.node.core.vhosts.get('/')?.topology.queues.get('rpc_queue')
      while (queue?.readyCount !== 2) await new Promise((resolve) => setTimeout(resolve, 5))
      await assertBusy(node)
      for (let i = 0; i < 3; i += 1) {
        await worker.received(i + 1)
        const request = worker.requests[i]
        assert.ok(request !== undefined)
        worker.answer(request, request.content.toString())
      }
      const answers = await Promise.all([first, ...others])
      assert.deepEqual(answers.map(({ result }) => result).sort(), [1, 2, 3])
      await worker.close()
    })
  }

  test('more calls than may run wait, more than may wait are told', async () => {
    await using node = await startGatewayNode([
      'gateway.json_rpc = 0',
      'gateway.max_running = 2',
      'gateway.max_waiting = 1',
    ])
    const worker = await startTextWorker(node.amqpUrl)
    const calls = [1, 2, 3].map((n) => httpCall(port(node), 'fib', [n]))
    await worker.received(2)
    const facts = () => node.gateways.listeners()[0]
    while (facts()?.waitingCalls !== 1) await new Promise((resolve) => setTimeout(resolve, 5))
    assert.equal(facts()?.runningCalls, 2)
    await assertBusy(node)
    for (let i = 0; i < 3; i += 1) {
      await worker.received(i + 1)
      const request = worker.requests[i]
      assert.ok(request !== undefined)
      worker.answer(request, request.content.toString())
    }
    assert.deepEqual((await Promise.all(calls)).map(({ result }) => result).sort(), [1, 2, 3])
    await worker.close()
  })

  test('one caller does not take all places', async () => {
    await using node = await startGatewayNode([
      'gateway.json_rpc = 0',
      'gateway.max_per_caller = 2',
    ])
    putUser(node, 'other', '.*')
    const worker = await startTextWorker(node.amqpUrl)
    const calls = [1, 2].map((n) => httpCall(port(node), 'fib', [n]))
    await worker.received(2)
    await assertBusy(node)
    calls.push(httpCall(port(node), 'fib', [3], { user: 'other' }))
    await worker.received(3)
    for (const request of worker.requests) worker.answer(request, request.content.toString())
    assert.deepEqual((await Promise.all(calls)).map(({ result }) => result).sort(), [1, 2, 3])
    const again = httpCall(port(node), 'fib', [4])
    await worker.received(4)
    const [, , , request] = worker.requests
    assert.ok(request !== undefined)
    worker.answer(request, '4')
    assert.equal((await again).result, 4)
    await worker.close()
  })

  test('while an alarm blocks publishers, calls are told so', async () => {
    await using node = await startGatewayNode([
      'gateway.json_rpc = 0',
      'vm_memory_high_watermark.absolute = 1',
    ])
    const worker = await startTextWorker(node.amqpUrl)
    await assertBusy(node)
    await worker.close()
  })
})
