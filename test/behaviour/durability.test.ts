// Durable queues and persistent messages across the death of the broker: what the tutorial's section
// on durability promises, with kill -9 in place of a restart.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import amqplib, { type ConfirmChannel } from 'amqplib'
import { BrokerProcess } from '../support/broker-process.ts'
import { Child } from '../support/child.ts'

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

/** Flips a bit of a body where it lies in the log. */
function damage(directory: string, body: string): void {
  for (const name of readdirSync(directory)) {
    const file = join(directory, name)
    const bytes = readFileSync(file)
    const at = bytes.indexOf(body)
    if (at < 0) continue
    bytes[at] = bytes[at]! ^ 1
    writeFileSync(file, bytes)
    return
  }
  assert.fail(`${body} is nowhere in ${directory}`)
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

  test('a damaged record is reported and the rest of the queue stays', async () => {
    await onChannel(async (channel) => {
      await channel.assertQueue('fragile', { durable: true })
      for (let i = 0; i < 5; i += 1) {
        channel.sendToQueue('fragile', Buffer.from(`fragile ${i}`), { persistent: true })
        // Not all in the last frame, which recovery would take for one that never was complete.
        await channel.waitForConfirms()
      }
    })
    await broker.kill()
    damage(join(broker.directory, 'log'), 'fragile 2')
    await broker.start('--management-port', '0')
    assert.deepEqual(
      (await takeAll('fragile')).map(({ text }) => text),
      ['fragile 0', 'fragile 1', 'fragile 3', 'fragile 4'],
    )
    const warrenctl = join(import.meta.dirname, '..', '..', 'src', 'cli', 'warrenctl.ts')
    const status = new Child(process.execPath, [
      warrenctl,
      'status',
      '--data-dir',
      broker.directory,
    ])
    const text = await status.succeeds()
    assert.match(text, /Damaged records: 1/)
    assert.match(text, /at \d+, \d+ bytes: /)
    await broker.stop()
    await broker.start()
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
