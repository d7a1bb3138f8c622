// The AMQP clients of the npm registry, unmodified, with what applications do through them:
// publish with confirms, consume with prefetch, acknowledge, give back, learn of returned messages
// and of errors.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { AMQPClient } from '@cloudamqp/amqp-client'
import { connect } from 'amqplib'
import { Connection, ConsumerStatus } from 'rabbitmq-client'
import { startBrokerUnderTest, type Target } from '../support/broker-under-test.ts'

const messages = 500

describe('clients for Node', () => {
  let broker: Target
  before(async () => {
    broker = await startBrokerUnderTest()
  })
  after(async () => {
    await broker?.stop()
  })

  test('amqplib: confirms, consumer, requeue, return, channel error', async () => {
    const connection = await connect(broker.url)
    const channel = await connection.createConfirmChannel()
    const { queue } = await channel.assertQueue('node-amqplib', { durable: true })
    const headers = {
      text: 'grün',
      count: 7,
      long: 2 ** 40,
      yes: true,
      list: [1, 'two'],
      deep: { a: null },
    }
    for (let i = 0; i < messages; i++)
      channel.sendToQueue(queue, Buffer.from(`${i}`), {
        persistent: true,
        headers,
        messageId: `${i}`,
      })
    await channel.waitForConfirms()
    assert.equal((await channel.checkQueue(queue)).messageCount, messages)

    const bodies: string[] = []
    const done = Promise.withResolvers<void>()
    await channel.prefetch(50)
    await channel.consume(queue, (message) => {
      if (message === null) return done.reject(new Error('cancelled'))
      // Every hundredth message is given back once, and has to come again.
      if (Number(message.content) % 100 === 0 && !message.fields.redelivered)
        return channel.nack(message)
      assert.deepEqual(message.properties.headers, headers)
      bodies.push(message.content.toString())
      channel.ack(message)
      if (bodies.length === messages) done.resolve()
    })
    await done.promise
    assert.equal(new Set(bodies).size, messages)

    const returned = new Promise<string>((resolve) =>
      channel.once('return', (message) => resolve(message.fields.routingKey)),
    )
    channel.publish('', 'nobody-has-this-queue', Buffer.from('x'), { mandatory: true })
    assert.equal(await returned, 'nobody-has-this-queue')
    await channel.waitForConfirms()

    const doomed = await connection.createChannel()
    const failed = new Promise<Error>((resolve) => doomed.once('error', resolve))
    await assert.rejects(doomed.checkQueue('nope'), /NOT_FOUND - no queue 'nope' in vhost '\/'/)
    assert.match((await failed).message, /404/)
    await channel.deleteQueue(queue)
    await connection.close()
  })

  test('@cloudamqp/amqp-client: confirms, consumer, get, exchange bindings', async () => {
    const client = new AMQPClient(broker.url)
    const connection = await client.connect()
    const channel = await connection.channel()
    await channel.confirmSelect()
    await channel.exchangeDeclare('node-source', 'topic', { autoDelete: true, durable: false })
    await channel.exchangeDeclare('node-sink', 'fanout', { autoDelete: true, durable: false })
    await channel.exchangeBind('node-sink', 'node-source', 'a.#')
    const { name: queue } = await channel.queueDeclare('', { exclusive: true, autoDelete: false })
    await channel.queueBind(queue, 'node-sink', '')
    const tags = await Promise.all(
      Array.from({ length: messages }, (_, i) =>
        channel.basicPublish('node-source', `a.${i}`, `${i}`, { timestamp: new Date(1_000_000) }),
      ),
    )
    assert.deepEqual(
      tags.toSorted((a, b) => a - b),
      Array.from({ length: messages }, (_, i) => i + 1),
    )

    const first = await channel.basicGet(queue, { noAck: false })
    assert.equal(first?.bodyString(), '0')
    assert.deepEqual(first?.properties.timestamp, new Date(1_000_000))
    await first?.nack(true)
    await channel.basicQos(20)
    let received = 0
    const done = Promise.withResolvers<void>()
    const consumer = await channel.basicConsume(queue, { noAck: false }, async (message) => {
      assert.equal(message.redelivered, message.bodyString() === '0')
      await message.ack()
      received += 1
      if (received === messages) done.resolve()
    })
    await done.promise
    await consumer.cancel()
    assert.equal((await channel.queueDeclare(queue, { passive: true })).consumerCount, 0)
    await connection.close()
  })

  test('rabbitmq-client: publisher with confirms, consumer, requeue, RPC over direct reply-to', async () => {
    const connection = new Connection(broker.url)
    const publisher = connection.createPublisher({ confirm: true })
    await connection.queueDeclare({ queue: 'node-rabbitmq-client', durable: true })
    await Promise.all(
      Array.from({ length: messages }, (_, i) =>
        publisher.send({ routingKey: 'node-rabbitmq-client', durable: true }, { number: i }),
      ),
    )
    const seen = new Set<number>()
    let givenBack = 0
    const done = Promise.withResolvers<void>()
    const consumer = connection.createConsumer(
      {
        queue: 'node-rabbitmq-client',
        queueOptions: { durable: true },
        qos: { prefetchCount: 20 },
      },
      async (message) => {
        if (message.body.number % 100 === 0 && !message.redelivered) {
          givenBack += 1
          return ConsumerStatus.REQUEUE
        }
        seen.add(message.body.number)
        if (seen.size === messages) done.resolve()
        return ConsumerStatus.ACK
      },
    )
    await done.promise
    assert.equal(givenBack, messages / 100)
    await consumer.close()

    const server = connection.createConsumer(
      { queue: 'node-rpc', queueOptions: { exclusive: true } },
      async (request, reply) => await reply(`${request.body} back`),
    )
    await new Promise((resolve) => server.once('ready', resolve))
    const client = connection.createRPCClient({ confirm: true })
    assert.equal((await client.send('node-rpc', 'there and')).body, 'there and back')
    await client.close()
    await server.close()
    await connection.queueDelete({ queue: 'node-rabbitmq-client' })
    await publisher.close()
    await connection.close()
  })
})
