// Calls on their way: deadlines, callers that leave, workers that die, and what a message carries.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { connect, RpcError } from '../../src/rpc/index.ts'
import { type GatewayNode, startGatewayNode } from './support/gateway-node.ts'
import { codeOf, httpCall } from './support/http-call.ts'
import { startTextWorker } from './support/text-worker.ts'

const jsonOnly = ['gateway.json_rpc = 0']
const port = (node: GatewayNode): number => node.port('json-rpc')

async function until(check: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1000 && !check(); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.ok(check())
}

const queueOf = (node: GatewayNode) =>
  node.node.core.vhosts.get('/')?.topology.queues.get('rpc_queue')

describe('a call', () => {
  test('is a message with what a worker may want to know', async () => {
    await using node = await startGatewayNode(jsonOnly)
    const worker = await startTextWorker(node.amqpUrl, { respond: () => 'ok' })
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    await httpCall(port(node), 'fib', ['ü'], {
      user: 'guest',
      headers: {
        traceparent,
        'x-request-id': 'r1',
        'x-delay': '60000',
        'x-rpc-timeout-ms': '5000',
      },
    })
    const [request] = worker.requests
    assert.ok(request !== undefined)
    const { properties, content } = request
    assert.equal(content.toString(), 'ü')
    assert.equal(properties.type, 'fib')
    assert.equal(properties.userId, 'guest')
    assert.equal(properties.contentType, 'text/plain')
    assert.match(String(properties.replyTo), /^amq\.rabbitmq\.reply-to\./)
    assert.ok(Number(properties.expiration) > 0 && Number(properties.expiration) <= 5000)
    const { headers = {} } = properties
    assert.equal(headers.traceparent, traceparent)
    assert.equal(headers['x-request-id'], 'r1')
    assert.equal(headers['x-delay'], undefined)
    assert.ok(Number(headers['x-rpc-deadline']) <= Date.now() + 5000)
    await worker.close()
  })

  test('takes texts and numbers back, and marked errors', async () => {
    await using node = await startGatewayNode(jsonOnly)
    const worker = await startTextWorker(node.amqpUrl)
    const reply = async (text: string, headers?: Record<string, unknown>) => {
      const before = worker.requests.length
      const call = httpCall(port(node), 'fib', [1])
      await worker.received(before + 1)
      const request = worker.requests[before]
      assert.ok(request !== undefined)
      worker.answer(request, text, headers)
      return call
    }
    assert.equal((await reply('832040')).result, 832040)
    assert.equal((await reply('-1.5')).result, -1.5)
    assert.equal((await reply('007')).result, '007')
    assert.equal((await reply('')).result, '')
    const marked = await reply('NOT_FOUND: no such order', { 'x-rpc-error': 'NOT_FOUND' })
    assert.equal(codeOf(marked), 'NOT_FOUND')
    assert.equal(marked.error?.message, 'no such order')
    await worker.close()
  })

  test('that nobody waits for has no address for an answer', async () => {
    await using node = await startGatewayNode(jsonOnly)
    const worker = await startTextWorker(node.amqpUrl)
    const response = await fetch(`http://127.0.0.1:${port(node)}/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', method: 'log', params: ['x'] }),
    })
    assert.equal(response.status, 204)
    await worker.received(1)
    assert.equal(worker.requests[0]?.properties.replyTo, undefined)
    assert.equal(node.gateways.listeners()[0]?.runningCalls, 0)
    await worker.close()
  })
})

describe('time', () => {
  test('a call ends at its deadline, and a late reply is dropped', async () => {
    await using node = await startGatewayNode([
      ...jsonOnly,
      'gateway.route.short.queue = rpc_queue',
      'gateway.route.short.timeout = 150ms',
    ])
    const worker = await startTextWorker(node.amqpUrl)
    const reply = await httpCall(port(node), 'short', [1])
    assert.equal(codeOf(reply), 'DEADLINE_EXCEEDED')
    assert.match(reply.error?.message ?? '', /no answer from queue 'rpc_queue' in time/)
    const [late] = worker.requests
    assert.ok(late !== undefined)
    worker.answer(late, '1')
    const next = httpCall(port(node), 'fib', [2])
    await worker.received(2)
    const [, second] = worker.requests
    assert.ok(second !== undefined)
    worker.answer(second, '2')
    assert.equal((await next).result, 2)
    const [row] = node.gateways.methods()
    assert.equal(row?.timeouts, 1)
    assert.equal(row?.lastError?.code, 'DEADLINE_EXCEEDED')
    await worker.close()
  })

  test('callers may ask for less time than the route gives, not for more', async () => {
    await using node = await startGatewayNode([...jsonOnly, 'gateway.timeout = 20s'])
    const worker = await startTextWorker(node.amqpUrl, { respond: () => '1' })
    for (const asked of ['5000', '3600000']) {
      await httpCall(port(node), 'slow', [1], { headers: { 'x-rpc-timeout-ms': asked } })
    }
    const expirations = worker.requests.map(({ properties }) => Number(properties.expiration))
    assert.ok(Number(expirations[0]) <= 5000 && Number(expirations[1]) <= 20_000, `${expirations}`)
    await worker.close()
  })

  test('who hangs up takes his call out of the queue', async () => {
    await using node = await startGatewayNode(jsonOnly)
    const worker = await startTextWorker(node.amqpUrl, { prefetch: 1 })
    const first = httpCall(port(node), 'fib', [1])
    await worker.received(1)
    const leaving = new AbortController()
    const second = httpCall(port(node), 'fib', [2], { signal: leaving.signal })
    second.catch(() => undefined)
    await until(() => queueOf(node)?.readyCount === 1)
    leaving.abort()
    await until(() => queueOf(node)?.readyCount === 0)
    const [request] = worker.requests
    assert.ok(request !== undefined)
    worker.answer(request, 'one')
    assert.equal((await first).result, 'one')
    // Called off by the caller: not an error of the method.
    assert.equal(node.gateways.methods()[0]?.errors, 0)
    assert.equal(worker.requests.length, 1)
    await worker.close()
  })
})

describe('workers', () => {
  test('when one dies with a call under its hands, another one answers', async () => {
    await using node = await startGatewayNode(jsonOnly)
    const dying = await startTextWorker(node.amqpUrl)
    const call = httpCall(port(node), 'fib', [1])
    await dying.received(1)
    const heir = await startTextWorker(node.amqpUrl)
    await dying.die()
    await heir.received(1)
    const [request] = heir.requests
    assert.ok(request?.fields.redelivered)
    heir.answer(request, '1')
    assert.equal((await call).result, 1)
    await heir.close()
  })

  test('when the only one dies, the call says at its deadline that nobody is left', async () => {
    await using node = await startGatewayNode([...jsonOnly, 'gateway.timeout = 1500ms'])
    const dying = await startTextWorker(node.amqpUrl)
    const call = httpCall(port(node), 'fib', [1])
    await dying.received(1)
    await dying.die()
    const reply = await call
    assert.equal(codeOf(reply), 'DEADLINE_EXCEEDED')
    assert.match(reply.error?.message ?? '', /has no consumers/)
    assert.equal(queueOf(node)?.messageCount, 0)
  })

  test('when the queue is deleted the call waits for its deadline, not for ever', async () => {
    await using node = await startGatewayNode([...jsonOnly, 'gateway.timeout = 300ms'])
    const worker = await startTextWorker(node.amqpUrl)
    const call = httpCall(port(node), 'fib', [1])
    await worker.received(1)
    const queue = queueOf(node)
    assert.ok(queue !== undefined)
    node.node.core.vhosts.get('/')?.topology.deleteQueue(queue)
    assert.equal(codeOf(await call), 'DEADLINE_EXCEEDED')
    assert.equal(codeOf(await httpCall(port(node), 'fib', [1])), 'UNAVAILABLE')
    await worker.close()
  })
})

describe('the end', () => {
  test('a stopping broker lets calls end and takes no new ones', async () => {
    const node = await startGatewayNode(jsonOnly)
    const worker = await startTextWorker(node.amqpUrl)
    await using client = connect<{ fib(n: number): number }>(`ws://127.0.0.1:${port(node)}`)
    const call = client.fib(1)
    await worker.received(1)
    const stopped = node.stop()
    await assert.rejects(async () => {
      for (;;) await client.$with({ timeoutMs: 50 }).fib(2).catch(keepOn)
    }, /stopping/)
    const [request] = worker.requests
    assert.ok(request !== undefined)
    worker.answer(request, '1')
    assert.equal(await call, 1)
    await stopped
    await worker.close()
  })

  test('a gateway’s connection that is closed from the console fails its calls, not the next one', async () => {
    await using node = await startGatewayNode(jsonOnly)
    const worker = await startTextWorker(node.amqpUrl)
    const call = httpCall(port(node), 'fib', [1])
    await worker.received(1)
    const own = [...node.node.core.connections].find(({ name }) => name.includes('gateway'))
    assert.equal(own?.name, 'json-rpc gateway (guest)')
    assert.equal(own?.channels.size, 1)
    own?.control.close('enough')
    const reply = await call
    assert.equal(codeOf(reply), 'UNAVAILABLE')
    assert.match(reply.error?.message ?? '', /enough/)
    const next = httpCall(port(node), 'fib', [2])
    await worker.received(2)
    const [, request] = worker.requests
    assert.ok(request !== undefined)
    worker.answer(request, '2')
    assert.equal((await next).result, 2)
    await worker.close()
  })
})

/** Calls that were taken before the stop end by their own deadline. */
function keepOn(reason: unknown): void {
  if (RpcError.from(reason).code !== 'DEADLINE_EXCEEDED') throw reason
}
