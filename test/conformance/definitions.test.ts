// Definitions move between Warren and RabbitMQ in both directions: what one exports the other imports,
// both then have the same, and the importer behaves as the exporter did. Exact texts are elsewhere.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { type Channel, type ChannelModel, connect, credentials } from 'amqplib'
import { Broker } from '../../src/index.ts'
import { field, TestClient } from '../management/api-client.ts'
import { skipWithoutOracle, startOracle } from '../support/oracle.ts'

interface Side {
  /** `host:port` of AMQP. */
  readonly amqp: string
  readonly api: TestClient
  stop(): Promise<void>
}

async function warren(): Promise<Side> {
  const broker = await Broker.start({ managementPort: 0 })
  const api = new TestClient(broker.managementUrl!.replace('http://', 'http://guest:guest@'))
  return { amqp: new URL(broker.url).host, api, stop: () => broker.stop() }
}

async function rabbit(): Promise<Side> {
  const oracle = await startOracle({ plugins: ['rabbitmq_management'] })
  const api = new TestClient(oracle.managementUrl!)
  return { amqp: new URL(oracle.url).host, api, stop: () => oracle.stop() }
}

/** RabbitMQ's stored form of a password: base64(salt + digest(salt + password)). */
function hashed(algorithm: 'sha256' | 'sha512' | 'md5', password: string): object {
  const salt = Buffer.from('908dc60a', 'hex')
  const digest = createHash(algorithm).update(salt).update(password).digest()
  return {
    password_hash: Buffer.concat([salt, digest]).toString('base64'),
    hashing_algorithm: `rabbit_password_hashing_${algorithm}`,
  }
}

const guest = { name: 'guest', ...hashed('sha256', 'guest'), tags: ['administrator'] }
const all = { configure: '.*', write: '.*', read: '.*' }
const queue = (name: string, more: object = {}): object => ({
  name,
  vhost: 'shop',
  durable: true,
  auto_delete: false,
  arguments: {},
  ...more,
})
const exchange = (name: string, type: string, more: object = {}): object => ({
  ...queue(name, more),
  type,
  internal: false,
  ...more,
})
const binding = (source: string, destination: string, more: object = {}): object => ({
  source,
  vhost: 'shop',
  destination,
  destination_type: 'queue',
  routing_key: '',
  arguments: {},
  ...more,
})

/** One of everything that RabbitMQ's definitions can hold. */
const everything = {
  users: [
    guest,
    { name: 'ann', ...hashed('sha256', 'anns'), tags: ['management', 'monitoring'] },
    { name: 'bob', ...hashed('sha512', 'bobs'), tags: [], limits: { 'max-connections': 1 } },
    { name: 'cäsar', ...hashed('md5', 'pâss'), tags: ['policymaker'] },
    {
      name: 'locked',
      password_hash: '',
      hashing_algorithm: 'rabbit_password_hashing_sha256',
      tags: [],
    },
  ],
  vhosts: [
    { name: '/' },
    { name: 'shop', metadata: { description: 'what is sold', tags: ['live', 'eu'] } },
    { name: 'leer/ü' },
  ],
  permissions: [
    { user: 'guest', vhost: '/', ...all },
    { user: 'guest', vhost: 'shop', ...all },
    { user: 'ann', vhost: 'shop', ...all },
    {
      user: 'bob',
      vhost: 'shop',
      configure: '',
      write: '^(topics|amq\\.default)$',
      read: '^bob\\-',
    },
    // RabbitMQ grants its importer all virtual hosts that are new.
    { user: 'guest', vhost: 'leer/ü', ...all },
    { user: 'cäsar', vhost: 'leer/ü', configure: '', write: '.*', read: '' },
  ],
  topic_permissions: [
    { user: 'bob', vhost: 'shop', exchange: 'topics', write: '^{username}\\.', read: '.*' },
  ],
  parameters: [
    {
      vhost: 'shop',
      component: 'operator_policy',
      name: 'bound',
      value: { pattern: '', 'apply-to': 'queues', definition: { 'max-length': 3 }, priority: 1 },
    },
    { vhost: 'shop', component: 'vhost-limits', name: 'limits', value: { 'max-queues': 7 } },
  ],
  global_parameters: [
    { name: 'cluster_name', value: 'moved' },
    { name: 'notes', value: { nested: [1, 'two', true, null] } },
  ],
  policies: [
    {
      vhost: 'shop',
      name: 'late',
      pattern: '^late',
      'apply-to': 'queues',
      priority: 5,
      definition: {
        'message-ttl': 0,
        'dead-letter-exchange': '',
        'dead-letter-routing-key': 'dead',
      },
    },
    {
      vhost: 'shop',
      name: 'else',
      pattern: '^topics$',
      'apply-to': 'exchanges',
      priority: 0,
      definition: { 'alternate-exchange': 'unrouted' },
    },
  ],
  exchanges: [
    exchange('topics', 'topic'),
    exchange('unrouted', 'fanout', { internal: true }),
    exchange('by headers', 'headers', { auto_delete: true }),
    exchange('passing', 'direct', {
      durable: false,
      arguments: { 'alternate-exchange': 'topics' },
    }),
  ],
  queues: [
    queue('bob-1', { arguments: { 'x-max-priority': 5, 'x-message-ttl': 3_600_000 } }),
    queue('late-1'),
    queue('dead', { arguments: { 'x-overflow': 'reject-publish', 'x-queue-mode': 'lazy' } }),
    queue('odds', {
      arguments: { 'x-custom': 'yes', list: [1, 'a', { deep: -2.5 }], big: 2 ** 40 },
    }),
    queue('safe', { arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 2 } }),
    queue('passing', { durable: false, arguments: { 'x-expires': 3_600_000 } }),
    queue('leaving', { auto_delete: true }),
  ],
  bindings: [
    binding('topics', 'bob-1', { routing_key: 'bob.#' }),
    binding('topics', 'late-1', { routing_key: '*.late' }),
    binding('unrouted', 'odds'),
    binding('by headers', 'safe', { arguments: { 'x-match': 'any', size: 3, color: 'blue' } }),
    binding('passing', 'passing', { routing_key: 'p' }),
    binding('topics', 'by headers', { destination_type: 'exchange', routing_key: 'e2e' }),
    binding('amq.direct', 'leaving', { routing_key: 'dürch' }),
  ],
}

