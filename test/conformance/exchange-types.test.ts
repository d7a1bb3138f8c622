// The exchange types that are plugins in RabbitMQ, and the two exchanges that the broker itself
// publishes to. The same tests run against Warren and against RabbitMQ with these plugins.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { onEachBroker, type Target, usualDefinitions } from '../support/broker-under-test.ts'
import { everything } from '../support/definitions.ts'
import { bind, makeExchange, makeQueue, settled, takeAll } from '../support/dialogue.ts'
import { call, checkErrorCase, type ErrorCase, type Step } from '../support/error-case.ts'
import { plainTable, RawClient, type Said } from '../support/raw-client.ts'
import type { Values } from '../support/raw-codec.ts'

const definitions = {
  ...usualDefinitions,
  vhosts: [...usualDefinitions.vhosts, { name: 'traced', tracing: true }],
  permissions: [...usualDefinitions.permissions, everything('guest', 'traced')],
}
const plugins = [
  'rabbitmq_consistent_hash_exchange',
  'rabbitmq_random_exchange',
  'rabbitmq_recent_history_exchange',
  'rabbitmq_sharding',
  'rabbitmq_event_exchange',
]
const messages = 400

const refused = (
  title: string,
  text: string,
  when: Step,
  given: readonly Step[] = [],
): ErrorCase => ({
  title,
  code: 406,
  text: `PRECONDITION_FAILED - ${text}`,
  closes: 'channel',
  given,
  when,
})
const bindingTo = (type: string, routingKey: string): [Step, Step[]] => [
  call('queue.bind', { queue: 'hashed', exchange: 'hash', routingKey }),
  [
    call('exchange.declare', { exchange: 'hash', type }),
    call('queue.declare', { queue: 'hashed', exclusive: true }),
  ],
]
const declaring = (type: string, args: Values): Step =>
  call('exchange.declare', { exchange: 'refused', type, arguments: args })
const notAnInteger = (key: string): string => `The binding key must be an integer: ${key}`

const refusals: readonly ErrorCase[] = [
  refused('weight that is a word', notAnInteger('<<"x">>'), ...bindingTo('x-consistent-hash', 'x')),
  refused(
    'weight that is a fraction',
    notAnInteger('<<"1.5">>'),
    ...bindingTo('x-consistent-hash', '1.5'),
  ),
  refused('weight that is empty', notAnInteger('<<>>'), ...bindingTo('x-consistent-hash', '')),
  ...['0', '-1'].map((weight) =>
    refused(
      `weight ${weight}`,
      'The binding key must be greater than 0',
      ...bindingTo('x-consistent-hash', weight),
    ),
  ),
  refused(
    'hash by header and by property',
    'hash-header and hash-property are mutually exclusive',
    declaring('x-consistent-hash', { 'hash-header': 'h', 'hash-property': 'message_id' }),
  ),
  refused(
    'hash by an unknown property',
    'Unsupported property: bogus',
    declaring('x-consistent-hash', { 'hash-property': 'bogus' }),
  ),
  ...(
    [
      ['abc', '<<"abc">>'],
      [0, '0'],
      [-1, '-1'],
    ] as const
  ).map(([length, shown]) =>
    refused(
      `history of length ${length}`,
      `Invalid argument ${shown}, 'x-recent-history-length' must be a positive integer`,
      declaring('x-recent-history', { 'x-recent-history-length': length }),
    ),
  ),
]

