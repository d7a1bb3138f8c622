// What applications read in headers and rely on in queues: dead-lettering, TTL, limits, priorities,
// single active consumer, delivery counts, CC and BCC. The same tests run against Warren and against
// RabbitMQ; the few places where 3.10.8 (Debian's) is older than what Warren follows are in
// `rabbitmqDiffers`.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { onEachBroker, type Target } from '../support/broker-under-test.ts'
import {
  bind,
  deliveries,
  eventually,
  look,
  makeExchange,
  makeQueue,
  settled,
  takeAll,
} from '../support/dialogue.ts'
import { RawClient, type Said } from '../support/raw-client.ts'
import type { Field, Values } from '../support/raw-codec.ts'

const rabbitmqDiffers = {
  /** x-last-death-queue, -reason and -exchange came with 3.13. */
  lastDeath: (target: Target): boolean => target.kind === 'rabbitmq',
  /** Later versions leave the header away until there is something to count. */
  countsFirstDelivery: (target: Target): boolean => target.kind === 'rabbitmq',
} as const

interface Death {
  readonly queue: string
  readonly reason: string
  readonly count?: number
  readonly exchange?: string
  readonly routingKeys?: readonly string[]
  readonly originalExpiration?: string
}

/** The headers of a dead letter, without the times, which must be seconds of now. */
function checkDeaths(
  target: Target,
  said: Said,
  deaths: readonly Death[],
  rest: Values = {},
): void {
  const headers = { ...said.properties?.headers } as Record<string, Field>
  const list = (headers['x-death']?.[1] ?? []) as [string, Record<string, Field>][]
  const now = Date.now() / 1000
  for (const [, entry] of list) {
    const [letter, seconds] = entry.time ?? []
    assert.equal(letter, 'T')
    assert.ok(Math.abs(Number(seconds) - now) < 60, `time ${seconds} is seconds since 1970`)
  }
  headers['x-death'] = ['A', list.map(([letter, { time: _, ...entry }]) => [letter, entry])]
  const [last, first] = [deaths[0], deaths.at(-1)]
  const summary = (name: string, death: Death | undefined): Values => ({
    [`x-${name}-death-exchange`]: ['S', death?.exchange ?? ''],
    [`x-${name}-death-queue`]: ['S', death?.queue],
    [`x-${name}-death-reason`]: ['S', death?.reason],
  })
  assert.deepEqual(headers, {
    ...rest,
    'x-death': ['A', deaths.map((death) => ['F', deathTable(death)])],
    ...summary('first', first),
    ...(rabbitmqDiffers.lastDeath(target) ? {} : summary('last', last)),
  })
}

function deathTable(death: Death): Record<string, Field> {
  return {
    count: ['l', death.count ?? 1],
    reason: ['S', death.reason],
    queue: ['S', death.queue],
    exchange: ['S', death.exchange ?? ''],
    'routing-keys': ['A', (death.routingKeys ?? [death.queue]).map((key): Field => ['S', key])],
    ...(death.originalExpiration === undefined
      ? {}
      : { 'original-expiration': ['S', death.originalExpiration] }),
  }
}

/** The next message of the queue, which may still be on its way. */
async function arrives(client: RawClient, queue: string, noAck = true): Promise<Said> {
  const deadline = Date.now() + 10_000
  for (;;) {
    const said = await client.call(1, 'basic.get', { queue, noAck })
    if (said.name === 'basic.get-ok') return said
    if (Date.now() > deadline) throw new Error(`nothing came to ${queue}`)
    await sleep(5)
  }
}