/** What only says where a document comes from. */
const dropped = [
  'rabbit_version',
  'rabbitmq_version',
  'product_name',
  'product_version',
  'rabbitmq_definition_format',
  'original_vhost_name',
  'explanation',
]

/** RabbitMQ 3.10 exports no more of them, and keeps the type of a queue among its arguments. */
const keptOnly: Readonly<Record<string, readonly string[]>> = {
  vhosts: ['name'],
  queues: ['name', 'vhost', 'durable', 'auto_delete', 'arguments'],
}

type Plain = Record<string, unknown>

/** A document to compare: lists in one order, without the fields of one side only. */
function comparable(document: unknown): Plain {
  const entries = Object.entries(document as Plain).filter(([key]) => !dropped.includes(key))
  const sections = entries.map(([key, value]) => [key, sortedList(key, value as Plain[])])
  return Object.fromEntries(sections)
}

function sortedList(section: string, list: readonly Plain[]): unknown {
  const kept = list.filter(({ name }) => name !== 'internal_cluster_id')
  const items = kept.map((item) => trimmed(section, item))
  return items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}

function trimmed(section: string, item: Plain): Plain {
  const keys = Object.keys(item).filter((key) => keptOnly[section]?.includes(key) ?? true)
  return Object.fromEntries(keys.sort().map((key) => [key, ordered(item[key])]))
}

function ordered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, ordered(inner)]),
  )
}

async function exported(side: Side, path = '/definitions'): Promise<unknown> {
  const answer = await side.api.get(path)
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return answer.body
}

async function imported(side: Side, document: unknown, path = '/definitions'): Promise<void> {
  const answer = await side.api.post(path, document)
  assert.equal(answer.status, 204, JSON.stringify(answer.body))
}

/** RabbitMQ 3.10 names the virtual host in some sections of the definitions of one, newer ones in none. */
const withoutVhosts = (document: unknown): unknown =>
  JSON.parse(JSON.stringify(document, (key, value) => (key === 'vhost' ? undefined : value)))

/** `who` is `name:password`. amqplib decodes neither of a URL as UTF-8. */
function enter({ amqp }: Side, who: string, vhost: string): Promise<ChannelModel> {
  const [name = '', password = ''] = who.split(':')
  const plain = credentials.plain(name, password)
  return connect(`amqp://${amqp}/${encodeURIComponent(vhost)}`, { credentials: plain })
}

async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'not refused',
    (error: unknown) => String(error),
  )
}

/** The text of the message at the head of a queue, once it is there. */
async function arrived(channel: Channel, name: string): Promise<string> {
  for (;;) {
    const message = await channel.get(name, { noAck: true })
    if (message !== false) return message.content.toString()
  }
}

const directions = [
  { name: 'from Warren to RabbitMQ', from: warren, to: rabbit },
  { name: 'from RabbitMQ to Warren', from: rabbit, to: warren },
  { name: 'from Warren to Warren', from: warren, to: warren, alone: true },
]