onEachBroker({ definitions, plugins }, (target) => {
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
  /** Publishes many and returns what each of two bound queues got. */
  const spread = async (
    client: RawClient,
    exchange: string,
    publish: (index: number) => [key: string, properties: Values],
  ): Promise<[string[], string[]]> => {
    const queues = [await makeQueue(client), await makeQueue(client)] as const
    for (const queue of queues) await bind(client, queue, exchange, '1')
    for (let i = 0; i < messages; i++) {
      const [routingKey, properties] = publish(i)
      client.publish(1, { exchange, routingKey, mandatory: true }, `${i}`, properties)
    }
    await settled(client)
    const got = async (queue: string): Promise<string[]> =>
      (await takeAll(client, queue)).split(' ').filter((body) => body !== '')
    const result: [string[], string[]] = [await got(queues[0]), await got(queues[1])]
    assert.equal(result[0].length + result[1].length, messages, 'each message went to one queue')
    return result
  }
  const assertEven = ([one, two]: readonly [string[], string[]]): void => {
    const least = Math.min(one.length, two.length)
    assert.ok(least > messages / 4, `${one.length} and ${two.length}`)
  }
  /** Messages 0, 1, 2 … carry the values 0 to 39 in turn: equal values must have gone one way. */
  const assertByValue = ([one, two]: readonly [string[], string[]]): void => {
    const values = (bodies: string[]): Set<number> =>
      new Set(bodies.map((body) => Number(body) % 40))
    assert.equal(values(one).intersection(values(two)).size, 0)
    assert.ok(values(one).size > 0 && values(two).size > 0)
  }

  describe('types of exchanges', { concurrency: 8 }, () => {
    scenario('x-random gives each message to one of the queues', async (client) => {
      const exchange = await makeExchange(client, 'x-random', { autoDelete: true })
      assertEven(await spread(client, exchange, () => ['same', {}]))
    })

    for (const type of ['x-modulus-hash', 'x-consistent-hash'])
      scenario(`${type} gives equal routing keys to one queue`, async (client) => {
        const exchange = await makeExchange(client, type, { autoDelete: true })
        assertEven(await spread(client, exchange, (i) => [`key ${i}`, {}]))
        const again = await makeExchange(client, type, { autoDelete: true })
        assertByValue(await spread(client, again, (i) => [`key ${i % 40}`, {}]))
      })

    scenario('x-consistent-hash by a header', async (client) => {
      const exchange = await makeExchange(client, 'x-consistent-hash', {
        autoDelete: true,
        arguments: { 'hash-header': 'customer' },
      })
      assertByValue(
        await spread(client, exchange, (i) => [`${i}`, { headers: { customer: `c${i % 40}` } }]),
      )
    })

    scenario('x-consistent-hash by a property', async (client) => {
      const exchange = await makeExchange(client, 'x-consistent-hash', {
        autoDelete: true,
        arguments: { 'hash-property': 'correlation_id' },
      })
      assertByValue(
        await spread(client, exchange, (i) => [`${i}`, { correlationId: `c${i % 40}` }]),
      )
    })

    scenario('x-consistent-hash by weight', async (client) => {
      const exchange = await makeExchange(client, 'x-consistent-hash', { autoDelete: true })
      const [light, heavy] = [await makeQueue(client), await makeQueue(client)]
      await bind(client, light, exchange, '1')
      await bind(client, heavy, exchange, '9')
      for (let i = 0; i < messages; i++)
        client.publish(1, { exchange, routingKey: `key ${i}` }, `${i}`)
      await settled(client)
      const few = (await takeAll(client, light)).split(' ').length
      assert.ok(few < messages / 3, `${few} of ${messages}`)
    })

    scenario('x-recent-history gives a new queue the last messages', async (client) => {
      const exchange = await makeExchange(client, 'x-recent-history', {
        arguments: { 'x-recent-history-length': 2 },
      })
      for (const body of ['1', '2', '3'])
        client.publish(1, { exchange, routingKey: `key ${body}` }, body, { messageId: body })
      const headers = { 'x-recent-history-no-store': true }
      client.publish(1, { exchange, routingKey: 'not kept' }, '4', { headers })
      await settled(client)
      const queue = await makeQueue(client)
      await bind(client, queue, exchange, 'any')
      const first = await client.call(1, 'basic.get', { queue, noAck: true })
      assert.deepEqual(
        [first.body, first.args.exchange, first.args.routingKey, first.properties],
        ['2', exchange, 'key 2', { messageId: '2' }],
      )
      client.publish(1, { exchange, routingKey: 'new' }, '5')
      await settled(client)
      assert.equal(await takeAll(client, queue), '3 5')
      await client.call(1, 'exchange.delete', { exchange })
    })
  })

  describe('refused arguments of exchanges', () => {
    for (const errorCase of refusals)
      test(errorCase.title, async () => await checkErrorCase(target(), errorCase))
  })

  describe('what the broker tells', { concurrency: 8 }, () => {
    test('events: amq.rabbitmq.event', async () => await checkEvents(target()))
    test('firehose: amq.rabbitmq.trace', async () => await checkFirehose(target()))
  })
})

