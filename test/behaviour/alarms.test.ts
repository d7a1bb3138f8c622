// Alarms: publishers are told that they have to wait and later that they may go on, and what they
// published meanwhile is not lost; consumers go on all the time.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import amqplib, { type ChannelModel } from 'amqplib'
import { Broker } from '../../src/index.ts'

describe('alarms', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'warren-alarms-'))
  let broker: Broker
  let publishing: ChannelModel
  let consuming: ChannelModel

  const limit = async (key: string, value: string): Promise<void> => {
    const response = await fetch(`${broker.managementUrl}/api/config/effective/${key}`, {
      method: 'PUT',
      headers: {
        authorization: `Basic ${Buffer.from('guest:guest').toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ value }),
    })
    assert.equal(response.status, 204, await response.text())
  }

  before(async () => {
    broker = await Broker.start({ port: 0, managementPort: 0, dataDirectory: dataDir })
    publishing = await amqplib.connect(broker.url)
    consuming = await amqplib.connect(broker.url)
  })
  after(async () => {
    await publishing.close()
    await consuming.close()
    await broker.stop()
    rmSync(dataDir, { recursive: true, force: true })
  })

  for (const [what, key, tight, wide, reason] of [
    ['memory', 'vm_memory_high_watermark.absolute', '1', '1TB', 'low on memory'],
    ['disk', 'disk_free_limit.absolute', '900TB', '1', 'low on disk'],
  ] as const) {
    test(`${what}: a publisher is blocked and unblocked, a consumer is not`, async () => {
      const channel = await publishing.createConfirmChannel()
      const reader = await consuming.createChannel()
      await channel.assertQueue(what)
      await limit(key, tight)
      const blocked = once(publishing, 'blocked')
      channel.sendToQueue(what, Buffer.from('first'))
      assert.equal(String((await blocked)[0]), reason)
      channel.sendToQueue(what, Buffer.from('second'))
      assert.equal((await reader.checkQueue(what)).messageCount <= 1, true)
      const unblocked = once(publishing, 'unblocked')
      await limit(key, wide)
      await unblocked
      await channel.waitForConfirms()
      assert.equal((await reader.checkQueue(what)).messageCount, 2)
    })
  }
})
