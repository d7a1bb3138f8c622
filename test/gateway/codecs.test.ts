// What bodies of messages look like, with workers of warren/rpc and with bytes of one's own .proto.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import amqplib from 'amqplib'
import { amqp, connect, currentCall, RpcError, serve, service } from '../../src/rpc/index.ts'
import { startGatewayNode } from './support/gateway-node.ts'
import { codeOf, httpCall } from './support/http-call.ts'
import { startTextWorker } from './support/text-worker.ts'

const listeners = [
  'gateway.xml_rpc = 0',
  'gateway.zerorpc = 0',
  'gateway.json_rpc = 0',
  'gateway.grpc = 0',
]

interface Calculator {
  add(a: number, b: number): number
  echo(value: unknown): unknown
  fail(): never
  count(to: number): AsyncIterable<number>
  wait(): string
}

async function until(check: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1000 && !check(); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.ok(check())
}

for (const codec of ['json', 'message-pack']) {
  test(`${codec}: arguments, results, errors, streams and cancellation, from every protocol`, async () => {
    const names = ['add', 'echo', 'fail', 'count', 'wait']
    await using node = await startGatewayNode([
      ...listeners,
      `gateway.codec = ${codec}`,
      'gateway.default_queue = none',
      ...names.map((name) => `gateway.route.${name}.queue = calculator`),
    ])
    const seen = { running: 0, cancelled: 0, produced: 0 }
    const calculator = service('Calculator', {
      add: (a: number, b: number) => a + b,
      echo: (value: unknown) => value,
      fail: () => {
        throw new RpcError('OUT_OF_RANGE', 'too far', { details: { by: 3 } })
      },
      count: async function* (to: number) {
        for (let i = 0; i < to; i += 1) {
          seen.produced += 1
          yield i
        }
      },
      wait: () =>
        new Promise((_resolve, reject) => {
          seen.running += 1
          currentCall()?.signal.addEventListener('abort', () => {
            seen.cancelled += 1
            reject(new Error('aborted'))
          })
        }),
    })
    await using _worker = await serve(calculator, [
      amqp({ url: node.amqpUrl, queue: 'calculator' }),
    ])
    const value = { text: 'grüße 世界', list: [1, -2.5, true, null], nested: { a: {} } }
    for (const url of [
      `xmlrpc://127.0.0.1:${node.port('xml-rpc')}`,
      `zerorpc://127.0.0.1:${node.port('zerorpc')}`,
      `http://127.0.0.1:${node.port('json-rpc')}`,
      `ws://127.0.0.1:${node.port('json-rpc')}`,
      `grpc://127.0.0.1:${node.port('grpc')}/rpc.Gateway`,
    ]) {
      await using client = connect<Calculator>(url)
      assert.equal(await client.add(2, 3), 5, url)
      assert.deepEqual(await client.echo(value), value, url)
      await assert.rejects(client.fail(), (error: RpcError) => {
        assert.match(error.message, /too far/, url)
        return true
      })
      const before = seen.cancelled
      const leaving = new AbortController()
      const call = client.$with({ signal: leaving.signal }).wait()
      await until(() => seen.running === before + 1)
      leaving.abort()
      await assert.rejects(call, { code: 'CANCELLED' })
      // ZeroRPC and HTTP notice it in their own ways; the worker hears of it by all of them.
      await until(() => seen.cancelled === before + 1)
    }
    for (const url of [
      `ws://127.0.0.1:${node.port('json-rpc')}`,
      `zerorpc://127.0.0.1:${node.port('zerorpc')}`,
    ]) {
      await using client = connect<Calculator>(url)
      let sum = 0
      for await (const item of client.count(2000)) sum += item
      assert.equal(sum, (2000 * 1999) / 2, url)
      seen.produced = 0
      for await (const item of client.count(1_000_000)) if (item === 5) break
      const stopped = seen.produced
      assert.ok(stopped < 20_000, `${stopped} items were made for a reader of six`)
    }
    const named = await httpCall(node.port('json-rpc'), 'add', { a: 1, b: 2 })
    assert.equal(named.result, 3)
    const list = await httpCall(node.port('json-rpc'), 'count', [3])
    assert.deepEqual(list.result, [0, 1, 2])
    const trial = { gateway: 'grpc', user: 'guest', timeoutMs: 5000 }
    const tried = await node.gateways.try({ ...trial, method: 'count', parameters: [3] })
    assert.deepEqual(tried.ok && tried.result, [0, 1, 2])
  })
}