const deadLetterTo = (queue: string): Values => ({
  'x-dead-letter-exchange': '',
  'x-dead-letter-routing-key': queue,
})

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
  /** A queue with these arguments and one that gets its dead letters. */
  const withGrave = async (client: RawClient, args: Values): Promise<[string, string]> => {
    const grave = await makeQueue(client)
    const queue = await makeQueue(client, { arguments: { ...args, ...deadLetterTo(grave) } })
    return [queue, grave]
  }

  describe('dead letters', { concurrency: 8 }, () => {
    scenario('expired by the TTL of the queue', async (client) => {
      const [queue, grave] = await withGrave(client, { 'x-message-ttl': 20 })
      client.publish(1, { routingKey: queue }, 'a', { headers: { mine: 1 }, messageId: 'm' })
      const letter = await arrives(client, grave)
      checkDeaths(target(), letter, [{ queue, reason: 'expired' }], { mine: ['I', 1] })
      assert.equal(letter.properties?.messageId, 'm')
      assert.deepEqual([letter.args.exchange, letter.args.routingKey], ['', grave])
      assert.equal(letter.args.redelivered, false)
    })

    scenario('expired by its own TTL, which is taken off it', async (client) => {
      const [queue, grave] = await withGrave(client, {})
      client.publish(1, { routingKey: queue }, 'a', { expiration: '20' })
      const letter = await arrives(client, grave)
      checkDeaths(target(), letter, [{ queue, reason: 'expired', originalExpiration: '20' }])
      assert.equal(letter.properties?.expiration, undefined)
    })

    for (const [name, values] of [
      ['basic.reject', {}],
      ['basic.nack', { multiple: true }],
    ] as const)
      scenario(`refused by ${name}`, async (client) => {
        const [queue, grave] = await withGrave(client, {})
        client.publish(1, { exchange: 'amq.topic', routingKey: 'nobody' })
        client.publish(1, { routingKey: queue }, 'a')
        const { args } = await arrives(client, queue, false)
        client.send(1, name, { ...values, deliveryTag: args.deliveryTag })
        checkDeaths(target(), await arrives(client, grave), [{ queue, reason: 'rejected' }])
      })

    scenario('pushed out by a newer message', async (client) => {
      const [queue, grave] = await withGrave(client, { 'x-max-length': 2 })
      for (const body of ['a', 'b', 'c']) client.publish(1, { routingKey: queue }, body)
      const letter = await arrives(client, grave)
      assert.equal(letter.body, 'a')
      checkDeaths(target(), letter, [{ queue, reason: 'maxlen' }])
      assert.equal(await takeAll(client, queue), 'b c')
    })

    scenario('through an exchange, by its own key and its CC keys', async (client) => {
      const exchange = await makeExchange(client, 'topic', { autoDelete: true })
      const grave = await makeQueue(client)
      await bind(client, grave, exchange, 'dead.#')
      const queue = 'dead.letter'
      await client.call(1, 'queue.declare', {
        queue,
        exclusive: true,
        arguments: { 'x-dead-letter-exchange': exchange },
      })
      const headers = { CC: ['A', ['dead.cc']], BCC: ['A', ['dead.bcc']] }
      client.publish(1, { routingKey: queue }, 'a', { headers })
      const { args } = await arrives(client, queue, false)
      client.send(1, 'basic.reject', { deliveryTag: args.deliveryTag })
      const letter = await arrives(client, grave)
      const routingKeys = [queue, 'dead.cc']
      checkDeaths(target(), letter, [{ queue, reason: 'rejected', routingKeys }], {
        CC: ['A', [['S', 'dead.cc']]],
      })
      assert.deepEqual([letter.args.exchange, letter.args.routingKey], [exchange, queue])
      // One copy, though both keys match.
      assert.deepEqual(await look(client, grave), [0, 0])
    })

    scenario('a routing key of the queue takes CC away', async (client) => {
      const [queue, grave] = await withGrave(client, {})
      client.publish(1, { routingKey: queue }, 'a', { headers: { CC: ['A', ['elsewhere']] } })
      const { args } = await arrives(client, queue, false)
      client.send(1, 'basic.reject', { deliveryTag: args.deliveryTag })
      const routingKeys = [queue, 'elsewhere']
      checkDeaths(target(), await arrives(client, grave), [
        { queue, reason: 'rejected', routingKeys },
      ])
    })

    scenario('several deaths: newest first, counted by queue and reason', async (client) => {
      const [one, two] = ['deaths-one', 'deaths-two']
      await client.call(1, 'queue.declare', {
        queue: one,
        exclusive: true,
        arguments: deadLetterTo(two),
      })
      await client.call(1, 'queue.declare', {
        queue: two,
        exclusive: true,
        arguments: { ...deadLetterTo(one), 'x-message-ttl': 20 },
      })
      client.publish(1, { routingKey: one }, 'a')
      for (let round = 1; round <= 3; round++) {
        const letter = await arrives(client, one, false)
        const count = round - 1
        if (count > 0)
          checkDeaths(target(), letter, [
            { queue: two, reason: 'expired', count },
            { queue: one, reason: 'rejected', count },
          ])
        client.send(1, 'basic.reject', { deliveryTag: letter.args.deliveryTag })
      }
    })

    scenario(
      'a circle that nobody refused in is cut, one with a refusal is not',
      async (client) => {
        const arguments_ = { 'x-dead-letter-exchange': '', 'x-message-ttl': 10 }
        const circle = await makeQueue(client, { arguments: arguments_ })
        client.publish(1, { routingKey: circle }, 'a')
        await settled(client)
        await eventually(async () => (await look(client, circle))[0] === 0)
        const refusing = await makeQueue(client, { arguments: { 'x-dead-letter-exchange': '' } })
        client.publish(1, { routingKey: refusing }, 'a')
        const { args } = await arrives(client, refusing, false)
        client.send(1, 'basic.reject', { deliveryTag: args.deliveryTag })
        checkDeaths(target(), await arrives(client, refusing), [
          { queue: refusing, reason: 'rejected' },
        ])
      },
    )

    scenario('a death that a publisher made up', async (client) => {
      const [queue, grave] = await withGrave(client, {})
      const entry = { ...deathTable({ queue, reason: 'rejected', count: 5 }), time: ['T', 1] }
      const headers = { 'x-death': ['A', [['F', entry]]] }
      client.publish(1, { routingKey: queue }, 'a', { headers })
      const { args } = await arrives(client, queue, false)
      client.send(1, 'basic.reject', { deliveryTag: args.deliveryTag })
      const letter = await arrives(client, grave)
      const list = letter.properties?.headers?.['x-death']?.[1] as [string, { count: Field }][]
      // As in RabbitMQ 3: consumers that publish again with their headers go on counting.
      assert.deepEqual(list[0]?.[1].count, ['l', 6])
    })

    scenario('purging and a missing exchange make no dead letters', async (client) => {
      const [queue, grave] = await withGrave(client, {})
      client.publish(1, { routingKey: queue }, 'a')
      await settled(client)
      await client.call(1, 'queue.purge', { queue })
      const arguments_ = { 'x-dead-letter-exchange': 'no-such-exchange', 'x-message-ttl': 0 }
      const other = await makeQueue(client, { arguments: arguments_ })
      client.publish(1, { routingKey: other }, 'a')
      assert.deepEqual(await client.settle(), [])
      assert.deepEqual(await look(client, grave), [0, 0])
    })
  })

  describe('time to live', { concurrency: 8 }, () => {
    scenario('0: delivered to a consumer that waits, otherwise dead at once', async (client) => {
      const [queue, grave] = await withGrave(client, { 'x-message-ttl': 0 })
      client.publish(1, { routingKey: queue }, 'nobody waits')
      assert.equal((await arrives(client, grave)).body, 'nobody waits')
      await client.call(1, 'basic.consume', { queue, consumerTag: 'c' })
      client.publish(1, { routingKey: queue }, 'delivered')
      assert.equal(await deliveries(client, 1), 'c:delivered')
    })

    scenario('of a message: looked at when it comes to the head', async (client) => {
      const queue = await makeQueue(client)
      client.publish(1, { routingKey: queue }, 'long', { expiration: '60000' })
      client.publish(1, { routingKey: queue }, 'short', { expiration: '10' })
      await settled(client)
      await sleep(60)
      assert.equal(await takeAll(client, queue), 'long')
    })

    scenario('the shorter of the two holds', async (client) => {
      const [queue, grave] = await withGrave(client, { 'x-message-ttl': 20 })
      client.publish(1, { routingKey: queue }, 'by the queue', { expiration: '60000' })
      assert.equal((await arrives(client, grave)).body, 'by the queue')
      const [patient, other] = await withGrave(client, { 'x-message-ttl': 60_000 })
      client.publish(1, { routingKey: patient }, 'by itself', { expiration: '20' })
      assert.equal((await arrives(client, other)).body, 'by itself')
    })

    scenario('what is out with a consumer does not expire until it comes back', async (client) => {
      const [queue, grave] = await withGrave(client, { 'x-message-ttl': 50 })
      await client.call(1, 'basic.consume', { queue, consumerTag: 'c' })
      client.publish(1, { routingKey: queue }, 'a')
      assert.equal(await deliveries(client, 1), 'c:a')
      await sleep(80)
      assert.deepEqual(await look(client, grave), [0, 0])
      await client.call(1, 'basic.cancel', { consumerTag: 'c' })
      client.send(1, 'basic.nack', { deliveryTag: 1, requeue: true })
      checkDeaths(target(), await arrives(client, grave), [{ queue, reason: 'expired' }])
    })

    scenario('of a queue: using it keeps it, a consumer too', async (client) => {
      // Long enough for a machine that is busy with other things.
      const queue = await makeQueue(client, { arguments: { 'x-expires': 1500 } })
      for (let i = 0; i < 3; i++) {
        await sleep(600)
        await client.call(1, 'basic.get', { queue })
      }
      await client.call(1, 'basic.consume', { queue, consumerTag: 'c' })
      await sleep(1800)
      assert.deepEqual(await look(client, queue), [0, 1])
      await client.call(1, 'basic.cancel', { consumerTag: 'c' })
      await sleep(3000)
      const gone = await client.call(1, 'queue.declare', { queue, passive: true })
      assert.equal(gone.args.replyCode, 404)
    })
  })

  describe('limits', { concurrency: 8 }, () => {
    scenario('x-max-length-bytes counts bodies', async (client) => {
      const queue = await makeQueue(client, { arguments: { 'x-max-length-bytes': 10 } })
      for (const body of ['12345', '67890', 'x']) client.publish(1, { routingKey: queue }, body)
      await settled(client)
      await eventually(async () => (await look(client, queue))[0] === 2)
      assert.equal(await takeAll(client, queue), '67890 x')
      for (const body of ['a', '12345678901', 'b']) client.publish(1, { routingKey: queue }, body)
      await settled(client)
      await eventually(async () => (await look(client, queue))[0] === 1)
      assert.equal(await takeAll(client, queue), 'b')
    })

    scenario('only ready messages count; what comes back can push out', async (client) => {
      const queue = await makeQueue(client, { arguments: { 'x-max-length': 1 } })
      client.publish(1, { routingKey: queue }, 'a')
      await arrives(client, queue, false)
      client.publish(1, { routingKey: queue }, 'b')
      await settled(client)
      assert.deepEqual(await look(client, queue), [1, 0])
      await client.call(1, 'basic.recover', { requeue: true })
      await sleep(30)
      assert.equal(await takeAll(client, queue), 'b')
    })

    scenario('x-max-length 0 keeps nothing', async (client) => {
      const [queue, grave] = await withGrave(client, { 'x-max-length': 0 })
      client.publish(1, { routingKey: queue }, 'a')
      checkDeaths(target(), await arrives(client, grave), [{ queue, reason: 'maxlen' }])
    })

    scenario('reject-publish: nack, no return, no dead letter', async (client) => {
      const [queue, grave] = await withGrave(client, {
        'x-max-length': 1,
        'x-overflow': 'reject-publish',
      })
      await client.call(1, 'confirm.select')
      client.publish(1, { routingKey: queue, mandatory: true }, 'a')
      await client.expect('basic.ack')
      client.publish(1, { routingKey: queue, mandatory: true }, 'b')
      assert.equal((await client.expect('basic.nack')).args.deliveryTag, 2)
      assert.equal(await takeAll(client, queue), 'a')
      assert.deepEqual(await look(client, grave), [0, 0])
    })

    scenario(
      'reject-publish: one full queue of two is a nack, the other has it',
      async (client) => {
        const arguments_ = { 'x-max-length': 0, 'x-overflow': 'reject-publish' }
        const full = await makeQueue(client, { arguments: arguments_ })
        const other = await makeQueue(client)
        const exchange = await makeExchange(client, 'fanout', { autoDelete: true })
        for (const queue of [full, other]) await bind(client, queue, exchange)
        await client.call(1, 'confirm.select')
        client.publish(1, { exchange }, 'a')
        await client.expect('basic.nack')
        assert.equal(await takeAll(client, other), 'a')
      },
    )

    scenario('reject-publish-dlx: nack, and a dead letter', async (client) => {
      const [queue, grave] = await withGrave(client, {
        'x-max-length': 1,
        'x-overflow': 'reject-publish-dlx',
      })
      await client.call(1, 'confirm.select')
      client.publish(1, { routingKey: queue }, 'a')
      await client.expect('basic.ack')
      client.publish(1, { routingKey: queue }, 'b')
      await client.expect('basic.nack')
      const letter = await arrives(client, grave)
      assert.equal(letter.body, 'b')
      checkDeaths(target(), letter, [{ queue, reason: 'maxlen' }])
      assert.equal(await takeAll(client, queue), 'a')
    })

    scenario('reject-publish in a transaction closes the channel', async (client) => {
      const arguments_ = { 'x-max-length': 0, 'x-overflow': 'reject-publish' }
      const queue = await makeQueue(client, { arguments: arguments_ })
      await client.call(1, 'tx.select')
      client.publish(1, { routingKey: queue }, 'a')
      const said = await client.call(1, 'tx.commit')
      assert.deepEqual(said.args, {
        replyCode: 406,
        replyText: 'PRECONDITION_FAILED - partial tx completion',
        classId: 90,
        methodId: 20,
      })
    })
  })

  describe('priorities', { concurrency: 8 }, () => {
    const publishAll = async (
      client: RawClient,
      queue: string,
      priorities: readonly (number | undefined)[],
    ): Promise<void> => {
      for (const priority of priorities)
        client.publish(1, { routingKey: queue }, `${priority}`, { priority })
      await settled(client)
    }

    scenario('higher first, in order within; above the maximum is the maximum', async (client) => {
      const queue = await makeQueue(client, { arguments: { 'x-max-priority': 5 } })
      await publishAll(client, queue, [undefined, 0, 3, 5, 9, 3])
      assert.equal(await takeAll(client, queue), '5 9 3 3 undefined 0')
    })

    scenario('what comes back keeps its place', async (client) => {
      const queue = await makeQueue(client, { arguments: { 'x-max-priority': 5 } })
      await publishAll(client, queue, [1, 5, 1])
      await arrives(client, queue, false)
      await arrives(client, queue, false)
      client.send(1, 'basic.nack', { deliveryTag: 2, multiple: true, requeue: true })
      await eventually(async () => (await look(client, queue))[0] === 3)
      assert.equal(await takeAll(client, queue), '5* 1* 1')
    })
  })

  describe('consumers', { concurrency: 8 }, () => {
    scenario('single active consumer: the first, and the next when it leaves', async (client) => {
      const queue = await makeQueue(client, { arguments: { 'x-single-active-consumer': true } })
      for (const consumerTag of ['a', 'b', 'c'])
        await client.call(1, 'basic.consume', { queue, consumerTag })
      for (const body of ['1', '2', '3']) client.publish(1, { routingKey: queue }, body)
      assert.equal(await deliveries(client, 3), 'a:1 a:2 a:3')
      await client.call(1, 'basic.cancel', { consumerTag: 'a' })
      client.publish(1, { routingKey: queue }, '4')
      assert.equal(await deliveries(client, 1), 'b:4')
      assert.deepEqual(await look(client, queue), [0, 2])
      const refused = await client.call(1, 'basic.consume', { queue, exclusive: true })
      assert.equal(
        refused.args.replyText,
        `ACCESS_REFUSED - queue '${queue}' in vhost '/' in exclusive use`,
      )
    })

    scenario('CC and BCC route as well; BCC is taken off', async (client) => {
      const [to, cc, bcc] = [
        await makeQueue(client),
        await makeQueue(client),
        await makeQueue(client),
      ]
      const headers = { CC: ['A', [cc, to]], BCC: ['A', [bcc]], other: 1 }
      client.publish(1, { routingKey: to }, 'a', { headers })
      await settled(client)
      for (const queue of [to, cc, bcc]) {
        const copy = await arrives(client, queue)
        assert.equal(copy.args.routingKey, to)
        assert.deepEqual(copy.properties?.headers, {
          CC: [
            'A',
            [
              ['S', cc],
              ['S', to],
            ],
          ],
          other: ['I', 1],
        })
        assert.deepEqual(await look(client, queue), [0, 0])
      }
    })

    scenario('the user-id of the publisher is passed on', async (client) => {
      const queue = await makeQueue(client)
      client.publish(1, { routingKey: queue }, 'a', { userId: 'guest' })
      assert.equal((await arrives(client, queue)).properties?.userId, 'guest')
    })
  })

  describe('arguments that change nothing', { concurrency: 8 }, () => {
    const harmless: readonly Values[] = [
      { 'x-queue-mode': 'lazy' },
      { 'x-queue-mode': 'default' },
      { 'x-queue-version': 2 },
      { 'x-queue-master-locator': 'client-local' },
      { 'x-ha-policy': 'all' },
      { 'x-of-the-application': ['F', { any: 'thing' }] },
    ]
    for (const args of harmless)
      scenario(`of a queue: ${JSON.stringify(args)}`, async (client) => {
        const queue = await makeQueue(client, { arguments: args })
        client.publish(1, { routingKey: queue }, 'a')
        assert.equal((await arrives(client, queue)).body, 'a')
      })

    scenario('of a consumer, and no-local', async (client) => {
      const queue = await makeQueue(client)
      const args = { 'x-cancel-on-ha-failover': true, 'x-of-the-application': 1 }
      await client.call(1, 'basic.consume', {
        queue,
        consumerTag: 'c',
        noLocal: true,
        arguments: args,
      })
      client.publish(1, { routingKey: queue }, 'own')
      assert.equal(await deliveries(client, 1), 'c:own')
    })
  })

  describe('quorum queues', { concurrency: 8 }, () => {
    const makeQuorum = async (client: RawClient, args: Values): Promise<string> =>
      await makeQueue(client, {
        exclusive: false,
        durable: true,
        arguments: { 'x-queue-type': 'quorum', ...args },
      })
    const countOf = (said: Said): unknown => said.properties?.headers?.['x-delivery-count']

    scenario('deliveries are counted, and the limit leads to the dead letters', async (client) => {
      const grave = await makeQueue(client)
      const queue = await makeQuorum(client, { 'x-delivery-limit': 2, ...deadLetterTo(grave) })
      client.publish(1, { routingKey: queue }, 'a', { headers: { h: 1 } })
      for (const count of [0, 1, 2]) {
        const said = await arrives(client, queue, false)
        const counted = count > 0 || rabbitmqDiffers.countsFirstDelivery(target())
        assert.deepEqual(countOf(said), counted ? ['l', count] : undefined)
        assert.equal(said.args.redelivered, count > 0)
        client.send(1, 'basic.nack', { deliveryTag: said.args.deliveryTag, requeue: true })
      }
      const letter = await arrives(client, grave)
      checkDeaths(target(), letter, [{ queue, reason: 'delivery_limit' }], { h: ['I', 1] })
      await client.call(1, 'queue.delete', { queue })
    })

    scenario('a lost channel counts as a delivery', async (client) => {
      const queue = await makeQuorum(client, {})
      client.publish(1, { routingKey: queue }, 'a')
      await settled(client)
      await client.call(2, 'channel.open')
      await eventually(async () => {
        const said = await client.call(2, 'basic.get', { queue })
        return said.name === 'basic.get-ok'
      })
      await client.call(2, 'channel.close')
      assert.deepEqual(countOf(await arrives(client, queue)), ['l', 1])
      await client.call(1, 'queue.delete', { queue })
    })
  })
})
