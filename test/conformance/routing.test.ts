// Which queues a message reaches: topic patterns, headers, bindings of every kind, alternate
// exchanges, direct reply-to; and that content arrives as it was sent. The same tests run against
// Warren and against RabbitMQ.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { onEachBroker } from '../support/broker-under-test.ts'
import {
  bind,
  fill,
  makeExchange,
  makeQueue,
  nothingMore,
  settled,
  takeAll,
} from '../support/dialogue.ts'
import { RawClient } from '../support/raw-client.ts'
import type { Values } from '../support/raw-codec.ts'

const topicKeys = [
  ...['', 'a', 'b', 'a.b', 'a.a', 'a.b.c', 'a..b', 'a.x.b', '.', '..', '.a', 'a.', 'a.b.'],
  ...['#', '*', '*#', 'a.#', 'a*', '##'],
]
/** Words are what is between dots, empty ones too; only a whole word can be a wildcard. */
const topicMatches: Readonly<Record<string, readonly string[]>> = {
  '': [''],
  '#': topicKeys,
  '#.#': topicKeys,
  '*': ['a', 'b', '#', '*', '*#', 'a*', '##'],
  '*.*': ['a.b', 'a.a', '.', '.a', 'a.', 'a.#'],
  '#.*': topicKeys.slice(1),
  '*.#': topicKeys.slice(1),
  '#.*.#': topicKeys.slice(1),
  'a.#': ['a', 'a.b', 'a.a', 'a.b.c', 'a..b', 'a.x.b', 'a.', 'a.b.', 'a.#'],
  '#.a': ['a', 'a.a', '.a'],
  'a.*': ['a.b', 'a.a', 'a.', 'a.#'],
  'a.#.b': ['a.b', 'a..b', 'a.x.b'],
  'a.#.#.b': ['a.b', 'a..b', 'a.x.b'],
  '#.a.#': ['a', 'a.b', 'a.a', 'a.b.c', 'a..b', 'a.x.b', '.a', 'a.', 'a.b.', 'a.#'],
  'a..b': ['a..b'],
  'a.*.b': ['a..b', 'a.x.b'],
  '*..*': ['a..b', '..'],
  '.': ['.'],
  '*.': ['.', 'a.'],
  '##': ['##'],
  '*#': ['*#'],
  'a*': ['a*'],
}

const none = 'no headers'
const headersOfMessages: Readonly<Record<string, Values | undefined>> = {
  [none]: undefined,
  int: { a: 1 },
  string: { a: '1' },
  long: { a: ['l', 1] },
  short: { a: ['s', 1] },
  byte: { a: ['b', 1] },
  double: { a: ['d', 1] },
  timestamp: { a: ['T', 1] },
  bool: { a: true },
  void: { a: null },
  other: { b: 2 },
  both: { a: 1, b: 2 },
  wrong: { a: 9, b: 2 },
  'x-foo': { 'x-foo': 1 },
  table: { a: ['F', { k: 1 }] },
  array: { a: ['A', [1]] },
}
const all = Object.keys(headersOfMessages)
/** Numbers of all types that equal the int 1. */
const ones = ['int', 'long', 'short', 'byte', 'double', 'timestamp', 'both']
const withA = all.filter((name) => ![none, 'other', 'x-foo'].includes(name))
const headersMatches: readonly (readonly [binding: Values, matches: readonly string[]])[] = [
  [{}, all],
  [{ 'x-match': 'all' }, all],
  [{ 'x-match': 'any' }, []],
  [{ a: 1 }, ones],
  [{ a: ['l', 1] }, ones],
  [{ a: ['d', 1] }, ones],
  [{ a: '1' }, ['string']],
  [{ a: true }, ['bool']],
  // Void means that the header is there, whatever its value.
  [{ a: null }, withA],
  [{ 'x-match': 'any', a: null, b: 2 }, [...withA, 'other']],
  [{ a: 1, b: 2 }, ['both']],
  [{ 'x-match': 'any', a: 1, b: 2 }, [...ones, 'other', 'wrong']],
  // Keys with x- decide nothing, unless x-match says that they do.
  [{ 'x-foo': 1 }, all],
  [{ 'x-match': 'any', 'x-foo': 1 }, []],
  [{ 'x-match': 'all-with-x', 'x-foo': 1 }, ['x-foo']],
  [{ 'x-match': 'any-with-x', 'x-foo': 1, b: 2 }, ['x-foo', 'other', 'both', 'wrong']],
  [{ a: ['F', { k: 1 }] }, ['table']],
  [{ a: ['A', [1]] }, ['array']],
]

