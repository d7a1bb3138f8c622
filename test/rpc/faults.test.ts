// What callers are told when something dies or falls behind: a worker or the broker killed in the
// middle of a call, a worker that is too slow for its queue, a caller that vanishes.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectSocket, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Broker } from '../../src/index.ts'
import { amqp, connect, serve, service } from '../../src/rpc/index.ts'
import { BrokerProcess } from '../support/broker-process.ts'
import { Child } from '../support/child.ts'
import { type Sample, sampleService } from './support/sample-service.ts'

async function eventually(check: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 1200; tries++) {
    if (await check()) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  assert.fail(`did not happen: ${what}`)
}

interface Worker {
  work(): string
}

async function startWorker(url: string, queue: string, name: string): Promise<Child> {
  const script = join(import.meta.dirname, 'support', 'worker-child.ts')
  const child = new Child(process.execPath, [script, url, queue, name])
  await child.says(/ready/)
  return child
}

describe('a worker that is killed in the middle of a call', () => {
  let broker: Broker
  before(async () => {
    broker = await Broker.start()
  })
  after(() => broker.stop())

  test('leaves the call to another one', async () => {
    const victim = await startWorker(broker.url, 'taken-over', 'victim')
    await using client = connect<Worker>(`${broker.url}?queue=taken-over`)
    const answer = client.work()
    await victim.says(/begun/)
    await victim.kill('SIGKILL')
    const survivor = await startWorker(broker.url, 'taken-over', 'survivor')
    assert.equal(await answer, 'survivor')
    await survivor.kill()
  })

  test('is an error by the deadline when there is no other one', async () => {
    const victim = await startWorker(broker.url, 'abandoned', 'victim')
    await using client = connect<Worker>(`${broker.url}?queue=abandoned`, { timeoutMs: 3000 })
    const answer = assert.rejects(client.work(), {
      code: 'DEADLINE_EXCEEDED',
      message: 'no answer to work by the deadline',
    })
    await victim.says(/begun/)
    await victim.kill('SIGKILL')
    await answer
    // Nobody begins what nobody waits for any more.
    let begun = 0
    const late = service('Late', {
      work: () => {
        begun += 1
      },
      ping: () => 'pong',
    })
    await using _ = await serve(late, [amqp({ url: broker.url, queue: 'abandoned' })])
    assert.equal(await client.$call('ping'), 'pong')
    assert.equal(begun, 0)
  })
})

test('a broker that is killed in the middle of a call is told at once, and found again', async () => {
  const broker = new BrokerProcess()
  await broker.start()
  const { url } = broker
  const { service: sample, state } = sampleService()
  await using _ = await serve(sample, [amqp({ url, queue: 'killed' })])
  await using client = connect<Sample>(`${url}?queue=killed`, { timeoutMs: 60_000 })
  const outcome = assert.rejects(client.sleep(600_000), { code: 'UNAVAILABLE' })
  await eventually(() => state.running === 1, 'the call runs')
  const { port } = broker
  await broker.kill()
  await outcome
  await eventually(() => state.aborted === 'CANCELLED', 'the worker gives up')
  await broker.start('--port', String(port))
  const sum = (): Promise<number> => client.add(20, 22).catch(() => 0)
  await eventually(async () => (await sum()) === 42, 'an answer')
  await client.$close()
  await broker.remove()
})

describe('a worker that is slower than its callers', () => {
  test('leaves a full queue, and its callers are told so at once', async () => {
    const broker = await Broker.start()
    let release: () => void = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    let begun = 0
    const slow = service('Slow', {
      work: async () => {
        begun += 1
        await released
        return 'done'
      },
    })
    const queueArguments = { 'x-max-length': 5, 'x-overflow': 'reject-publish' }
    const transport = amqp({ url: broker.url, queue: 'full', prefetch: 2, queueArguments })
    await using worker = await serve(slow, [transport])
    await using client = connect<Worker>(worker.url('amqp'), { timeoutMs: 20_000 })
    const calls = Array.from({ length: 20 }, () => client.work())
    const early = calls.map((call) => call.catch((reason: { code: string }) => reason.code))
    // Two run and five wait; the other thirteen hear it without waiting for anybody.
    const refused = (await Promise.all(early.slice(7))).filter((it) => it === 'RESOURCE_EXHAUSTED')
    assert.equal(refused.length, 13)
    assert.equal(begun, 2)
    release()
    assert.deepEqual(
      await Promise.all(early.slice(0, 7)),
      Array.from({ length: 7 }, () => 'done'),
    )
    await client.$close()
    await worker.close()
    await broker.stop()
  })
})

/** Lets a test cut a connection without a word, as a crash of the other machine does. */
async function cuttable(target: number): Promise<{ port: number; cut(): void }> {
  const sockets = new Set<Socket>()
  const proxy = createServer((near) => {
    const far = connectSocket(target, '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
    }
    near.pipe(far).pipe(near)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const address = proxy.address()
  assert.ok(address !== null && typeof address === 'object')
  return {
    port: address.port,
    cut: () => {
      proxy.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

test('a stream over AMQP ends when its caller is gone', async () => {
  const broker = await Broker.start()
  const { service: sample } = sampleService()
  const transport = amqp({ url: broker.url, queue: 'stream', callerCheckMs: 50 })
  await using worker = await serve(sample, [transport])
  const way = await cuttable(broker.port)
  const url = worker.url('amqp').replace(`:${broker.port}`, `:${way.port}`)
  const client = connect<Sample>(url, { timeoutMs: 0 })
  const items = (await client.endless())[Symbol.asyncIterator]()
  await items.next()
  // A reader that only takes its time is not gone.
  await new Promise((resolve) => setTimeout(resolve, 300))
  assert.equal(worker.activeCount, 1)
  way.cut()
  await eventually(() => worker.activeCount === 0, 'the stream has ended')
  await client.$close()
  await worker.close()
  await broker.stop()
})
