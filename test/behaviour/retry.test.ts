// Retry with back-off end to end: when a message that was rejected comes again, and what a crash does.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { ConsumeMessage } from 'amqplib'
import { BrokerProcess } from '../support/broker-process.ts'
import { openConfirmClient } from '../support/confirm-client.ts'

const broker = new BrokerProcess()
after(() => broker.remove())

for (const type of ['classic', 'quorum']) {
  test(`a ${type} queue retries with growing delays, then dead-letters`, async () => {
    await broker.kill()
    await broker.start()
    const { channel, close } = await openConfirmClient(broker.url)
    await channel.assertQueue('dead')
    await channel.assertQueue(type, {
      durable: true,
      arguments: {
        'x-queue-type': type,
        'x-delayed-retry-type': 'all',
        'x-delayed-retry-min': 50,
        'x-delayed-retry-multiplier': 2,
        'x-delivery-limit': 3,
        'x-dead-letter-exchange': '',
        'x-dead-letter-routing-key': 'dead',
      },
    })
    const came: { atMs: number; attempts: unknown }[] = []
    const dead = new Promise<ConsumeMessage>((resolve) => {
      void channel.consume('dead', (message) => message !== null && resolve(message), {
        noAck: true,
      })
    })
    await channel.consume(type, (message) => {
      if (message === null) return
      const attempts = message.properties.headers?.['x-delivery-count'] ?? 0
      came.push({ atMs: performance.now(), attempts })
      channel.reject(message, true)
    })
    channel.sendToQueue(type, Buffer.from('m'), { persistent: true })
    const buried = await dead
    assert.deepEqual(
      came.map(({ attempts }) => attempts),
      [0, 1, 2, 3],
    )
    const gaps = came.slice(1).map(({ atMs }, i) => atMs - came[i]!.atMs)
    // Never early; a busy machine may make it late. Node's clock for timers counts whole milliseconds.
    assert.ok(
      gaps.every((gap, i) => gap >= 50 * 2 ** i - 2),
      String(gaps),
    )
    const [death] = buried.properties.headers?.['x-death'] ?? []
    assert.equal(death?.reason, 'delivery_limit')
    await close()
  })
}

test('a crash forgets the delay, not the message', async () => {
  await broker.kill()
  await broker.start()
  const { channel } = await openConfirmClient(broker.url)
  await channel.assertQueue('slow', {
    durable: true,
    arguments: { 'x-delayed-retry-min': 600_000 },
  })
  channel.sendToQueue('slow', Buffer.from('m'), { persistent: true })
  await channel.waitForConfirms()
  const message = await channel.get('slow')
  assert.ok(message !== false)
  channel.nack(message, false, true)
  assert.equal(await channel.get('slow'), false)
  await broker.kill()
  await broker.start()
  const second = await openConfirmClient(broker.url)
  const again = await second.channel.get('slow')
  assert.ok(again !== false)
  assert.equal(again.content.toString(), 'm')
  assert.equal(again.fields.redelivered, true)
  await second.close()
})
