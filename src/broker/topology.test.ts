import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ModelBroker, propertiesOf } from '../../test/support/model-broker.ts'
import { type FieldTable, TypedValue } from '../protocol/amqp/field-table.ts'
import { declareExchange, unbind } from './requests.ts'
import type { Topology } from './topology.ts'

const topologyOf = (broker: ModelBroker): Topology => broker.core.vhost('/')!.topology

const rich: FieldTable = {
  'x-message-ttl': new TypedValue('l', 1000),
  'x-max-length': 10,
  'x-overflow': 'reject-publish',
  'x-max-priority': new TypedValue('b', 3),
  own: [1, { deep: null }, new TypedValue('x', Buffer.from('bytes'))],
}

function flags(durable: boolean): { durable: boolean; autoDelete: boolean; internal: boolean } {
  return { durable, autoDelete: false, internal: false }
}

test('durable exchanges, queues and bindings come back after a restart, all else does not', () => {
  const before = new ModelBroker()
  const channel = before.open()
  declareExchange(channel.channel, { name: 'x', type: 'topic', ...flags(true), arguments: {} })
  declareExchange(channel.channel, {
    name: 'h',
    type: 'headers',
    ...flags(true),
    arguments: { 'alternate-exchange': 'x' },
  })
  declareExchange(channel.channel, { name: 't', type: 'fanout', ...flags(false), arguments: {} })
  channel.queue('d', { durable: true, arguments: rich })
  channel.queue('transient')
  channel.queue('exclusive', { durable: true, exclusive: true })
  for (const name of ['d', 'transient', 'exclusive']) channel.bind('x', name, 'a.*')
  channel.bind('t', 'd')
  channel.bind('h', 'd', '', { 'x-match': 'any', n: 5n, void: null })
  channel.bind('amq.direct', 'd', 'ключ')
  channel.bind('amq.direct', 'd', 'gone')
  const destination = { kind: 'queue', name: 'd' } as const
  unbind(channel.channel, { source: 'amq.direct', destination, routingKey: 'gone', arguments: {} })
  channel.bindExchange('x', 'h', '#')
  before.turn()

  const after = new ModelBroker({ metadata: before.metadata })
  const topology = topologyOf(after)
  assert.deepEqual([...topology.queues.keys()], ['d'])
  assert.ok(topology.exchanges.has('x') && topology.exchanges.has('h'))
  assert.ok(!topology.exchanges.has('t'))
  const queue = after.queueNamed('d')
  assert.deepEqual(JSON.stringify(queue.arguments), JSON.stringify(rich))
  assert.equal(queue.settings.messageTtlMs, 1000)
  assert.equal(queue.settings.priorityMax, 3)
  assert.equal(queue.id, before.queueNamed('d').id)
  const bound = [...topology.exchange('x').bindings.values()].map((one) => one.destination.name)
  assert.deepEqual(bound.sort(), ['d', 'h'])
  assert.deepEqual(
    [...topology.exchange('amq.direct').bindings.values()].map((one) => one.routingKey),
    ['ключ'],
  )
  // The same declarations are equivalent, and ids go on where they were.
  const again = after.open()
  again.queue('d', { durable: true, arguments: rich })
  again.bind('h', 'd', '', { 'x-match': 'any', n: 5n, void: null })
  assert.equal(topology.exchange('h').bindings.size, 1)
  assert.ok(again.queue('new', { durable: true }).id > queue.id)
  again.publish('h', '', 'm', { headers: { void: 1 } })
  assert.equal(again.getNow('d'), 'm')
  again.publish('h', 'a.b', 'alternate', { headers: {} })
  assert.equal(again.getNow('d'), 'alternate')
})

test('what was deleted does not come back', () => {
  const before = new ModelBroker()
  const channel = before.open()
  declareExchange(channel.channel, { name: 'x', type: 'topic', ...flags(true), arguments: {} })
  channel.queue('q', { durable: true })
  channel.queue('r', { durable: true })
  channel.bind('x', 'q', 'k')
  channel.bind('amq.fanout', 'q')
  channel.bind('amq.fanout', 'r')
  const topology = topologyOf(before)
  topology.deleteExchange(topology.exchange('x'), false)
  topology.deleteQueue(before.queueNamed('q'))
  before.turn()
  const after = topologyOf(new ModelBroker({ metadata: before.metadata }))
  assert.deepEqual([...after.queues.keys()], ['r'])
  assert.ok(!after.exchanges.has('x'))
  assert.equal(after.exchange('amq.fanout').bindings.size, 1)
  const kinds = [...before.metadata.load()].map(({ kind }) => kind)
  assert.equal(kinds.filter((kind) => kind === 'binding').length, 1)
})

test('a binding whose queue is missing does not keep the broker from starting', () => {
  const before = new ModelBroker()
  const channel = before.open()
  channel.queue('q', { durable: true })
  channel.bind('amq.direct', 'q', 'k')
  before.turn()
  const [record] = [...before.metadata.load()].filter(({ kind }) => kind === 'queue')
  before.metadata.delete('queue', record!.key)
  const after = topologyOf(new ModelBroker({ metadata: before.metadata }))
  assert.equal(after.exchange('amq.direct').bindings.size, 0)
})

