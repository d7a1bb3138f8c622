// A policy that ends most of a long queue at once: the broker serves others meanwhile, and each of
// the messages is where the policy says in the end.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import amqplib from 'amqplib'
import { Broker } from '../../src/index.ts'
import { TestClient } from '../management/api-client.ts'

const count = 20_000

test('a length for a long queue holds nobody up and loses nothing', async () => {
  const broker = await Broker.start({ managementPort: 0 })
  const api = new TestClient(broker.managementUrl!.replace('http://', 'http://guest:guest@'))
  const client = await amqplib.connect(broker.url)
  const channel = await client.createConfirmChannel()
  for (const queue of ['long', 'dead', 'other']) await channel.assertQueue(queue)
  for (let i = 0; i < count; i += 1) {
    channel.sendToQueue('long', Buffer.from(`${i}`))
    if (i % 5000 === 0) await channel.waitForConfirms()
  }
  await channel.waitForConfirms()

  const answer = await api.put('/policies/%2F/short', {
    pattern: '^long$',
    'apply-to': 'queues',
    definition: {
      'max-length': 10,
      'dead-letter-exchange': '',
      'dead-letter-routing-key': 'dead',
    },
  })
  assert.equal(answer.status, 201)
  let servedMeanwhile = 0
  for (let left = count; left > 10; ) {
    channel.sendToQueue('other', Buffer.from('x'))
    await channel.waitForConfirms()
    assert.notEqual(await channel.get('other', { noAck: true }), false)
    left = (await channel.checkQueue('long')).messageCount
    if (left > 10) servedMeanwhile += 1
  }
  assert.ok(servedMeanwhile >= 3, `${servedMeanwhile} were served meanwhile`)
  assert.equal((await channel.checkQueue('dead')).messageCount, count - 10)
  let next = 0
  await new Promise<void>((resolve) => {
    void channel.consume(
      'dead',
      (message) => {
        assert.equal(message?.content.toString(), `${next}`)
        next += 1
        if (next === count - 10) resolve()
      },
      { noAck: true },
    )
  })
  const first = await channel.get('long', { noAck: true })
  assert.equal(first === false ? first : first.content.toString(), `${count - 10}`)
  await client.close()
  await broker.stop()
})