for (const { name, from, to, alone = false } of directions) {
  describe(`definitions ${name}`, { skip: alone ? false : skipWithoutOracle }, () => {
    let source: Side
    let target: Side
    let document: unknown

    before(async () => {
      ;[source, target] = await Promise.all([from(), to()])
      await imported(source, everything)
      document = await exported(source)
      await imported(target, document)
    })
    after(async () => {
      await Promise.all([source.stop(), target.stop()])
    })

    const inShop = async <T>(who: string, work: (channel: Channel) => Promise<T>): Promise<T> => {
      const connection = await enter(target, who, 'shop')
      // A channel that the broker closes says so with an error as well.
      const channel = await connection.createChannel()
      channel.on('error', () => undefined)
      try {
        return await work(channel)
      } finally {
        await connection.close()
      }
    }

    test('both have the same', async () => {
      assert.deepEqual(comparable(await exported(target)), comparable(document))
      // RabbitMQ 3.10 imports and shows descriptions and tags, and does not export them.
      if (from === rabbit) return
      const [vhosts, expected] = await Promise.all([target, source].map(describedVhosts))
      assert.deepEqual(vhosts, expected)
    })

    test('nothing of the document was left out', () => {
      for (const [section, items] of Object.entries(everything)) {
        const found = field(document, section) as Plain[]
        assert.ok(found.length >= items.length, `${section}: ${found.length} of ${items.length}`)
        for (const { name: wanted } of items as { name?: string }[]) {
          const isThere = wanted === undefined || found.some((item) => item.name === wanted)
          assert.ok(isThere, `${section}: ${wanted} is missing`)
        }
      }
    })

    test('the definitions of one virtual host go into another', async () => {
      const { body: before } = await source.api.get('/definitions/shop')
      await target.api.put('/vhosts/copy')
      await imported(target, before, '/definitions/copy')
      const after = await exported(target, '/definitions/copy')
      const copy = comparable(withoutVhosts(after))
      assert.deepEqual(copy, comparable(withoutVhosts(before)))
      assert.equal((copy.queues as unknown[]).length, everything.queues.length)
      await target.api.delete('/vhosts/copy')
    })

    test('users log in with the passwords of which only the hashes moved', async () => {
      for (const who of ['ann:anns', 'bob:bobs']) await inShop(who, async () => undefined)
      const connection = await enter(target, 'cäsar:pâss', 'leer/ü')
      await connection.close()
      for (const who of ['ann:bobs', 'bob:', 'locked:', 'locked:locked']) {
        assert.match(await refusal(inShop(who, async () => undefined)), /ACCESS.REFUSED/)
      }
    })

    test('limits of users and of virtual hosts hold', async () => {
      const refused = inShop('bob:bobs', () => inShop('bob:bobs', async () => undefined))
      // amqplib does not tell the text, which handshake.test.ts compares.
      assert.match(await refusal(refused), /ConnectionClose/)
      const another = inShop('ann:anns', (channel) => channel.assertQueue('eighth'))
      assert.match(await refusal(another), /queue limit in vhost 'shop' \(7\) is reached/)
    })

    test('messages take the ways of the bindings, policies and arguments', async () => {
      await inShop('guest:guest', async (channel) => {
        const send = (exchangeName: string, key: string, headers: object = {}): boolean =>
          channel.publish(exchangeName, key, Buffer.from(`${exchangeName} ${key}`), { headers })
        send('topics', 'bob.x.y')
        assert.equal(await arrived(channel, 'bob-1'), 'topics bob.x.y')
        send('topics', 'too.late')
        assert.equal(await arrived(channel, 'dead'), 'topics too.late')
        send('topics', 'nowhere')
        assert.equal(await arrived(channel, 'odds'), 'topics nowhere')
        send('passing', 'p')
        assert.equal(await arrived(channel, 'passing'), 'passing p')
        send('passing', 'bob.by alternate exchange')
        assert.equal(await arrived(channel, 'bob-1'), 'passing bob.by alternate exchange')
        send('topics', 'e2e', { size: 3 })
        assert.equal(await arrived(channel, 'safe'), 'topics e2e')
        send('amq.direct', 'dürch')
        assert.equal(await arrived(channel, 'leaving'), 'amq.direct dürch')
      })
    })

    test('an operator policy bounds a queue', async () => {
      const connection = await enter(target, 'guest:guest', 'shop')
      const channel = await connection.createConfirmChannel()
      for (const text of '12345') channel.sendToQueue('odds', Buffer.from(text))
      await channel.waitForConfirms()
      assert.equal((await channel.checkQueue('odds')).messageCount, 3)
      assert.equal(await arrived(channel, 'odds'), '3')
      await connection.close()
    })

    test('permissions and topic permissions hold', async () => {
      await inShop('bob:bobs', async (channel) => {
        channel.publish('topics', 'bob.may', Buffer.from('mine'))
        assert.equal(await arrived(channel, 'bob-1'), 'mine')
      })
      const read = inShop('bob:bobs', (channel) => channel.get('odds'))
      assert.match(await refusal(read), /read access|access to queue 'odds'/)
      const topic = inShop('bob:bobs', async (channel) => {
        const closed = new Promise((_, reject) => channel.on('error', reject))
        channel.publish('topics', 'ann.may', Buffer.from('not mine'))
        await closed
      })
      assert.match(await refusal(topic), /access to topic 'ann\.may' in exchange 'topics'/)
    })
  })
}

async function describedVhosts({ api }: Side): Promise<unknown[]> {
  const shown = (await api.get('/vhosts')).body as Plain[]
  const described = shown.map((vhost) => [
    vhost.name,
    field(vhost, 'metadata.description'),
    field(vhost, 'metadata.tags'),
  ])
  return described.sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1))
}