test('bindings differ by key and arguments; the same one twice is one', () => {
  const broker = new ModelBroker()
  const channel = broker.open()
  channel.queue('q')
  const size = (): number => topologyOf(broker).exchange('amq.headers').bindings.size
  channel.bind('amq.headers', 'q', 'k', { a: 1, b: 2 })
  channel.bind('amq.headers', 'q', 'k', { b: 2, a: 1 })
  assert.equal(size(), 1)
  channel.bind('amq.headers', 'q', 'k', { a: '1', b: 2 })
  channel.bind('amq.headers', 'q', 'l', { a: 1, b: 2 })
  channel.bind('amq.headers', 'q', 'l')
  const odd = Object.fromEntries([['__proto__', 5]])
  channel.bind('amq.headers', 'q', 'l', odd)
  assert.equal(size(), 5)
  const destination = { kind: 'queue', name: 'q' } as const
  const other = { source: 'amq.headers', destination, routingKey: 'l', arguments: { a: 1 } }
  unbind(channel.channel, other)
  assert.equal(size(), 5)
  unbind(channel.channel, { ...other, arguments: { b: 2, a: 1 } })
  assert.equal(size(), 4)
})

test('an auto-delete exchange goes with its last binding as a source, and takes others with it', () => {
  const broker = new ModelBroker()
  const channel = broker.open()
  const { exchanges } = topologyOf(broker)
  const autoDelete = { durable: false, autoDelete: true, internal: false, arguments: {} }
  for (const name of ['a', 'b']) {
    declareExchange(channel.channel, { name, type: 'fanout', ...autoDelete })
  }
  channel.bindExchange('a', 'b')
  channel.queue('q')
  channel.bind('b', 'q')
  assert.ok(exchanges.has('a') && exchanges.has('b'))
  topologyOf(broker).deleteQueue(broker.queueNamed('q'))
  assert.ok(!exchanges.has('b'), 'its only binding was to the queue')
  assert.ok(!exchanges.has('a'), 'and that of a to b')
})

const args = (key: string, value: FieldTable[string]): FieldTable => ({ [key]: value })
const text = "for queue 'q' in vhost '/'"

/** Declared first, declared again, and what RabbitMQ says to that. */
const redeclarations: readonly [FieldTable, FieldTable, string | null][] = [
  [args('x-message-ttl', 10), args('x-message-ttl', new TypedValue('l', 10)), null],
  [
    args('x-message-ttl', 10),
    args('x-message-ttl', 20),
    `inequivalent arg 'x-message-ttl' ${text}: received '20' but current is '10'`,
  ],
  [
    {},
    args('x-message-ttl', 5),
    `inequivalent arg 'x-message-ttl' ${text}: received the value '5' of type 'signedint' but current is none`,
  ],
  [
    args('x-max-length', 10),
    {},
    `inequivalent arg 'x-max-length' ${text}: received none but current is the value '10' of type 'signedint'`,
  ],
  [args('x-queue-type', 'classic'), {}, null],
  [{}, args('x-queue-type', 'classic'), null],
  [{}, args('unknown', 1), null],
  [{}, args('x-queue-mode', 'lazy'), null],
  [
    args('x-dead-letter-exchange', 'a'),
    args('x-dead-letter-exchange', 'b'),
    `inequivalent arg 'x-dead-letter-exchange' ${text}: received 'b' but current is 'a'`,
  ],
]

for (const [first, second, expected] of redeclarations) {
  const show = (table: FieldTable): string => JSON.stringify(table)
  test(`${show(first)}, then ${show(second)}: ${expected ?? 'the same'}`, () => {
    const channel = new ModelBroker().open()
    channel.queue('q', { arguments: first })
    const again = (): unknown => channel.queue('q', { arguments: second })
    if (expected === null) again()
    else assert.throws(again, { message: expected })
  })
}

/** Arguments that make no sense, and the reason given. */
const refused: readonly [string, FieldTable[string], string][] = [
  ['x-message-ttl', -1, '{value_negative,-1}'],
  ['x-expires', 0, '{value_zero,0}'],
  ['x-expires', 315_360_000_001, '{value_too_large,315360000001}'],
  ['x-max-priority', 256, '{max_value_exceeded,256}'],
  ['x-overflow', 'bogus', 'invalid_overflow'],
  ['x-dead-letter-routing-key', 'k', 'routing_key_but_no_dlx_defined'],
  ['x-queue-type', 'bogus', `"unsupported queue type 'bogus'"`],
]

for (const [name, value, reason] of refused) {
  test(`${name} = ${String(value)} is refused with ${reason}`, () => {
    const channel = new ModelBroker().open()
    assert.throws(() => channel.queue('q', { arguments: { [name]: value } }), {
      message: `invalid arg '${name}' for queue 'q' in vhost '/': ${reason}`,
    })
  })
}

test('properties of a message stay as they came', () => {
  const broker = new ModelBroker()
  const channel = broker.open()
  channel.queue('q')
  const sent = { contentType: 'a/b', headers: { n: 1n }, priority: 200, timestamp: 5, appId: 'ü' }
  channel.publish('', 'q', 'x', sent)
  channel.consume('q', { noAck: true })
  broker.turn()
  assert.deepEqual(
    { ...propertiesOf(channel.deliveries[0]!.message), headers: null },
    { ...sent, headers: null },
  )
})
