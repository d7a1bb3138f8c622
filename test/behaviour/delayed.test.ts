// Delayed messages end to end: with a client that knows nothing of it, across kill -9, and over HTTP.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { ConfirmChannel } from 'amqplib'
import { Broker } from '../../src/embedded.ts'
import { TestClient } from '../management/api-client.ts'
import { BrokerProcess } from '../support/broker-process.ts'
import { openConfirmClient } from '../support/confirm-client.ts'

interface Arrival {
  readonly text: string
  readonly dueMs: number
  readonly atMs: number
  readonly delay: unknown
}

/** Consumes until so many have come. */
function arrivals(channel: ConfirmChannel, queue: string, count: number): Promise<Arrival[]> {
  return new Promise((resolve) => {
    const all: Arrival[] = []
    const seen = new Set<string>()
    void channel.consume(queue, (message) => {
      if (message === null) return
      channel.ack(message)
      const text = message.content.toString()
      // One that was handed over just before a kill may come twice.
      if (seen.has(text)) return
      seen.add(text)
      all.push({
        text,
        dueMs: Number(message.properties.messageId),
        atMs: Date.now(),
        delay: message.properties.headers?.['x-delay'],
      })
      if (all.length === count) resolve(all)
    })
  })
}

function publish(channel: ConfirmChannel, text: string, delayMs: number): void {
  channel.publish('later', 'k', Buffer.from(text), {
    persistent: true,
    messageId: String(Date.now() + delayMs),
    headers: { 'x-delay': delayMs },
  })
}

async function declare(channel: ConfirmChannel): Promise<void> {
  await channel.assertExchange('later', 'x-delayed-message', {
    durable: true,
    arguments: { 'x-delayed-type': 'direct' },
  })
  await channel.assertQueue('out', { durable: true })
  await channel.bindQueue('out', 'later', 'k')
}

describe('kill -9 and restart', () => {
  const broker = new BrokerProcess()
  after(() => broker.remove())

  test('what was confirmed comes when it is due, also what came due meanwhile', async () => {
    await broker.start()
    const { channel: first } = await openConfirmClient(broker.url)
    await declare(first)
    publish(first, 'meanwhile', 1)
    publish(first, 'later', 4000)
    publish(first, 'soon', 2000)
    for (let i = 0; i < 2000; i += 1) publish(first, `${i}`, 2500 + (i % 500))
    await first.waitForConfirms()
    await broker.kill()
    await broker.start()
    const { channel: second, close } = await openConfirmClient(broker.url)
    const all = await arrivals(second, 'out', 2003)
    // When a later message is confirmed, those that were due are safe in their queue, and gone from
    // the store 50 ms later. Before that they would come once more: better twice than not at all.
    await second.assertQueue('other')
    second.sendToQueue('other', Buffer.from('last'), { persistent: true })
    await second.waitForConfirms()
    await new Promise((resolve) => setTimeout(resolve, 300))
    await close()
    for (const { text, dueMs, atMs, delay } of all) {
      assert.ok(atMs >= dueMs, `${text} came ${dueMs - atMs} ms early`)
      assert.ok(Number(delay) < 0)
    }
    assert.equal(all[0]?.text, 'meanwhile')
    assert.equal(all.at(-1)?.text, 'later')
    assert.equal(all[1]?.text, 'soon')
  })

  test('what was delivered does not come again after the next kill', async () => {
    await broker.kill()
    await broker.start()
    const { channel, close } = await openConfirmClient(broker.url)
    publish(channel, 'only', 1)
    const all = await arrivals(channel, 'out', 1)
    assert.equal(all[0]?.text, 'only')
    assert.equal((await channel.checkQueue('out')).messageCount, 0)
    await close()
  })

  test('an exchange that is gone when its messages are due does no harm', async () => {
    const { channel, close } = await openConfirmClient(broker.url)
    publish(channel, 'nowhere', 2000)
    await channel.waitForConfirms()
    await channel.deleteExchange('later')
    await new Promise((resolve) => setTimeout(resolve, 2200))
    assert.equal((await channel.checkQueue('out')).messageCount, 0)
    await close()
  })
})

describe('over the HTTP API', () => {
  interface Page {
    readonly items: readonly { readonly id: number; readonly routing_key: string }[]
    readonly filtered_count: number
    readonly page_count: number
  }

  test('delayed messages are listed by page and cancelled, one or all', async () => {
    const broker = await Broker.start({ managementPort: 0 })
    const api = new TestClient(broker.managementUrl!.replace('://', '://guest:guest@'))
    const page = async (path: string): Promise<Page> => (await api.get(path)).body as Page
    try {
      const { channel, close } = await openConfirmClient(broker.url)
      await declare(channel)
      await channel.assertQueue('jobs', { arguments: { 'x-delayed-message': true } })
      for (let i = 0; i < 25; i += 1) publish(channel, `${i}`, 60_000 + i)
      channel.sendToQueue('jobs', Buffer.from('job'), { headers: { 'x-delay': 60_000 } })
      await channel.waitForConfirms()
      const second = await page('/delayed/%2F/exchanges/later?page=2&page_size=10')
      assert.equal(second.items.length, 10)
      assert.equal(second.filtered_count, 25)
      assert.equal(second.page_count, 3)
      assert.equal((await page('/delayed/%2F')).items.length, 26)
      const { id } = second.items[0]!
      assert.equal((await api.delete(`/delayed/%2F/${id}`)).status, 204)
      assert.equal((await api.delete(`/delayed/%2F/${id}`)).status, 404)
      assert.equal((await api.delete('/delayed/%2F/nonsense')).status, 404)
      assert.equal((await api.get('/delayed/none')).status, 404)
      assert.equal((await api.get('/delayed/%2F?page=0')).status, 400)
      const cancelled = await api.delete('/delayed/%2F/exchanges/later')
      assert.deepEqual(cancelled.body, { cancelled: 24 })
      const left = await page('/delayed/%2F')
      assert.deepEqual(
        left.items.map(({ routing_key: key }) => key),
        ['jobs'],
      )
      assert.deepEqual((await api.delete('/delayed/%2F/queues/jobs')).body, { cancelled: 1 })
      await close()
    } finally {
      await broker.stop()
    }
  })
})
