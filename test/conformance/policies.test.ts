// Policies as definitions bring them: what they put on queues and exchanges, which one wins, and how
// they meet the arguments of a declaration. The same tests run against Warren and against RabbitMQ.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { onEachBroker, usualDefinitions } from '../support/broker-under-test.ts'
import { bind, eventually, look, makeQueue, settled, takeAll } from '../support/dialogue.ts'
import { RawClient } from '../support/raw-client.ts'

const policy = (
  name: string,
  pattern: string,
  definition: Readonly<Record<string, unknown>>,
  rest: { applyTo?: string; priority?: number } = {},
): NonNullable<typeof usualDefinitions.policies>[number] => ({
  vhost: '/',
  name,
  pattern,
  'apply-to': rest.applyTo ?? 'queues',
  definition,
  priority: rest.priority ?? 0,
})

const definitions = {
  ...usualDefinitions,
  policies: [
    policy('short', '^policy\\.short\\.', { 'max-length': 2 }),
    policy('reject', '^policy\\.reject\\.', { 'max-length': 1, overflow: 'reject-publish' }),
    policy('dead', '^policy\\.dead\\.', {
      'message-ttl': 20,
      'dead-letter-exchange': '',
      'dead-letter-routing-key': 'policy-grave',
    }),
    policy('expires', '^policy\\.expires\\.', { expires: 150 }),
    policy('weak', '^policy\\.rank\\.', { 'max-length': 1 }, { priority: 1 }),
    policy('strong', '^policy\\.rank\\.', { 'max-length': 3 }, { priority: 5 }),
    policy(
      'alternate',
      '^policy\\.x\\.',
      { 'alternate-exchange': 'amq.fanout' },
      { applyTo: 'exchanges' },
    ),
  ],
  parameters: [
    {
      component: 'operator_policy',
      vhost: '/',
      name: 'ceiling',
      value: {
        pattern: '^policy\\.(capped|rank)\\.',
        'apply-to': 'queues',
        definition: { 'max-length': 2 },
        priority: 0,
      },
    },
  ],
}

onEachBroker({ definitions }, (target) => {
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
  const declare = async (
    client: RawClient,
    queue: string,
    args: Readonly<Record<string, unknown>> = {},
  ): Promise<string> => {
    await client.call(1, 'queue.declare', { queue, exclusive: true, arguments: args })
    return queue
  }
  const keeps = async (client: RawClient, queue: string): Promise<string> => {
    for (let i = 1; i <= 5; i++) client.publish(1, { routingKey: queue }, `m${i}`)
    await settled(client)
    return await takeAll(client, queue)
  }

  describe('policies', { concurrency: 8 }, () => {
    scenario('max-length', async (client) => {
      assert.equal(await keeps(client, await declare(client, 'policy.short.a')), 'm4 m5')
    })

    scenario('the smaller of policy and argument holds', async (client) => {
      const smaller = await declare(client, 'policy.short.b', { 'x-max-length': 1 })
      assert.equal(await keeps(client, smaller), 'm5')
      const greater = await declare(client, 'policy.short.c', { 'x-max-length': 4 })
      assert.equal(await keeps(client, greater), 'm4 m5')
    })

    scenario('overflow', async (client) => {
      const queue = await declare(client, 'policy.reject.a')
      await client.call(1, 'confirm.select')
      client.publish(1, { routingKey: queue }, 'a')
      await client.expect('basic.ack')
      client.publish(1, { routingKey: queue }, 'b')
      await client.expect('basic.nack')
    })

    scenario('message-ttl, dead-letter-exchange, dead-letter-routing-key', async (client) => {
      const grave = await declare(client, 'policy-grave')
      const queue = await declare(client, 'policy.dead.a')
      client.publish(1, { routingKey: queue }, 'a')
      await eventually(async () => (await look(client, grave))[0] === 1)
      assert.equal(await takeAll(client, grave), 'a')
    })

    scenario('expires', async (client) => {
      const queue = await declare(client, 'policy.expires.a')
      await new Promise((resolve) => setTimeout(resolve, 600))
      const gone = await client.call(1, 'queue.declare', { queue, passive: true })
      assert.equal(gone.args.replyCode, 404)
    })

    scenario('the highest priority wins, within what the operator allows', async (client) => {
      assert.equal(await keeps(client, await declare(client, 'policy.rank.a')), 'm4 m5')
    })

    scenario('an operator policy alone, and against an argument', async (client) => {
      assert.equal(await keeps(client, await declare(client, 'policy.capped.a')), 'm4 m5')
      const greater = await declare(client, 'policy.capped.b', { 'x-max-length': 4 })
      assert.equal(await keeps(client, greater), 'm4 m5')
    })

    scenario('a policy is no argument: redeclaring without it is equivalent', async (client) => {
      const queue = await declare(client, 'policy.short.d')
      const again = await client.call(1, 'queue.declare', { queue, exclusive: true })
      assert.equal(again.name, 'queue.declare-ok')
      const other = await client.call(1, 'queue.declare', {
        queue,
        exclusive: true,
        arguments: { 'x-max-length': 2 },
      })
      assert.equal(
        other.args.replyText,
        `PRECONDITION_FAILED - inequivalent arg 'x-max-length' for queue '${queue}' in vhost '/': received the value '2' of type 'signedint' but current is none`,
      )
    })

    scenario('alternate-exchange', async (client) => {
      const exchange = 'policy.x.a'
      await client.call(1, 'exchange.declare', { exchange, type: 'direct' })
      const queue = await makeQueue(client)
      await bind(client, queue, 'amq.fanout')
      client.publish(1, { exchange, routingKey: 'k' }, 'elsewhere')
      await settled(client)
      assert.equal(await takeAll(client, queue), 'elsewhere')
      await client.call(1, 'exchange.delete', { exchange })
    })
  })
})