test('a reply that cannot be read, or is too large, is an error of its own', async () => {
  await using node = await startGatewayNode([
    'gateway.json_rpc = 0',
    'gateway.codec = json',
    'gateway.max_body_size = 1000',
  ])
  let text = ''
  const worker = await startTextWorker(node.amqpUrl, { respond: () => text })
  for (const [reply, code] of [
    ['no json', 'INTERNAL'],
    ['[1]', 'INTERNAL'],
    ['{"jsonrpc":"2.0"}', 'INTERNAL'],
    [`{"result":"${'x'.repeat(2000)}"}`, 'RESOURCE_EXHAUSTED'],
    ['{"error":{"code":-32601,"message":"?"}}', 'UNIMPLEMENTED'],
  ] as const) {
    text = reply
    assert.equal(codeOf(await httpCall(node.port('json-rpc'), 'fib', [1])), code, reply)
  }
  text = '{"result":1}'
  assert.equal((await httpCall(node.port('json-rpc'), 'fib', [1])).result, 1)
  await worker.close()
})

describe('a .proto of one’s own', () => {
  const text = `syntax = "proto3";
package math.v1;
service Math {
  rpc Fib(Number) returns (Result);
  rpc Raw(Number) returns (Result);
  rpc Divide(Pair) returns (Quotient);
  rpc Sum(stream Number) returns (Result);
}
message Number { int64 the_number = 1; }
message Result { int64 the_result = 1; }
message Pair { int32 a = 1; int32 b = 2; }
message Quotient { int32 quotient = 1; int32 remainder = 2; }
`
  interface MathService {
    fib(request: { theNumber: number }): { theResult: string }
    raw(request: { theNumber: number }): { theResult: string }
    divide(request: { a: number; b: number }): { quotient: number; remainder: number }
    sum(requests: AsyncIterable<{ theNumber: number }>): { theResult: string }
  }

  test('its messages are one value, an object by name, or bytes as they are', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'warren-proto-'))
    const file = join(folder, 'math.proto')
    writeFileSync(file, text)
    await using node = await startGatewayNode([
      ...listeners,
      `gateway.grpc.proto = ${file}`,
      'gateway.route.raw.queue = raw',
      'gateway.route.raw.codec = protobuf',
      'gateway.route.divide.queue = divide',
      'gateway.route.divide.codec = json',
    ])
    const fib = await startTextWorker(node.amqpUrl, { respond: (n) => `${Number(n) * 2}` })
    const divide = service('Divide', {
      divide: (a: number, b: number) => ({ quotient: Math.trunc(a / b), remainder: a % b }),
    })
    await using _worker = await serve(divide, [amqp({ url: node.amqpUrl, queue: 'divide' })])
    const connection = await amqplib.connect(node.amqpUrl)
    const channel = await connection.createChannel()
    const bytes: Buffer[] = []
    await channel.assertQueue('raw')
    await channel.consume(
      'raw',
      (request) => {
        if (request === null) return
        bytes.push(request.content)
        const { replyTo, correlationId } = request.properties
        channel.sendToQueue(String(replyTo), Buffer.from([0x08, 0x2a]), { correlationId })
      },
      { noAck: true },
    )
    const url = `grpc://127.0.0.1:${node.port('grpc')}`
    const proto = { file, service: 'math.v1.Math' }
    await using client = connect<MathService>(url, { grpc: { proto } })
    assert.deepEqual(await client.fib({ theNumber: 21 }), { theResult: '42' })
    assert.equal(fib.requests[0]?.content.toString(), '21')
    assert.deepEqual(await client.divide({ a: 17, b: 5 }), { quotient: 3, remainder: 2 })
    assert.deepEqual(await client.raw({ theNumber: 7 }), { theResult: '42' })
    assert.deepEqual(bytes, [Buffer.from([0x08, 0x07])])
    async function* numbers(): AsyncGenerator<{ theNumber: number }> {
      yield { theNumber: 1 }
    }
    await assert.rejects(client.sum(numbers()), { code: 'UNIMPLEMENTED' })
    const trial = { gateway: 'grpc', user: 'guest', timeoutMs: 5000 }
    const tried = await node.gateways.try({ ...trial, method: 'raw', parameters: [7] })
    assert.deepEqual(tried.ok && tried.result, { theResult: '42' })
    await connection.close()
    await fib.close()
    rmSync(folder, { recursive: true })
  })
})
