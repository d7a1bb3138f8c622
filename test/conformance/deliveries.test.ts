// What consumers and publishers see when nothing goes wrong: order, redelivery, counts, prefetch,
// confirms, transactions. The same tests run against Warren and against RabbitMQ.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { onEachBroker } from '../support/broker-under-test.ts'
import {
  bind,
  deliveries,
  eventually,
  fill,
  look,
  makeExchange,
  makeQueue,
  nothingMore,
  settled,
  shortly,
  takeAll,
} from '../support/dialogue.ts'
import { RawClient, type Said } from '../support/raw-client.ts'

onEachBroker({}, (target) => {
  const scenario = (title: string, body: (client: RawClient) => Promise<void>): void => {
    test(title, async () => {
      const client = await RawClient.channel(target().url)
      try {
        await body(client)
      } finally {
        client.destroy()
      }
    })
  }
  const get = async (client: RawClient, queue: string, times: number): Promise<void> => {
    for (let i = 0; i < times; i++) await client.call(1, 'basic.get', { queue })
  }

  describe('acknowledgement and requeue', { concurrency: 8 }, () => {
    scenario('nack of several puts them back where they were', async (client) => {
      const queue = await makeQueue(client)
      await fill(client, queue, 6)
      await get(client, queue, 4)
      client.send(1, 'basic.nack', { deliveryTag: 3, multiple: true, requeue: true })
      await eventually(async () => (await look(client, queue))[0] === 5)
      assert.equal(await takeAll(client, queue), 'm1* m2* m3* m5 m6')
    })

    scenario('rejects in any order put messages back where they were', async (client) => {
      const queue = await makeQueue(client)
      await fill(client, queue, 5)
      await get(client, queue, 3)
      for (const deliveryTag of [3, 1, 2])
        client.send(1, 'basic.reject', { deliveryTag, requeue: true })
      await eventually(async () => (await look(client, queue))[0] === 5)
      assert.equal(await takeAll(client, queue), 'm1* m2* m3* m4 m5')
    })

    scenario('closing a channel puts back what was out, from get and consume', async (client) => {
      const queue = await makeQueue(client)
      await fill(client, queue, 6)
      await client.call(2, 'channel.open')
      await client.call(2, 'basic.get', { queue })
      await client.call(2, 'basic.qos', { prefetchCount: 2 })
      await client.call(2, 'basic.consume', { queue, consumerTag: 'c' })
      assert.equal(await deliveries(client, 2), 'c:m2 c:m3')
      assert.equal((await client.call(2, 'channel.close')).name, 'channel.close-ok')
      await eventually(async () => (await look(client, queue))[0] === 6)
      assert.equal(await takeAll(client, queue), 'm1* m2* m3* m4 m5 m6')
    })

    scenario('a connection that is cut puts back what was out', async (client) => {
      const queue = await makeQueue(client, { exclusive: false, autoDelete: true })
      await fill(client, queue, 3)
      const other = await RawClient.channel(target().url)
      await other.call(1, 'basic.get', { queue })
      other.destroy()
      await eventually(async () => (await look(client, queue))[0] === 3)
      assert.equal(await takeAll(client, queue), 'm1* m2 m3')
      await client.call(1, 'queue.delete', { queue })
    })

    scenario('recover answers first, then delivers again with new tags', async (client) => {
      const queue = await makeQueue(client)
      await fill(client, queue, 3)
      await client.call(1, 'basic.consume', { queue, consumerTag: 'c' })
      assert.equal(await deliveries(client, 3), 'c:m1 c:m2 c:m3')
      assert.equal(
        (await client.call(1, 'basic.recover', { requeue: true })).name,
        'basic.recover-ok',
      )
      const again = [await client.next(), await client.next(), await client.next()]
      assert.deepEqual(again.map(shortly), ['c:m1*', 'c:m2*', 'c:m3*'])
      assert.deepEqual(
        again.map(({ args }) => args.deliveryTag),
        [4, 5, 6],
      )
      client.send(1, 'basic.recover-async', { requeue: true })
      assert.equal(await deliveries(client, 3), 'c:m1* c:m2* c:m3*')
    })

    scenario('tag 0 with multiple is everything that is out, also nothing', async (client) => {
      const queue = await makeQueue(client)
      client.send(1, 'basic.ack', { deliveryTag: 0, multiple: true })
      client.send(1, 'basic.nack', { deliveryTag: 0, multiple: true, requeue: true })
      await fill(client, queue, 3)
      await get(client, queue, 2)
      client.send(1, 'basic.ack', { deliveryTag: 0, multiple: true })
      await client.call(1, 'basic.recover', { requeue: true })
      assert.equal(await takeAll(client, queue), 'm3')
    })

    scenario('an unknown tag with multiple acknowledges nothing', async (client) => {
      const queue = await makeQueue(client)
      await fill(client, queue, 2)
      await get(client, queue, 2)
      client.send(1, 'basic.ack', { deliveryTag: 5, multiple: true })
      await client.expect('channel.close')
      client.send(1, 'channel.close-ok')
      await client.call(1, 'channel.open')
      await eventually(async () => (await look(client, queue))[0] === 2)
    })

    scenario(
      'delivery tags count all deliveries of a channel and begin anew with it',
      async (client) => {
        const queue = await makeQueue(client)
        await fill(client, queue, 4)
        const tag = async (noAck: boolean): Promise<unknown> =>
          (await client.call(1, 'basic.get', { queue, noAck })).args.deliveryTag
        assert.deepEqual([await tag(false), await tag(true), await tag(false)], [1, 2, 3])
        await client.call(1, 'channel.close')
        await client.call(1, 'channel.open')
        assert.equal(await tag(false), 1)
      },
    )

    scenario(
      'messages of a deleted queue can still be acknowledged and given back',
      async (client) => {
        const queue = await makeQueue(client)
        await fill(client, queue, 2)
        await get(client, queue, 2)
        await client.call(1, 'queue.delete', { queue })
        client.send(1, 'basic.ack', { deliveryTag: 1 })
        client.send(1, 'basic.nack', { deliveryTag: 2, requeue: true })
        assert.deepEqual(await client.settle(), [])
      },
    )

    scenario('what comes back goes to whoever has credit', async (client) => {
      const queue = await makeQueue(client)
      await fill(client, queue, 3)
      await client.call(1, 'basic.qos', { prefetchCount: 1 })
      client.send(1, 'basic.consume', { queue, consumerTag: 'a', noWait: true })
      client.send(1, 'basic.consume', { queue, consumerTag: 'b', noWait: true })
      const first = [shortly(await client.next()), shortly(await client.next())]
      assert.deepEqual(first, ['a:m1', 'b:m2'])
      client.send(1, 'basic.nack', { deliveryTag: 1, requeue: true })
      assert.equal(await deliveries(client, 1), 'a:m1*')
      await nothingMore(client)
    })
  })

  describe('counts, cancel and deletion', { concurrency: 8 }, () => {
    scenario(
      'counts are of ready messages; unacknowledged ones stay out of them',
      async (client) => {
        const queue = await makeQueue(client)
        await fill(client, queue, 5)
        const got = await client.call(1, 'basic.get', { queue })
        assert.equal(got.args.messageCount, 4)
        await get(client, queue, 1)
        assert.deepEqual(await look(client, queue), [3, 0])
        const declared = await client.call(1, 'queue.declare', { queue, exclusive: true })
        assert.deepEqual(declared.args, { queue, messageCount: 3, consumerCount: 0 })
        assert.equal((await client.call(1, 'queue.purge', { queue })).args.messageCount, 3)
        client.send(1, 'basic.nack', { deliveryTag: 1, requeue: true })
        await eventually(async () => (await look(client, queue))[0] === 1)
        assert.equal(
          (await client.call(1, 'queue.delete', { queue, ifUnused: true })).args.messageCount,
          1,
        )
      },
    )

    scenario('if-empty looks at ready messages only', async (client) => {
      const queue = await makeQueue(client)
      await fill(client, queue, 1)
      await get(client, queue, 1)
      const deleted = await client.call(1, 'queue.delete', { queue, ifEmpty: true })
      assert.equal(deleted.name, 'queue.delete-ok')
    })

    scenario('cancel leaves what is out with the channel', async (client) => {
      const queue = await makeQueue(client)
      await fill(client, queue, 2)
      await client.call(1, 'basic.consume', { queue, consumerTag: 'c' })
      await deliveries(client, 2)
      const cancelled = await client.call(1, 'basic.cancel', { consumerTag: 'c' })
      assert.deepEqual([cancelled.name, cancelled.args], ['basic.cancel-ok', { consumerTag: 'c' }])
      assert.deepEqual(await look(client, queue), [0, 0])
      client.send(1, 'basic.nack', { deliveryTag: 2, requeue: true })
      client.send(1, 'basic.ack', { deliveryTag: 1 })
      await eventually(async () => (await look(client, queue))[0] === 1)
      assert.equal(await takeAll(client, queue), 'm2*')
    })

    scenario(
      'cancel, delete and unbind of what is not there are answered with ok',
      async (client) => {
        const queue = await makeQueue(client)
        const names = [
          await client.call(1, 'basic.cancel', { consumerTag: 'unknown' }),
          await client.call(1, 'queue.delete', { queue: 'never-was' }),
          await client.call(1, 'exchange.delete', { exchange: 'never-was' }),
          await client.call(1, 'queue.unbind', { queue, exchange: 'never-was', routingKey: 'k' }),
          await client.call(1, 'queue.unbind', { queue: 'never-was', exchange: 'amq.direct' }),
          await client.call(1, 'exchange.unbind', { destination: 'never-was', source: 'nor-this' }),
        ].map(({ name }) => name)
        assert.deepEqual(names, [
          'basic.cancel-ok',
          'queue.delete-ok',
          'exchange.delete-ok',
          'queue.unbind-ok',
          'queue.unbind-ok',
          'exchange.unbind-ok',
        ])
      },
    )

    scenario(
      'deleting a queue tells its consumers, where the client can take it',
      async (client) => {
        const deaf = await RawClient.channel(target().url, { capabilities: {} })
        const queue = await makeQueue(client, { exclusive: false })
        await client.call(1, 'basic.consume', { queue, consumerTag: 'hears' })
        await deaf.call(1, 'basic.consume', { queue, consumerTag: 'deaf' })
        assert.equal((await client.call(1, 'queue.delete', { queue })).name, 'queue.delete-ok')
        const told = await client.next()
        assert.deepEqual(
          [told.name, told.args],
          ['basic.cancel', { consumerTag: 'hears', noWait: true }],
        )
        await nothingMore(deaf)
        deaf.destroy()
      },
    )

    scenario('an auto-delete queue goes with its last consumer', async (client) => {
      const queue = await makeQueue(client, { exclusive: false, autoDelete: true })
      await get(client, queue, 1)
      assert.deepEqual(await look(client, queue), [0, 0])
      await client.call(1, 'basic.consume', { queue, consumerTag: 'a' })
      await client.call(2, 'channel.open')
      await client.call(2, 'basic.consume', { queue, consumerTag: 'b' })
      await client.call(1, 'basic.cancel', { consumerTag: 'a' })
      assert.deepEqual(await look(client, queue), [0, 1])
      await client.call(2, 'channel.close')
      const gone = await client.call(1, 'queue.declare', { queue, passive: true })
      assert.equal(gone.args.replyCode, 404)
    })

    scenario('an auto-delete exchange goes with its last binding as source', async (client) => {
      const exchange = await makeExchange(client, 'direct', { autoDelete: true })
      const sink = await makeExchange(client, 'fanout', { autoDelete: true })
      const queue = await makeQueue(client)
      await bind(client, queue, exchange, 'k')
      await client.call(1, 'exchange.bind', { destination: sink, source: exchange })
      await client.call(1, 'queue.unbind', { queue, exchange, routingKey: 'another' })
      await client.call(1, 'queue.delete', { queue })
      const passive = (name: string): Promise<Said> =>
        client.call(1, 'exchange.declare', { exchange: name, passive: true })
      assert.equal((await passive(exchange)).name, 'exchange.declare-ok')
      await client.call(1, 'exchange.unbind', { destination: sink, source: exchange })
      assert.equal((await passive(sink)).name, 'exchange.declare-ok')
      assert.equal((await passive(exchange)).args.replyCode, 404)
    })

    scenario(
      'exclusive queues are gone when the close of their connection is confirmed',
      async (client) => {
        const owner = await RawClient.channel(target().url)
        const queue = await makeQueue(owner)
        await owner.close()
        const said = await client.call(1, 'queue.declare', { queue, passive: true })
        assert.equal(said.args.replyText, `NOT_FOUND - no queue '${queue}' in vhost '/'`)
      },
    )

    scenario('names that the broker makes', async (client) => {
      const declared = await client.call(1, 'queue.declare', { exclusive: true })
      assert.match(String(declared.args.queue), /^amq\.gen-[\w-]{22}$/)
      const consumer = await client.call(1, 'basic.consume', { queue: '' })
      assert.match(String(consumer.args.consumerTag), /^amq\.ctag-[\w-]{22}$/)
    })

    scenario('the empty name is the queue declared last on the channel', async (client) => {
      const queue = await makeQueue(client)
      await client.call(1, 'queue.declare', { exclusive: true })
      await client.call(1, 'queue.declare', { queue, passive: true })
      await bind(client, '', 'amq.direct', '')
      // With no name and no key the queue's name is the key. [AMQP 0-9-1: queue.bind]
      client.publish(1, { exchange: 'amq.direct', routingKey: queue }, 'bound by name')
      client.publish(1, { exchange: 'amq.direct', routingKey: '' }, 'not bound')
      await settled(client)
      assert.equal(await takeAll(client, ''), 'bound by name')
      assert.equal((await client.call(1, 'queue.purge')).name, 'queue.purge-ok')
    })

    scenario('CR and LF are taken out of declared names', async (client) => {
      const said = await client.call(1, 'queue.declare', { queue: 'cr\r\nlf', exclusive: true })
      assert.equal(said.args.queue, 'crlf')
    })

    scenario('what says no-wait is not answered', async (client) => {
      const queue = 'no-wait'
      const noWait = true
      client.send(1, 'queue.declare', { queue, exclusive: true, noWait })
      client.send(1, 'exchange.declare', { exchange: 'no-wait', type: 'direct', noWait })
      client.send(1, 'queue.bind', { queue, exchange: 'no-wait', routingKey: 'k', noWait })
      client.send(1, 'exchange.bind', { destination: 'no-wait', source: 'amq.fanout', noWait })
      client.send(1, 'exchange.unbind', { destination: 'no-wait', source: 'amq.fanout', noWait })
      client.send(1, 'basic.consume', { queue, consumerTag: 'c', noWait })
      client.send(1, 'basic.cancel', { consumerTag: 'c', noWait })
      client.send(1, 'queue.purge', { queue, noWait })
      client.send(1, 'queue.delete', { queue, noWait })
      client.send(1, 'exchange.delete', { exchange: 'no-wait', noWait })
      client.send(1, 'confirm.select', { noWait })
      assert.deepEqual(await client.settle(), [])
    })

    scenario('access.request and channel.flow are answered', async (client) => {
      const access = await client.call(1, 'access.request', { realm: '/data' })
      assert.deepEqual([access.name, access.args], ['access.request-ok', { ticket: 1 }])
      const flow = await client.call(1, 'channel.flow', { active: true })
      assert.deepEqual([flow.name, flow.args], ['channel.flow-ok', { active: true }])
    })
  })

  describe('prefetch and dispatch', { concurrency: 8 }, () => {
    scenario('a per-consumer limit holds for consumers that come after it', async (client) => {
      const queue = await makeQueue(client)
      await fill(client, queue, 10)
      await client.call(1, 'basic.qos', { prefetchCount: 2 })
      await client.call(1, 'basic.consume', { queue, consumerTag: 'a' })
      assert.equal(await deliveries(client, 2), 'a:m1 a:m2')
      await client.call(1, 'basic.qos', { prefetchCount: 3 })
      await nothingMore(client)
      await client.call(1, 'basic.consume', { queue, consumerTag: 'b' })
      assert.equal(await deliveries(client, 3), 'b:m3 b:m4 b:m5')
      await nothingMore(client)
      client.send(1, 'basic.ack', { deliveryTag: 2, multiple: true })
      assert.equal(await deliveries(client, 2), 'a:m6 a:m7')
    })

    scenario('a channel limit holds at once for living consumers', async (client) => {
      const queue = await makeQueue(client)
      await fill(client, queue, 10)
      await client.call(1, 'basic.qos', { prefetchCount: 2, global: true })
      await client.call(1, 'basic.consume', { queue, consumerTag: 'a' })
      assert.equal(await deliveries(client, 2), 'a:m1 a:m2')
      client.send(1, 'basic.qos', { prefetchCount: 4, global: true })
      await client.expect('basic.qos-ok')
      assert.equal(await deliveries(client, 2), 'a:m3 a:m4')
      await client.call(1, 'basic.qos', { prefetchCount: 1, global: true })
      client.send(1, 'basic.ack', { deliveryTag: 3, multiple: true })
      await nothingMore(client)
      client.send(1, 'basic.ack', { deliveryTag: 4 })
      assert.equal(await deliveries(client, 1), 'a:m5')
      // basic.get is neither bound by the limit nor counted.
      assert.equal((await client.call(1, 'basic.get', { queue })).body, 'm6')
      client.send(1, 'basic.ack', { deliveryTag: 5 })
      assert.equal(await deliveries(client, 1), 'a:m7')
      client.send(1, 'basic.qos', { prefetchCount: 0, global: true })
      await client.expect('basic.qos-ok')
      assert.equal(await deliveries(client, 3), 'a:m8 a:m9 a:m10')
    })

    scenario('both limits hold together when the channel limit comes second', async (client) => {
      const queue = await makeQueue(client)
      await fill(client, queue, 8)
      await client.call(1, 'basic.qos', { prefetchCount: 2 })
      await client.call(1, 'basic.qos', { prefetchCount: 3, global: true })
      client.send(1, 'basic.consume', { queue, consumerTag: 'a', noWait: true })
      assert.equal(await deliveries(client, 2), 'a:m1 a:m2')
      client.send(1, 'basic.consume', { queue, consumerTag: 'b', noWait: true })
      assert.equal(await deliveries(client, 1), 'b:m3')
      await nothingMore(client)
    })

    scenario('a per-consumer limit takes the channel limit away', async (client) => {
      const queue = await makeQueue(client)
      await fill(client, queue, 8)
      await client.call(1, 'basic.qos', { prefetchCount: 3, global: true })
      await client.call(1, 'basic.qos', { prefetchCount: 2 })
      client.send(1, 'basic.consume', { queue, consumerTag: 'a', noWait: true })
      assert.equal(await deliveries(client, 2), 'a:m1 a:m2')
      client.send(1, 'basic.consume', { queue, consumerTag: 'b', noWait: true })
      assert.equal(await deliveries(client, 2), 'b:m3 b:m4')
      await nothingMore(client)
    })

    scenario('consumers without acknowledgement know no limit', async (client) => {
      const queue = await makeQueue(client)
      await fill(client, queue, 4)
      await client.call(1, 'basic.qos', { prefetchCount: 1, global: true })
      await client.call(1, 'basic.consume', { queue, consumerTag: 'a', noAck: true })
      assert.equal(await deliveries(client, 4), 'a:m1 a:m2 a:m3 a:m4')
    })

    scenario('consumers take turns', async (client) => {
      const queue = await makeQueue(client)
      for (const consumerTag of ['a', 'b', 'c'])
        await client.call(1, 'basic.consume', { queue, consumerTag, noAck: true })
      for (let i = 1; i <= 6; i++) client.publish(1, { routingKey: queue }, `m${i}`)
      assert.equal(await deliveries(client, 6), 'a:m1 b:m2 c:m3 a:m4 b:m5 c:m6')
    })

    scenario(
      'consumers of higher priority first, the others when these are full',
      async (client) => {
        const queue = await makeQueue(client)
        await client.call(1, 'basic.qos', { prefetchCount: 2 })
        await client.call(1, 'basic.consume', { queue, consumerTag: 'low' })
        for (const consumerTag of ['high1', 'high2'])
          await client.call(1, 'basic.consume', {
            queue,
            consumerTag,
            arguments: { 'x-priority': 5 },
          })
        for (let i = 1; i <= 7; i++) client.publish(1, { routingKey: queue }, `m${i}`)
        assert.equal(
          await deliveries(client, 6),
          'high1:m1 high2:m2 high1:m3 high2:m4 low:m5 low:m6',
        )
        await nothingMore(client)
      },
    )

    scenario('basic.get works beside an exclusive consumer', async (client) => {
      const queue = await makeQueue(client)
      await client.call(1, 'basic.qos', { prefetchCount: 1 })
      await client.call(1, 'basic.consume', { queue, consumerTag: 'c', exclusive: true })
      client.publish(1, { routingKey: queue }, 'm1')
      assert.equal(await deliveries(client, 1), 'c:m1')
      client.publish(1, { routingKey: queue }, 'm2')
      await settled(client)
      assert.equal((await client.call(1, 'basic.get', { queue })).body, 'm2')
    })
  })

  describe('confirms and transactions', { concurrency: 8 }, () => {
    scenario(
      'every publish is confirmed, routed or not; a return comes before its ack',
      async (client) => {
        const queue = await makeQueue(client)
        await client.call(1, 'confirm.select')
        assert.equal((await client.call(1, 'confirm.select')).name, 'confirm.select-ok')
        const properties = { messageId: 'id1', headers: { a: 1 } }
        client.publish(1, { routingKey: 'nowhere', mandatory: true }, 'back', properties)
        const returned = await client.expect('basic.return')
        assert.deepEqual(returned.args, {
          replyCode: 312,
          replyText: 'NO_ROUTE',
          exchange: '',
          routingKey: 'nowhere',
        })
        assert.deepEqual(returned.properties, { messageId: 'id1', headers: { a: ['I', 1] } })
        assert.equal(returned.body, 'back')
        assert.deepEqual((await client.expect('basic.ack')).args, {
          deliveryTag: 1,
          multiple: false,
        })
        for (let i = 0; i < 6; i++)
          client.publish(1, { routingKey: i % 2 === 0 ? queue : 'nowhere' }, 'body')
        assert.deepEqual(await confirmed(client, 2, 7), [2, 3, 4, 5, 6, 7])
      },
    )

    scenario('a commit publishes and acknowledges all at once', async (client) => {
      const queue = await makeQueue(client)
      await fill(client, queue, 2)
      assert.equal((await client.call(1, 'tx.select')).name, 'tx.select-ok')
      await get(client, queue, 1)
      client.send(1, 'basic.ack', { deliveryTag: 1 })
      client.publish(1, { routingKey: queue }, 'new')
      client.publish(1, { routingKey: 'nowhere', mandatory: true }, 'back')
      assert.deepEqual(await look(client, queue), [1, 0])
      client.send(1, 'tx.commit')
      assert.equal((await client.expect('basic.return')).body, 'back')
      await client.expect('tx.commit-ok')
      await client.call(1, 'basic.recover', { requeue: true })
      assert.equal(await takeAll(client, queue), 'm2 new')
    })

    scenario('a rollback forgets publishes and acknowledgements', async (client) => {
      const queue = await makeQueue(client)
      await fill(client, queue, 1)
      await client.call(1, 'tx.select')
      await get(client, queue, 1)
      client.send(1, 'basic.ack', { deliveryTag: 1 })
      client.publish(1, { routingKey: queue }, 'never')
      assert.equal((await client.call(1, 'tx.rollback')).name, 'tx.rollback-ok')
      assert.deepEqual(await look(client, queue), [0, 0])
      // The message is out again and can be acknowledged again.
      client.send(1, 'basic.nack', { deliveryTag: 1, requeue: true })
      assert.deepEqual(await look(client, queue), [0, 0])
      assert.equal((await client.call(1, 'tx.commit')).name, 'tx.commit-ok')
      await eventually(async () => (await look(client, queue))[0] === 1)
      assert.equal(await takeAll(client, queue), 'm1*')
    })

    scenario('closing a channel forgets its open transaction', async (client) => {
      const queue = await makeQueue(client)
      await fill(client, queue, 1)
      await client.call(1, 'tx.select')
      await get(client, queue, 1)
      client.send(1, 'basic.ack', { deliveryTag: 1 })
      client.publish(1, { routingKey: queue }, 'never')
      await client.call(1, 'channel.close')
      await client.call(1, 'channel.open')
      await eventually(async () => (await look(client, queue))[0] === 1)
      assert.equal(await takeAll(client, queue), 'm1*')
    })

    scenario('a commit after the queue is deleted succeeds', async (client) => {
      const queue = await makeQueue(client)
      await client.call(1, 'tx.select')
      client.publish(1, { routingKey: queue }, 'late')
      await client.call(1, 'queue.delete', { queue })
      assert.equal((await client.call(1, 'tx.commit')).name, 'tx.commit-ok')
    })
  })
})

/** The tags that acks confirm, until the range is complete; multiple ones cover what is missing. */
async function confirmed(client: RawClient, from: number, to: number): Promise<number[]> {
  const tags = new Set<number>()
  while (tags.size < to - from + 1) {
    const { deliveryTag, multiple } = (await client.expect('basic.ack')).args
    const tag = Number(deliveryTag)
    assert.ok(!tags.has(tag), `tag ${tag} is confirmed twice`)
    for (let t = multiple === true ? from : tag; t <= tag; t++) tags.add(t)
  }
  return [...tags].sort((a, b) => a - b)
}