/** What a client does, and the events of it: key, and the headers that tell of which thing. */
async function checkEvents(target: Target): Promise<void> {
  const watcher = await RawClient.channel(target.url)
  const events = await makeQueue(watcher)
  for (const key of [
    'queue.*',
    'exchange.*',
    'binding.*',
    'consumer.*',
    'connection.*',
    'channel.*',
  ])
    await bind(watcher, events, 'amq.rabbitmq.event', key)
  const client = await RawClient.channel(target.url, {
    clientProperties: { connection_name: 'watched' },
  })
  const [queue, exchange] = ['watched-queue', 'watched-exchange']
  await client.call(1, 'queue.declare', { queue, arguments: { 'x-max-length': 5 } })
  await client.call(1, 'exchange.declare', { exchange, type: 'direct', durable: true })
  await client.call(1, 'queue.bind', { queue, exchange, routingKey: 'k' })
  await client.call(1, 'basic.consume', { queue, consumerTag: 't' })
  await client.call(1, 'basic.cancel', { consumerTag: 't' })
  await client.call(1, 'queue.unbind', { queue, exchange, routingKey: 'k' })
  await client.call(1, 'queue.delete', { queue })
  await client.call(1, 'exchange.delete', { exchange })
  await client.close()

  const binding = {
    source_name: exchange,
    source_kind: 'exchange',
    destination_name: queue,
    destination_kind: 'queue',
    routing_key: 'k',
  }
  const expected: readonly (readonly [key: string, headers: Values])[] = [
    [
      'connection.created',
      { user: 'guest', user_provided_name: 'watched', auth_mechanism: 'PLAIN' },
    ],
    ['channel.created', { number: 1, user: 'guest', vhost: '/' }],
    ['queue.created', { name: queue, durable: false, exclusive: false, auto_delete: false }],
    ['exchange.created', { name: exchange, type: 'direct', durable: true, internal: false }],
    ['binding.created', binding],
    ['consumer.created', { consumer_tag: 't', queue, ack_required: true, exclusive: false }],
    ['consumer.deleted', { consumer_tag: 't', queue }],
    ['binding.deleted', binding],
    ['queue.deleted', { name: queue, vhost: '/' }],
    ['exchange.deleted', { name: exchange, vhost: '/' }],
    ['channel.closed', {}],
    ['connection.closed', { user_provided_name: 'watched' }],
  ]
  const seen = await collect(watcher, events, 'connection.closed')
  for (const [key, headers] of expected) {
    const match = seen.find(
      ({ args, properties }) =>
        args.routingKey === key &&
        Object.entries(headers).every(
          ([name, value]) => plainTable(properties?.headers ?? {})[name] === value,
        ),
    )
    const said = seen.map(({ args }) => args.routingKey).join(' ')
    assert.ok(match !== undefined, `no ${key} with ${JSON.stringify(headers)} among ${said}`)
    assert.equal(match.body, '')
    assert.equal(match.properties?.deliveryMode, 2)
    assert.equal(match.properties?.headers?.timestamp_in_ms?.[0], 'l')
  }
  watcher.destroy()
}

async function collect(watcher: RawClient, queue: string, last: string): Promise<Said[]> {
  const seen: Said[] = []
  const deadline = Date.now() + 2_000
  while (Date.now() < deadline && seen.length < 50) {
    const said = await watcher.call(1, 'basic.get', { queue, noAck: true })
    if (said.name === 'basic.get-ok') seen.push(said)
    else if (seen.at(-1)?.args.routingKey === last) break
    else await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return seen
}

async function checkFirehose(target: Target): Promise<void> {
  const client = await RawClient.channel(target.url, { vhost: 'traced' })
  const traces = await makeQueue(client)
  const queue = await makeQueue(client)
  await bind(client, traces, 'amq.rabbitmq.trace', '#')
  client.publish(1, { routingKey: queue }, 'traced', { messageId: 'm', headers: { a: 1 } })
  await settled(client)
  await client.call(1, 'basic.get', { queue, noAck: true })
  const [published, delivered, ...more] = await collect(client, traces, `deliver.${queue}`)
  assert.equal(more.length, 0, 'what the firehose itself delivers is not traced')
  assert.equal(published?.args.routingKey, 'publish.')
  assert.equal(delivered?.args.routingKey, `deliver.${queue}`)
  const common = {
    exchange_name: ['S', ''],
    routing_keys: ['A', [['S', queue]]],
    properties: ['F', { message_id: ['S', 'm'], headers: ['F', { a: ['I', 1] }] }],
    vhost: ['S', 'traced'],
    channel: ['I', 1],
    user: ['S', 'guest'],
  }
  for (const [said, rest] of [
    [published, { routed_queues: ['A', [['S', queue]]] }],
    [delivered, { redelivered: ['I', 0] }],
  ] as const) {
    assert.equal(said?.body, 'traced')
    const { node, connection, ...headers } = said?.properties?.headers ?? {}
    assert.deepEqual(headers, { ...common, ...rest })
    assert.equal(node?.[0], 'S')
    assert.match(String(connection?.[1]), /^[\d.:]+ -> [\d.:]+$/)
  }
  client.destroy()
}
