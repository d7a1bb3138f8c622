// A broker that is short of memory: who publishes is blocked and told so, who only consumes is not.
// The same tests run against Warren and against RabbitMQ.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { onEachBroker } from '../support/broker-under-test.ts'
import { makeQueue, nothingMore } from '../support/dialogue.ts'
import { RawClient, usualCapabilities } from '../support/raw-client.ts'

/** Nothing runs in that: the alarm is there from the start. */
const configuration = ['vm_memory_high_watermark.absolute = 1000']

onEachBroker({ configuration }, (target) => {
  describe('memory alarm', { concurrency: true }, () => {
    test('a publisher is told at its first publish, and no confirm comes', async () => {
      const client = await RawClient.channel(target().url)
      const queue = await makeQueue(client)
      await client.call(1, 'confirm.select')
      await nothingMore(client)
      client.publish(1, { routingKey: queue }, 'first')
      const said = [await client.next()]
      // The publish that was read before the block may still be confirmed.
      if (said[0]?.name === 'basic.ack') said.push(await client.next())
      const blocked = said.at(-1)
      assert.equal(blocked?.name, 'connection.blocked')
      assert.deepEqual(blocked?.args, { reason: 'low on memory' })
      client.publish(1, { routingKey: queue }, 'second')
      const more = await client.nextOrNothing(300)
      assert.ok(more === undefined || more.args.deliveryTag === 1, 'the second is not read')
      client.destroy()
    })

    test('a client without the capability is blocked without a word', async () => {
      const client = await RawClient.channel(target().url, {
        capabilities: { ...usualCapabilities, 'connection.blocked': false },
      })
      const queue = await makeQueue(client)
      await client.call(1, 'confirm.select')
      client.publish(1, { routingKey: queue }, 'first')
      const first = await client.nextOrNothing(300)
      assert.ok(first === undefined || first.name === 'basic.ack')
      client.publish(1, { routingKey: queue }, 'second')
      assert.equal(await client.nextOrNothing(300), undefined)
      client.destroy()
    })

    test('a connection that does not publish goes on', async () => {
      const client = await RawClient.channel(target().url)
      const queue = await makeQueue(client)
      const consumer = await client.call(1, 'basic.consume', { queue })
      assert.equal(consumer.name, 'basic.consume-ok')
      await nothingMore(client)
      assert.equal((await client.call(1, 'basic.get', { queue })).name, 'basic.get-empty')
      await client.close()
    })
  })
})
