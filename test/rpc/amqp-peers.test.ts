// RPC over AMQP against programs that know nothing of Warren: RabbitMQ's tutorial with pika, and
// hand-made messages in the form of NestJS.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import amqplib from 'amqplib'
import { amqp, connect, RpcError, serve, service } from '../../src/rpc/index.ts'
import { startTestBroker, type TestBroker } from './support/broker.ts'
import { examplePath, missingPython, runPython, startPython } from './support/python.ts'
import { sampleService } from './support/sample-service.ts'

const fib = (n: number): number => (n < 2 ? n : fib(n - 1) + fib(n - 2))

let broker: TestBroker

before(async () => {
  broker = await startTestBroker()
  const { hostname, port, username, password } = new URL(broker.url)
  process.env.AMQP_HOST = hostname
  process.env.AMQP_PORT = port
  process.env.AMQP_USER = username
  process.env.AMQP_PASSWORD = password
})
after(() => broker.stop())

/** Sends one message to a queue and collects replies until `enough`. */
async function exchange(
  queue: string,
  body: unknown,
  enough: (packets: Record<string, unknown>[]) => boolean,
): Promise<Record<string, unknown>[]> {
  const connection = await amqplib.connect(broker.url, { noDelay: true })
  const channel = await connection.createChannel()
  const packets: Record<string, unknown>[] = []
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(JSON.stringify(packets))), 5000)
    const collect = (message: amqplib.ConsumeMessage | null): void => {
      if (message === null) return
      packets.push(JSON.parse(message.content.toString()))
      if (!enough(packets)) return
      clearTimeout(timer)
      resolve()
    }
    channel
      .consume('amq.rabbitmq.reply-to', collect, { noAck: true })
      .then(() => {
        const replyTo = 'amq.rabbitmq.reply-to'
        const properties = { replyTo, correlationId: 'one' }
        channel.sendToQueue(queue, Buffer.from(JSON.stringify(body)), properties)
      })
      .catch(reject)
  })
  await connection.close()
  return packets
}

describe("RabbitMQ's RPC tutorial", { skip: missingPython('venv') }, () => {
  test("the tutorial's client is answered by a Warren worker", async () => {
    const worker = service('Fibonacci', { fib })
    await using _ = await serve(worker, [amqp({ url: broker.url, queue: 'rpc_queue' })])
    assert.match(await runPython(examplePath('rpc_client.py'), []), /Got 832040/)
  })

  test("a Warren client calls the tutorial's worker", async () => {
    const peer = await startPython(examplePath('rpc_server.py'), [])
    const url = `${broker.url}?queue=rpc_queue&profile=raw`
    await using client = connect<{ fib(n: number): number }>(url, { timeoutMs: 5000 })
    try {
      assert.equal(await client.fib(20), 6765)
      assert.deepEqual(
        await Promise.all([client.fib(1), client.fib(2), client.fib(10)]),
        [1, 1, 55],
      )
    } finally {
      await peer.stop()
    }
  })
})

