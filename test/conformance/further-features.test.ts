// What is asked for less often, and has to be there for an application that moves: arguments of
// replicated queues, strategies of dead-lettering, who may speak for others, patterns of names.
// The same tests run against Warren and against RabbitMQ.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { onEachBroker, usualDefinitions } from '../support/broker-under-test.ts'
import { everything, user } from '../support/definitions.ts'
import { eventually, makeQueue, settled } from '../support/dialogue.ts'
import { RawClient, type Said } from '../support/raw-client.ts'
import type { Values } from '../support/raw-codec.ts'

const definitions = {
  ...usualDefinitions,
  users: [
    ...usualDefinitions.users,
    user('speaker', 'secret', 'impersonator'),
    user('bound', 'secret'),
  ],
  permissions: [
    ...usualDefinitions.permissions,
    everything('speaker'),
    // As RabbitMQ's regular expressions write it.
    {
      user: 'bound',
      vhost: '/',
      configure: '\\Abound\\-[[:alpha:]]+\\z',
      write: '(?i)^(BOUND|amq\\.default)',
      read: '^bound',
    },
  ],
}

onEachBroker({ definitions }, (target) => {
  const scenario = (name: string, run: (client: RawClient) => Promise<void>): void => {
    test(name, async () => {
      const client = await RawClient.channel(target().url)
      await run(client)
      await client.close()
    })
  }
  const as = (name: string): Promise<RawClient> =>
    RawClient.channel(target().url, { user: name, password: 'secret' })
  const got = async (client: RawClient, queue: string, noAck = true): Promise<Said> => {
    let said: Said | undefined
    await eventually(async () => {
      said = await client.call(1, 'basic.get', { queue, noAck })
      return said.name === 'basic.get-ok'
    })
    return said!
  }
  const makeQuorum = (client: RawClient, args: Values): Promise<string> =>
    makeQueue(client, {
      exclusive: false,
      durable: true,
      arguments: { 'x-queue-type': 'quorum', ...args },
    })

  describe('arguments of replicated queues', () => {
    for (const args of [
      { 'x-quorum-initial-group-size': 3 },
      { 'x-queue-leader-locator': 'balanced' },
      { 'x-max-in-memory-length': 5 },
      { 'x-max-in-memory-bytes': 500 },
    ])
      scenario(`are taken: ${JSON.stringify(args)}`, async (client) => {
        const queue = await makeQuorum(client, args)
        client.publish(1, { routingKey: queue }, 'a')
        assert.equal((await got(client, queue)).body, 'a')
        await client.call(1, 'queue.delete', { queue })
      })
  })

  describe('strategies of dead-lettering', () => {
    for (const strategy of ['at-most-once', 'at-least-once'])
      scenario(strategy, async (client) => {
        const grave = await makeQueue(client)
        const queue = await makeQuorum(client, {
          'x-dead-letter-strategy': strategy,
          'x-overflow': 'reject-publish',
          'x-dead-letter-exchange': '',
          'x-dead-letter-routing-key': grave,
        })
        client.publish(1, { routingKey: queue }, 'a')
        await settled(client)
        const { args } = await got(client, queue, false)
        client.send(1, 'basic.reject', { deliveryTag: args.deliveryTag, requeue: false })
        assert.equal((await got(client, grave)).body, 'a')
        await client.call(1, 'queue.delete', { queue })
      })
  })

  describe('who may speak for others', () => {
    test('a user with the tag impersonator', async () => {
      const client = await as('speaker')
      const queue = await makeQueue(client)
      client.publish(1, { routingKey: queue }, 'a', { userId: 'somebody' })
      assert.equal((await got(client, queue)).properties?.userId, 'somebody')
      await client.close()
    })
  })

  describe('patterns of permissions', () => {
    test('are those of Erlang', async () => {
      const client = await as('bound')
      const queue = { queue: 'bound-queue', exclusive: true }
      assert.equal((await client.call(1, 'queue.declare', queue)).name, 'queue.declare-ok')
      client.publish(1, { routingKey: 'bound-queue' }, 'a')
      assert.equal((await got(client, 'bound-queue')).body, 'a')
      const refused = await client.call(1, 'queue.declare', { queue: 'bound-1', exclusive: true })
      assert.equal(refused.name, 'channel.close')
      assert.equal(refused.args.replyCode, 403)
      client.destroy()
    })
  })
})