const allProperties: Values = {
  contentType: 'text/plain',
  contentEncoding: 'identity',
  headers: {
    t: ['t', true],
    b: ['b', -5],
    B: ['B', 250],
    s: ['s', -300],
    u: ['u', 65_000],
    I: ['I', -70_000],
    i: ['i', 4_000_000_000],
    l: ['l', -(2 ** 50)],
    f: ['f', 0.5],
    d: ['d', 0.1],
    D: ['D', [2, 314]],
    S: ['S', 'grün'],
    T: ['T', 1_700_000_000],
    V: ['V', undefined],
    x: ['x', 'abc'],
    A: [
      'A',
      [
        ['I', 1],
        ['S', 'two'],
        ['A', []],
      ],
    ],
    F: ['F', { deep: ['F', { deeper: ['t', false] }] }],
  },
  deliveryMode: 2,
  priority: 7,
  correlationId: 'correlation',
  replyTo: 'reply',
  expiration: '60000',
  messageId: 'message',
  timestamp: 1_700_000_000,
  type: 'type',
  userId: 'guest',
  appId: 'app',
  clusterId: 'cluster',
}

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

  describe('exchanges', { concurrency: 8 }, () => {
    scenario('topic patterns', async (client) => {
      const exchange = await makeExchange(client, 'topic', { autoDelete: true })
      const queues = new Map<string, string>()
      for (const pattern of Object.keys(topicMatches)) {
        const queue = await makeQueue(client)
        await bind(client, queue, exchange, pattern)
        queues.set(pattern, queue)
      }
      for (const routingKey of topicKeys)
        client.publish(1, { exchange, routingKey }, `<${routingKey}>`)
      await settled(client)
      for (const [pattern, keys] of Object.entries(topicMatches)) {
        const expected = keys.map((key) => `<${key}>`).join(' ')
        const got = await takeAll(client, queues.get(pattern) ?? '')
        assert.equal(got, expected, `what pattern '${pattern}' matches`)
      }
    })

    scenario('headers', async (client) => {
      const exchange = await makeExchange(client, 'headers', { autoDelete: true })
      const queues: string[] = []
      for (const [binding] of headersMatches) {
        const queue = await makeQueue(client)
        await bind(client, queue, exchange, binding)
        queues.push(queue)
      }
      for (const [name, headers] of Object.entries(headersOfMessages))
        client.publish(1, { exchange }, name.replaceAll(' ', '_'), { headers })
      await settled(client)
      for (const [index, [binding, names]] of headersMatches.entries()) {
        const got = (await takeAll(client, queues[index] ?? ''))
          .split(' ')
          .filter((name) => name !== '')
        const expected = names.map((name) => name.replaceAll(' ', '_'))
        assert.deepEqual(got.sort(), expected.sort(), `what ${JSON.stringify(binding)} matches`)
      }
    })

    scenario('the default exchange routes by name, also with mandatory', async (client) => {
      const queue = await makeQueue(client)
      client.publish(1, { routingKey: queue, mandatory: true }, 'here')
      client.publish(1, { routingKey: '', mandatory: true }, 'nowhere')
      assert.equal((await client.expect('basic.return')).body, 'nowhere')
      assert.equal(await takeAll(client, queue), 'here')
    })

    scenario('a message comes once to a queue, however many ways lead there', async (client) => {
      const first = await makeExchange(client, 'fanout')
      const second = await makeExchange(client, 'fanout')
      const queue = await makeQueue(client)
      await bind(client, queue, first)
      await bind(client, queue, first, 'another key')
      await bind(client, queue, second)
      for (const [destination, source] of [
        [second, first],
        [first, second],
        [first, first],
      ])
        await client.call(1, 'exchange.bind', { destination, source })
      client.publish(1, { exchange: first }, 'once')
      await settled(client)
      assert.equal(await takeAll(client, queue), 'once')
      for (const exchange of [first, second]) await client.call(1, 'exchange.delete', { exchange })
    })

    scenario('bindings are told apart by key and arguments', async (client) => {
      const exchange = await makeExchange(client, 'direct', { autoDelete: true })
      const queue = await makeQueue(client)
      await bind(client, queue, exchange, 'k')
      await bind(client, queue, exchange, 'k')
      await client.call(1, 'queue.bind', { queue, exchange, routingKey: 'k', arguments: { a: 1 } })
      await client.call(1, 'queue.unbind', { queue, exchange, routingKey: 'k' })
      client.publish(1, { exchange, routingKey: 'k' }, 'by the other')
      await settled(client)
      await client.call(1, 'queue.unbind', {
        queue,
        exchange,
        routingKey: 'k',
        arguments: { a: 1 },
      })
      assert.equal(await takeAll(client, queue), 'by the other')
    })

    scenario('an internal exchange passes on what comes from exchanges', async (client) => {
      const internal = await makeExchange(client, 'fanout', { internal: true, autoDelete: true })
      const source = await makeExchange(client, 'fanout', { autoDelete: true })
      const queue = await makeQueue(client)
      await client.call(1, 'exchange.bind', { destination: internal, source })
      await bind(client, queue, internal)
      client.publish(1, { exchange: source }, 'through')
      await settled(client)
      assert.equal(await takeAll(client, queue), 'through')
    })

    scenario('alternate exchange, and mandatory with it', async (client) => {
      const alternate = await makeExchange(client, 'fanout')
      const exchange = await makeExchange(client, 'direct', {
        arguments: { 'alternate-exchange': alternate },
      })
      client.publish(1, { exchange, routingKey: 'k', mandatory: true }, 'nowhere')
      assert.equal((await client.expect('basic.return')).args.exchange, exchange)
      const queue = await makeQueue(client)
      await bind(client, queue, alternate)
      client.publish(1, { exchange, routingKey: 'k', mandatory: true }, 'elsewhere')
      await settled(client)
      const got = await client.call(1, 'basic.get', { queue, noAck: true })
      assert.deepEqual(
        [got.body, got.args.exchange, got.args.routingKey],
        ['elsewhere', exchange, 'k'],
      )
      for (const name of [exchange, alternate])
        await client.call(1, 'exchange.delete', { exchange: name })
    })

    scenario('alternate exchange that is missing or leads in a circle', async (client) => {
      const [one, two] = ['circle-one', 'circle-two']
      for (const [exchange, next] of [
        [one, two],
        [two, one],
      ])
        await client.call(1, 'exchange.declare', {
          exchange,
          type: 'direct',
          arguments: { 'alternate-exchange': next },
        })
      client.publish(1, { exchange: one, routingKey: 'k', mandatory: true }, 'round')
      assert.equal((await client.expect('basic.return')).body, 'round')
      await client.call(1, 'exchange.delete', { exchange: two })
      client.publish(1, { exchange: one, routingKey: 'k', mandatory: true }, 'missing')
      assert.equal((await client.expect('basic.return')).body, 'missing')
      await client.call(1, 'exchange.delete', { exchange: one })
    })

    scenario(
      'an alternate exchange is asked by the exchange that found no binding',
      async (client) => {
        const alternate = await makeExchange(client, 'fanout')
        const queue = await makeQueue(client)
        await bind(client, queue, alternate)
        const withAlternate = { arguments: { 'alternate-exchange': alternate } }
        const source = await makeExchange(client, 'fanout', withAlternate)
        const deaf = await makeExchange(client, 'direct')
        await client.call(1, 'exchange.bind', { destination: deaf, source })
        client.publish(1, { exchange: source, routingKey: 'k' }, 'lost')
        const asking = await makeExchange(client, 'direct', withAlternate)
        await client.call(1, 'exchange.bind', { destination: asking, source })
        client.publish(1, { exchange: source, routingKey: 'k' }, 'found')
        await settled(client)
        assert.equal(await takeAll(client, queue), 'found')
        for (const exchange of [source, deaf, asking, alternate])
          await client.call(1, 'exchange.delete', { exchange })
      },
    )
  })

  describe('content', { concurrency: 8 }, () => {
    scenario('all properties and all types of header fields arrive as sent', async (client) => {
      const queue = await makeQueue(client)
      client.publish(1, { routingKey: queue }, 'body', allProperties)
      await settled(client)
      const got = await client.call(1, 'basic.get', { queue, noAck: true })
      const headers = allProperties.headers as Values
      assert.deepEqual(got.properties, {
        ...allProperties,
        headers: { ...headers, x: ['x', Buffer.from('abc').toString('hex')] },
      })
    })

    scenario('bodies of no octet, of several frames, and of a frame exactly', async (client) => {
      const queue = await makeQueue(client)
      const sizes = [0, 1, 131_064, 131_065, 1_000_000]
      for (const size of sizes) client.publish(1, { routingKey: queue }, 'x'.repeat(size))
      await settled(client)
      for (const size of sizes) {
        const got = await client.call(1, 'basic.get', { queue, noAck: true })
        assert.equal(got.body?.length, size)
      }
    })

    scenario('a small frame_max cuts deliveries', async (client) => {
      const other = await RawClient.channel(target().url, { tune: { frameMax: 8192 } })
      const queue = await makeQueue(other)
      client.publish(1, { routingKey: queue }, 'y'.repeat(50_000))
      await settled(client)
      const got = await other.call(1, 'basic.get', { queue, noAck: true })
      assert.equal(got.body, 'y'.repeat(50_000))
      assert.equal(other.longestFrame, 8192)
      other.destroy()
    })
  })

  describe('direct reply-to', { concurrency: 8 }, () => {
    const pseudoQueue = 'amq.rabbitmq.reply-to'

    scenario('a reply comes straight to the channel that asked', async (client) => {
      const server = await RawClient.channel(target().url)
      const queue = await makeQueue(server)
      await client.call(1, 'basic.consume', { queue: pseudoQueue, noAck: true, consumerTag: 'c' })
      client.publish(1, { routingKey: queue }, 'ask', { replyTo: pseudoQueue, correlationId: '1' })
      await settled(client)
      const request = await server.call(1, 'basic.get', { queue, noAck: true })
      const replyTo = String(request.properties?.replyTo)
      assert.ok(replyTo.startsWith(`${pseudoQueue}.`), replyTo)
      assert.equal(request.properties?.correlationId, '1')
      const declared = await server.call(1, 'queue.declare', { queue: replyTo, passive: true })
      assert.deepEqual(declared.args, { queue: replyTo, messageCount: 0, consumerCount: 1 })

      server.publish(1, { routingKey: replyTo }, 'answer', { correlationId: '1' })
      const reply = await client.expect('basic.deliver')
      assert.deepEqual(reply.args, {
        consumerTag: 'c',
        deliveryTag: 1,
        redelivered: false,
        exchange: '',
        routingKey: replyTo,
      })
      assert.deepEqual([reply.body, reply.properties], ['answer', { correlationId: '1' }])
      await client.call(1, 'basic.cancel', { consumerTag: 'c' })
      server.publish(1, { routingKey: replyTo, mandatory: true }, 'too late')
      assert.equal((await server.expect('basic.return')).body, 'too late')
      await nothingMore(client)
      server.destroy()
    })

    scenario('declaring the pseudo-queue does nothing', async (client) => {
      const declared = await client.call(1, 'queue.declare', { queue: pseudoQueue })
      assert.deepEqual(declared.args, { queue: pseudoQueue, messageCount: 0, consumerCount: 1 })
      const deleted = await client.call(1, 'queue.delete', { queue: pseudoQueue })
      assert.deepEqual(deleted.args, { messageCount: 0 })
      client.publish(1, { routingKey: pseudoQueue, mandatory: true }, 'nobody')
      assert.equal((await client.expect('basic.return')).body, 'nobody')
    })

    scenario('each channel may have one', async (client) => {
      await client.call(2, 'channel.open')
      for (const channel of [1, 2]) {
        const said = await client.call(channel, 'basic.consume', {
          queue: pseudoQueue,
          noAck: true,
        })
        assert.equal(said.name, 'basic.consume-ok')
      }
    })
  })

  describe('closing', { concurrency: 8 }, () => {
    scenario('what comes to a channel that the server closes is swallowed', async (client) => {
      const queue = await makeQueue(client)
      await client.call(2, 'channel.open')
      client.send(2, 'queue.declare', { queue: 'nope', passive: true })
      client.publish(2, { routingKey: queue, mandatory: true }, 'swallowed')
      client.publish(2, { routingKey: 'nowhere', mandatory: true }, 'swallowed')
      client.send(2, 'queue.declare', { queue: 'swallowed' })
      await client.expect('channel.close')
      await nothingMore(client)
      client.send(2, 'channel.close')
      await client.expect('channel.close-ok')
      client.send(2, 'channel.close-ok')
      await client.call(2, 'channel.open')
      await fill(client, queue, 1)
      assert.equal(await takeAll(client, queue), 'm1')
    })

    scenario('a connection is closed when its close is confirmed', async (client) => {
      client.send(0, 'connection.close', { replyCode: 200, replyText: 'bye' })
      await client.expect('connection.close-ok')
    })
  })
})
