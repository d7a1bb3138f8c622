// What the programs of the RabbitMQ tutorial in docs and examples must do, end to end, each in a
// process of its own, whatever the language they are written in: hello world, acknowledgement,
// durable declaration, fair work, publish/subscribe three ways, RPC.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { startBrokerUnderTest, type Target } from './broker-under-test.ts'
import type { Child } from './child.ts'
import { RawClient } from './raw-client.ts'

/** The program of that name, with arguments, on that broker. */
export type Launch = (
  name: string,
  broker: Target,
  options: { readonly argument?: string; readonly workSeconds?: number },
) => Child

export interface ProgramSet {
  readonly launch: Launch
  /** Queues that the two consumers read, which need not be the one they declare. */
  readonly queues: { readonly unacknowledging: string; readonly acknowledging: string }
}

export function runSeedScenarios({ launch, queues }: ProgramSet): void {
  let broker: Target
  let admin: RawClient
  let children: Child[] = []
  const start = (name: string, options: Parameters<Launch>[2] = {}): Child => {
    const child = launch(name, broker, options)
    children.push(child)
    return child
  }

  before(async () => {
    broker = await startBrokerUnderTest()
    admin = await RawClient.channel(broker.url)
  })
  afterEach(async () => {
    await Promise.all(children.map((child) => child.kill()))
    children = []
  })
  after(async () => {
    await admin?.close()
    await broker?.stop()
  })

  test('hello world: what the producer sent lies in the queue', async () => {
    const output = await start('hello_producer').succeeds()
    assert.match(output, /^Sent Hello World!$/m)
    const message = await admin.call(1, 'basic.get', { queue: 'hello', noAck: true })
    assert.equal(message.body, 'Hello World!')
    assert.equal(message.args.messageCount, 0)
  })

  test('a consumer that dies before its ack: the message is delivered again', async () => {
    const queue = queues.unacknowledging
    await admin.call(1, 'queue.declare', { queue })
    admin.publish(1, { routingKey: queue }, 'precious')
    const first = start('hello_consumer')
    await first.says(received('precious'))
    assert.deepEqual(await counts(admin, queue), { messages: 0, consumers: 1 })
    await first.kill()
    await until(async () => (await counts(admin, queue)).messages === 1)
    const again = await admin.call(1, 'basic.get', { queue })
    assert.equal(again.args.redelivered, true)
    admin.send(1, 'basic.ack', { deliveryTag: again.args.deliveryTag })
  })

  test('a consumer that acknowledges: the message is gone for good', async () => {
    const queue = queues.acknowledging
    await admin.call(1, 'queue.declare', { queue })
    const consumer = start('ack_consumer')
    // When it shows the second message, it has acknowledged the first.
    for (const body of ['worked on', 'the next']) {
      admin.publish(1, { routingKey: queue }, body)
      await consumer.says(received(body))
    }
    await consumer.kill()
    await until(async () => (await counts(admin, queue)).consumers === 0)
    const left = await admin.call(1, 'basic.get', { queue, noAck: true })
    assert.notEqual(left.body, 'worked on')
    await admin.call(1, 'queue.purge', { queue })
  })

  test('durable queue with persistent messages', async () => {
    await start('durable_producer').succeeds()
    assert.deepEqual(await counts(admin, 'Two'), { messages: 3, consumers: 0 })
    const message = await admin.call(1, 'basic.get', { queue: 'Two' })
    assert.equal(message.properties?.deliveryMode, 2)
    admin.send(1, 'basic.reject', { deliveryTag: message.args.deliveryTag, requeue: true })
    const consumer = start('durable_consumer')
    await consumer.says(new RegExp(`(${received('Two').source}[\\s\\S]*){3}`))
    await redeclaredAsTransient(broker)
  })

  test('round robin: three consumers get two of six messages each', async () => {
    const queue = queues.acknowledging
    await admin.call(1, 'queue.declare', { queue })
    const consumers = [1, 2, 3].map(() => start('ack_consumer'))
    await until(async () => (await counts(admin, queue)).consumers === 3)
    for (let i = 1; i <= 6; i++) admin.publish(1, { routingKey: queue }, `task ${i}`)
    await until(async () => consumers.flatMap(receivedBy).length === 6)
    assert.deepEqual(
      consumers.map((consumer) => receivedBy(consumer).length),
      [2, 2, 2],
    )
  })

  test('prefetch 1: while one worker is slow, the idle one gets the work', async () => {
    const slow = start('slow_worker', { workSeconds: 50 })
    await slowWorkerWaits(1)
    admin.publish(1, { routingKey: 'lqz' }, 'task 1')
    await until(async () => (await counts(admin, 'lqz')).messages === 0)
    const quick = start('slow_worker', { workSeconds: 0 })
    await slowWorkerWaits(2)
    for (let i = 2; i <= 6; i++) admin.publish(1, { routingKey: 'lqz' }, `task ${i}`)
    await quick.says(received('task 6'))
    assert.deepEqual(receivedBy(quick), ['task 2', 'task 3', 'task 4', 'task 5', 'task 6'])
    assert.deepEqual(receivedBy(slow), [])
    await slow.kill()
    await quick.says(received('task 1'))
  })

  async function slowWorkerWaits(workers: number): Promise<void> {
    await admin.call(1, 'queue.declare', { queue: 'lqz' })
    await until(async () => (await counts(admin, 'lqz')).consumers === workers)
  }

  test('fanout: every subscriber has its own queue and gets every message', async () => {
    const subscribers = [start('fanout_subscriber'), start('fanout_subscriber')]
    const names = await Promise.all(subscribers.map(queueOf))
    assert.notEqual(names[0], names[1])
    assert.match(await start('fanout_publisher').succeeds(), /\[x\] Sent/)
    for (const subscriber of subscribers) await subscriber.says(/\[x\] b?'/)
    const locked = await refusal(broker, names[0] ?? '')
    assert.equal(locked, 405, 'the queue is exclusive to its connection')
    await subscribers[0]?.kill()
    await until(async () => (await refusal(broker, names[0] ?? '')) === 404)
  })

  test('direct: a message goes to the subscribers of its routing key', async () => {
    const one = start('direct_subscriber_one')
    const two = start('direct_subscriber_two')
    await Promise.all([queueOf(one), queueOf(two)])
    await start('direct_publisher', { argument: 'bnb' }).succeeds()
    await start('direct_publisher', { argument: 'nb' }).succeeds()
    await one.says(/\[x\] b?'info/)
    await two.says(/\[x\] b?'info[\s\S]*\[x\] b?'info/)
    assert.equal(receivedBy(one).length, 1)
  })

  test('topic: * is one word, # is any number of words', async () => {
    const star = start('topic_subscriber_star')
    const hash = start('topic_subscriber_hash')
    await Promise.all([queueOf(star), queueOf(hash)])
    await start('topic_publisher', { argument: 'lqz.dd.xxx' }).succeeds()
    await start('topic_publisher', { argument: 'lqz.dd' }).succeeds()
    await star.says(/\[x\] b?'info/)
    await hash.says(/\[x\] b?'info[\s\S]*\[x\] b?'info/)
    assert.equal(receivedBy(star).length, 1)
  })

  test('RPC: fib(30) comes back to the caller', async () => {
    const server = start('rpc_server')
    await server.says(/Awaiting RPC requests/)
    const output = await start('rpc_client').succeeds()
    assert.match(output, /\[\.\] Got 832040/)
    assert.match(server.output, /\[\.\] fib\(30\)/)
  })
}

const received = (body: string): RegExp => new RegExp(`\\[x\\] Received b?'${body}'`)

function receivedBy(child: Child): string[] {
  return [...child.output.matchAll(/\[x\] (?:Received )?b?'(.*)'/g)].map((match) => match[1] ?? '')
}

/** A subscriber says the name of its queue and, once that is bound, that it waits. */
async function queueOf(subscriber: Child): Promise<string> {
  const said = await subscriber.says(/^(amq\.gen-[\w-]{22})$[\s\S]*Waiting for logs/m)
  return said[1] ?? ''
}

async function counts(
  admin: RawClient,
  queue: string,
): Promise<{ messages: unknown; consumers: unknown }> {
  admin.send(1, 'queue.declare', { queue, passive: true })
  const { args } = await admin.expect('queue.declare-ok')
  return { messages: args.messageCount, consumers: args.consumerCount }
}

/** The code with which a stranger's look at the queue is refused. */
async function refusal(broker: Target, queue: string): Promise<unknown> {
  const stranger = await RawClient.channel(broker.url)
  const said = await stranger.call(1, 'queue.declare', { queue, passive: true })
  stranger.destroy()
  return said.args.replyCode
}

async function redeclaredAsTransient(broker: Target): Promise<void> {
  const stranger = await RawClient.channel(broker.url)
  const said = await stranger.call(1, 'queue.declare', { queue: 'Two' })
  assert.equal(
    said.args.replyText,
    "PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'Two' in vhost '/': received 'false' but current is 'true'",
  )
  stranger.destroy()
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`never came true: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** The environment variables that the examples read. */
export function addressOf(broker: Target): Record<string, string> {
  const { hostname, port } = new URL(broker.url)
  return { AMQP_HOST: hostname, AMQP_PORT: port, AMQP_USER: 'admin', AMQP_PASSWORD: '123456' }
}
