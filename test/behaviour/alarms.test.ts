// Alarms: publishers are told that they have to wait and later that they may go on, and what they
// published meanwhile is not lost; consumers go on all the time.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import amqplib, { type ChannelModel } from 'amqplib'
import { Broker } from '../../src/index.ts'

describe('alarms', () => {
  let broker: Broker
  let publishing: ChannelModel
  let consuming: ChannelModel

  const limitMemory = async (value: string): Promise<void> => {
    const response = await fetch(
      `${broker.managementUrl}/api/config/effective/vm_memory_high_watermark.absolute`,
      {
        method: 'PUT',
        headers: {
          authorization: `Basic ${Buffer.from('guest:guest').toString('base64')}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ value }),
      },
    )
    assert.equal(response.status, 204, await response.text())
  }

  before(async () => {
    broker = await Broker.start({ port: 0, managementPort: 0 })
    publishing = await amqplib.connect(broker.url)
    consuming = await amqplib.connect(broker.url)
  })
  after(async () => {
    await publishing.close()
    await consuming.close()
    await broker.stop()
  })

  test('a publisher is blocked and unblocked, a consumer is not', async () => {
    const channel = await publishing.createConfirmChannel()
    const reader = await consuming.createChannel()
    await channel.assertQueue('alarming')
    await limitMemory('1')
    const blocked = once(publishing, 'blocked')
    channel.sendToQueue('alarming', Buffer.from('first'))
    assert.equal(String((await blocked)[0]), 'low on memory')
    channel.sendToQueue('alarming', Buffer.from('second'))
    assert.equal((await reader.checkQueue('alarming')).messageCount <= 1, true)
    const unblocked = once(publishing, 'unblocked')
    await limitMemory('1TB')
    await unblocked
    await channel.waitForConfirms()
    assert.equal((await reader.checkQueue('alarming')).messageCount, 2)
  })
})
