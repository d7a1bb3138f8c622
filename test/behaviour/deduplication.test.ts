// Deduplication end to end: duplicates are confirmed and dropped, also after kill -9.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Options } from 'amqplib'
import { BrokerProcess } from '../support/broker-process.ts'
import { type ConfirmClient, openConfirmClient } from '../support/confirm-client.ts'

const broker = new BrokerProcess()
after(() => broker.remove())

async function restart(): Promise<ConfirmClient> {
  await broker.kill()
  await broker.start()
  return await openConfirmClient(broker.url)
}

const keyed = (key: string): Options.Publish => ({
  persistent: true,
  headers: { 'x-deduplication-header': key },
})

test('an exchange knows after kill -9 what it has let pass', async () => {
  let { channel, close } = await restart()
  await channel.assertExchange('once', 'x-message-deduplication', {
    durable: true,
    arguments: { 'x-cache-size': 1000, 'x-cache-persistence': 'disk' },
  })
  await channel.assertQueue('q', { durable: true })
  await channel.bindQueue('q', 'once', '')
  const publish = async (): Promise<void> => {
    for (let i = 0; i < 500; i += 1) channel.publish('once', '', Buffer.from(`${i}`), keyed(`${i}`))
    await channel.waitForConfirms()
  }
  await publish()
  await publish()
  assert.equal((await channel.checkQueue('q')).messageCount, 500)
  ;({ channel, close } = await restart())
  await publish()
  assert.equal((await channel.checkQueue('q')).messageCount, 500)
  channel.publish('once', '', Buffer.from('new'), keyed('new'))
  await channel.waitForConfirms()
  assert.equal((await channel.checkQueue('q')).messageCount, 501)
  await close()
})

test('a queue knows after kill -9 what is in it, and forgets what has left', async () => {
  let { channel, close } = await restart()
  await channel.assertQueue('jobs', {
    durable: true,
    arguments: { 'x-message-deduplication': true },
  })
  const send = async (key: string): Promise<void> => {
    channel.sendToQueue('jobs', Buffer.from(key), keyed(key))
    await channel.waitForConfirms()
  }
  for (const key of ['a', 'b', 'a']) await send(key)
  assert.equal((await channel.checkQueue('jobs')).messageCount, 2)
  ;({ channel, close } = await restart())
  await send('a')
  assert.equal((await channel.checkQueue('jobs')).messageCount, 2)
  const message = await channel.get('jobs')
  assert.ok(message !== false)
  assert.equal(message.content.toString(), 'a')
  channel.ack(message)
  await send('a')
  assert.equal((await channel.checkQueue('jobs')).messageCount, 2)
  await close()
})
