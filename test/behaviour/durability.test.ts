// Durable queues and persistent messages across the death of the broker: what the tutorial's section
// on durability promises, with kill -9 in place of a restart.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import amqplib, { type ConfirmChannel } from 'amqplib'
import { BrokerProcess } from '../support/broker-process.ts'

const broker = new BrokerProcess()

async function onChannel<T>(work: (channel: ConfirmChannel) => Promise<T>): Promise<T> {
  const connection = await amqplib.connect(broker.url)
  // The end of the broker is the test's own doing.
  connection.on('error', () => {})
  const channel = await connection.createConfirmChannel()
  channel.on('error', () => {})
  try {
    return await work(channel)
  } finally {
    await connection.close().catch(() => {})
  }
}

async function takeAll(queue: string): Promise<{ text: string; redelivered: boolean }[]> {
  return await onChannel(async (channel) => {
    const all: { text: string; redelivered: boolean }[] = []
    for (;;) {
      const message = await channel.get(queue, { noAck: true })
      if (message === false) return all
      all.push({ text: message.content.toString(), redelivered: message.fields.redelivered })
    }
  })
}

describe('kill -9 and restart', () => {
  after(() => broker.remove())

  test('a durable queue keeps its persistent messages and loses the others', async () => {
    await broker.start()
    await onChannel(async (channel) => {
      await channel.assertQueue('Two', { durable: true })
      await channel.assertQueue('passing', { durable: false })
      for (let i = 0; i < 3; i += 1) {
        channel.sendToQueue('Two', Buffer.from(`Two ${i}`), { persistent: true })
        channel.sendToQueue('Two', Buffer.from(`gone ${i}`), { persistent: false })
        channel.sendToQueue('passing', Buffer.from('gone'), { persistent: true })
      }
      await channel.waitForConfirms()
    })
    await broker.kill()
    await broker.start()
    const texts = (await takeAll('Two')).map(({ text }) => text)
    assert.deepEqual(texts, ['Two 0', 'Two 1', 'Two 2'])
    await assert.rejects(
      onChannel((channel) => channel.checkQueue('passing')),
      /NOT_FOUND - no queue 'passing' in vhost '\/'/,
    )
  })

  test('topology, acknowledgements and redelivered survive', async () => {
    await onChannel(async (channel) => {
      await channel.assertExchange('orders', 'topic', { durable: true })
      await channel.assertQueue('orders', { durable: true })
      await channel.bindQueue('orders', 'orders', 'order.#')
      for (let i = 0; i < 10; i += 1) {
        channel.publish('orders', `order.${i}`, Buffer.from(String(i)), { persistent: true })
      }
      await channel.waitForConfirms()
      // Two are acknowledged, two only delivered.
      for (let i = 0; i < 4; i += 1) {
        const message = await channel.get('orders')
        assert.ok(message !== false)
        if (i < 2) channel.ack(message)
      }
      await channel.checkQueue('orders')
    })
    await broker.kill()
    await broker.start()
    const left = await takeAll('orders')
    assert.deepEqual(
      left.map(({ text }) => text),
      ['2', '3', '4', '5', '6', '7', '8', '9'],
    )
    assert.deepEqual(
      left.map(({ redelivered }) => redelivered),
      [true, true, false, false, false, false, false, false],
    )
    await onChannel(async (channel) => {
      channel.publish('orders', 'order.new', Buffer.from('new'), { persistent: true })
      await channel.waitForConfirms()
      assert.equal((await channel.checkQueue('orders')).messageCount, 1)
    })
  })

  test('a clean stop loses nothing and brings nothing back', async () => {
    await broker.stop()
    await broker.start()
    assert.deepEqual(
      (await takeAll('orders')).map(({ text }) => text),
      ['new'],
    )
    await broker.stop()
    await broker.start()
    assert.deepEqual(await takeAll('orders'), [])
  })

  test('a second broker on the same data directory is refused in one line', async () => {
    const second = new BrokerProcess()
    try {
      await assert.rejects(
        second.start('--data-dir', broker.directory),
        /data directory .* is in use by process \d+/,
      )
    } finally {
      await second.remove()
    }
  })
})