describe('RPC over AMQP', () => {
  test('a queue that does not exist is an error at once', async () => {
    await using client = connect(`${broker.url}?queue=rpc-nobody`, { timeoutMs: 10_000 })
    const startMs = performance.now()
    await assert.rejects(client.$call('x'), { code: 'UNAVAILABLE' })
    assert.ok(performance.now() - startMs < 5000)
  })

  test('a Nest client is answered in its own form', async () => {
    const queue = `rpc-nest-${process.pid}`
    await using _ = await serve(sampleService().service, [amqp({ url: broker.url, queue })])
    const done = (packets: Record<string, unknown>[]): boolean =>
      packets.at(-1)?.isDisposed === true
    assert.deepEqual(await exchange(queue, { pattern: 'echo', data: { a: 1 }, id: 'x' }, done), [
      { response: { a: 1 }, isDisposed: true, id: 'x' },
    ])
    const [unknown] = await exchange(queue, { pattern: 'nope', data: 1, id: 'x' }, done)
    assert.equal(
      unknown?.err,
      'There is no matching message handler defined in the remote service.',
    )
    const stream = await exchange(queue, { pattern: 'count', data: 2, id: 'x' }, done)
    const values = stream.map((packet) => packet.response).filter((value) => value !== undefined)
    assert.deepEqual(values, [0, 1])
  })

  test('a body that is no request is answered with an error and dead-lettered, not run again', async () => {
    const queue = `rpc-poison-${process.pid}`
    const parked = `${queue}-parked`
    const connection = await amqplib.connect(broker.url, { noDelay: true })
    const channel = await connection.createChannel()
    await channel.assertQueue(parked, { exclusive: true })
    const queueArguments = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': parked }
    const worker = amqp({ url: broker.url, queue, queueArguments, profile: 'json' })
    await using _ = await serve(sampleService().service, [worker])
    const [answer] = await exchange(queue, ['not', 'a', 'request'], () => true)
    assert.match(JSON.stringify(answer?.error), /"code":-32602/)
    let dead: amqplib.GetMessage | false = false
    for (let tries = 0; tries < 200 && dead === false; tries++) {
      dead = await channel.get(parked, { noAck: true })
      if (dead === false) await new Promise((resolve) => setTimeout(resolve, 10))
    }
    assert.ok(dead !== false)
    await connection.close()
  })

  test('when a worker dies in the middle of a call, another one answers', async () => {
    const queue = `rpc-death-${process.pid}`
    // With a short heartbeat the client gives up soon, and does not keep the process waiting.
    const dying = await amqplib.connect(`${broker.url}?heartbeat=1`, { noDelay: true })
    dying.on('error', () => {})
    const channel = await dying.createChannel()
    await channel.assertQueue(queue, { durable: false })
    const taken = new Promise<void>((resolve) => {
      channel.consume(queue, () => resolve()).catch(() => {})
    })
    await using client = connect<{ add(a: number, b: number): number }>(
      `${broker.url}?queue=${queue}`,
      { timeoutMs: 8000 },
    )
    const answer = client.add(20, 22)
    await taken
    await using _ = await serve(sampleService().service, [amqp({ url: broker.url, queue })])
    // The connection is cut without a word, as by a crash.
    ;(dying.connection as unknown as { stream: { destroy(): void } }).stream.destroy()
    assert.equal(await answer, 42)
  })

  test('workers on one queue share its calls', async () => {
    const queue = `rpc-share-${process.pid}`
    const counts = [0, 0]
    const workers = await Promise.all(
      counts.map((_, index) => {
        const work = async (): Promise<number> => {
          counts[index] = (counts[index] ?? 0) + 1
          await new Promise((resolve) => setTimeout(resolve, 5))
          return index
        }
        const worker = amqp({ url: broker.url, queue, prefetch: 2 })
        return serve(service('Worker', { work }), [worker])
      }),
    )
    await using client = connect<{ work(): number }>(`${broker.url}?queue=${queue}`)
    await Promise.all(Array.from({ length: 40 }, () => client.work()))
    for (const worker of workers) await worker.close()
    assert.equal(counts[0]! + counts[1]!, 40)
    assert.ok(Math.min(...counts) >= 10, counts.join())
  })

  test('raw errors reach a Warren client as errors', async () => {
    const queue = `rpc-raw-${process.pid}`
    const failing = service('Failing', {
      run: (n: number) => {
        if (n > 1) throw new RpcError('OUT_OF_RANGE', 'too much')
        return n
      },
    })
    await using _ = await serve(failing, [amqp({ url: broker.url, queue })])
    await using client = connect(`${broker.url}?queue=${queue}&profile=raw`, { timeoutMs: 5000 })
    assert.equal(await client.$call('run', [1]), 1)
    await assert.rejects(client.$call('run', [2]), { code: 'OUT_OF_RANGE', message: 'too much' })
  })
})
