// The acknowledgement timeout: a queue that asks for it takes its messages back from a consumer that
// sits on them. The consumer is cancelled; its channel, and even a late acknowledgement, live on.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import amqplib, { type ChannelModel } from 'amqplib'
import { Broker } from '../../src/index.ts'

describe('consumer timeout', () => {
  let broker: Broker
  let connection: ChannelModel

  before(async () => {
    broker = await Broker.start({ port: 0 })
    connection = await amqplib.connect(broker.url)
  })
  after(async () => {
    await connection.close()
    await broker.stop()
  })

  test('the consumer is cancelled, the message goes to another, the channel lives', async () => {
    const channel = await connection.createChannel()
    channel.on('error', (error) => assert.fail(String(error)))
    await channel.assertQueue('impatient', { arguments: { 'x-consumer-timeout': 500 } })
    const cancelled = Promise.withResolvers<void>()
    const tags: number[] = []
    await channel.consume('impatient', (message) => {
      if (message === null) cancelled.resolve()
      else tags.push(message.fields.deliveryTag)
    })
    channel.sendToQueue('impatient', Buffer.from('precious'))
    await cancelled.promise
    const second = await connection.createChannel()
    const message = await second.get('impatient')
    assert.ok(message !== false)
    assert.equal(message.content.toString(), 'precious')
    assert.equal(message.fields.redelivered, true)
    assert.equal(tags.length, 1)
    channel.ack({ fields: { deliveryTag: tags[0]! } } as amqplib.Message)
    // Answered only if the late acknowledgement has done no harm.
    assert.equal((await channel.checkQueue('impatient')).messageCount, 0)
    second.nack(message)
    assert.equal((await second.checkQueue('impatient')).messageCount, 1)
  })

  test('without the argument a consumer may take its time', async () => {
    const channel = await connection.createChannel()
    await channel.assertQueue('patient')
    let cancelled = false
    await channel.consume('patient', (message) => {
      cancelled ||= message === null
    })
    channel.sendToQueue('patient', Buffer.from('slow'))
    await new Promise((resolve) => setTimeout(resolve, 2500))
    assert.equal(cancelled, false)
    assert.equal((await channel.checkQueue('patient')).consumerCount, 1)
  })
})
