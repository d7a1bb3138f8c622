import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ModelBroker,
  type PublishOptions,
  propertiesOf,
  type TestChannel,
} from '../../test/support/model-broker.ts'
import { deleteExchange, unbind } from './requests.ts'

const names = ['a', 'b', 'c', 'd'] as const

interface World {
  broker: ModelBroker
  channel: TestChannel
  /** The queues that a message gets to, as letters; twice if it does twice. */
  to(exchange: string, key: string, options?: PublishOptions): string
}

function world(): World {
  const broker = new ModelBroker()
  const channel = broker.open()
  for (const name of names) channel.queue(name)
  const to = (exchange: string, key: string, options: PublishOptions = {}): string => {
    channel.publish(exchange, key, '.', { ...options, mandatory: true })
    broker.turn()
    let reached = channel.sink.sent.some(({ kind }) => kind === 'return') ? 'returned' : ''
    channel.sink.sent.length = 0
    for (const name of names)
      while (broker.has(name) && channel.getNow(name) !== null) reached += name
    return reached
  }
  return { broker, channel, to }
}

test('each queue gets a message once, however many ways lead to it', () => {
  const { channel, to } = world()
  channel.exchange('x', 'topic')
  channel.exchange('y', 'fanout')
  channel.bind('x', 'a', '#')
  channel.bind('x', 'a', 'k.*')
  channel.bind('x', 'b', 'k.1')
  channel.bindExchange('x', 'y', 'k.#')
  channel.bind('y', 'a')
  channel.bind('y', 'c')
  assert.equal(to('x', 'k.1'), 'abc')
  assert.equal(to('x', 'other'), 'a')
})

test('exchanges bound in circles end', () => {
  const { channel, to } = world()
  for (const name of ['x', 'y', 'z']) channel.exchange(name, 'fanout')
  channel.bindExchange('x', 'y')
  channel.bindExchange('y', 'z')
  channel.bindExchange('z', 'x')
  channel.bindExchange('z', 'z')
  assert.equal(to('x', ''), 'returned')
  channel.bind('z', 'a')
  channel.bind('x', 'b')
  assert.equal(to('y', ''), 'ab')
})

test('the alternate exchange takes what its exchange routes nowhere', () => {
  const { channel, to } = world()
  channel.exchange('alternate', 'fanout')
  channel.exchange('x', 'direct', { 'alternate-exchange': 'alternate' })
  channel.bind('x', 'a', 'a')
  assert.equal(to('x', 'nowhere'), 'returned')
  channel.bind('alternate', 'b')
  assert.equal(to('x', 'nowhere'), 'b')
  assert.equal(to('x', 'a'), 'a')
  // A bound exchange that leads nowhere is a match: the source's alternate is not asked.
  channel.exchange('dead end', 'direct')
  channel.bindExchange('x', 'dead end', 'e')
  assert.equal(to('x', 'e'), 'returned')
  channel.exchange('live end', 'direct', { 'alternate-exchange': 'alternate' })
  channel.bindExchange('x', 'live end', 'l')
  assert.equal(to('x', 'l'), 'b')
})

test('alternate exchanges in circles end, and one that is missing leads nowhere', () => {
  const { channel, to } = world()
  channel.exchange('x', 'direct', { 'alternate-exchange': 'y' })
  assert.equal(to('x', ''), 'returned')
  channel.exchange('y', 'direct', { 'alternate-exchange': 'x' })
  assert.equal(to('x', ''), 'returned')
  channel.bind('y', 'a', 'k')
  assert.equal(to('x', 'k'), 'a')
})

test('CC and BCC are further keys, and BCC is not passed on', () => {
  const { broker, channel, to } = world()
  assert.equal(to('', 'a', { headers: { CC: ['b', 'nowhere'], BCC: ['c', 'a'] } }), 'abc')
  assert.equal(to('', 'nowhere', { headers: { BCC: ['d'] } }), 'd')
  assert.equal(to('', 'nowhere', { headers: { CC: ['none'] } }), 'returned')
  channel.publish('', 'a', '.', { headers: { CC: ['b'], BCC: ['c'], other: 1 } })
  for (const name of ['a', 'b', 'c']) channel.consume(name, { noAck: true })
  broker.turn()
  assert.equal(channel.deliveries.length, 3)
  for (const { message } of channel.deliveries) {
    assert.equal(message.envelope.routingKey, 'a')
    const headers = propertiesOf(message).headers!
    assert.deepEqual(Object.keys(headers).sort(), ['CC', 'other'])
  }
})

test('a header that only contains the letters changes nothing', () => {
  const { to } = world()
  assert.equal(to('', 'a', { headers: { ACCOUNT: 'b', text: 'CC' } }), 'a')
})

test('routes that were remembered follow every change', () => {
  const { broker, channel, to } = world()
  const { topology } = broker.core.vhost('/')!
  channel.exchange('x', 'direct')
  channel.exchange('y', 'fanout')
  const destination = { kind: 'queue', name: 'a' } as const
  const binding = { source: 'x', destination, routingKey: 'k', arguments: {} }
  for (let round = 0; round < 2; round += 1) {
    assert.equal(to('x', 'k'), 'returned')
    channel.bind('x', 'a', 'k')
    assert.equal(to('x', 'k'), 'a')
    channel.bindExchange('x', 'y', 'k')
    channel.bind('y', 'b')
    assert.equal(to('x', 'k'), 'ab')
    topology.deleteQueue(topology.queue('b', null))
    assert.equal(to('x', 'k'), 'a')
    channel.queue('b')
    deleteExchange(channel.channel, 'y', false)
    channel.exchange('y', 'fanout')
    unbind(channel.channel, binding)
  }
  assert.equal(to('', 'e'), 'returned')
  channel.queue('e')
  channel.publish('', 'e', '.')
  assert.equal(channel.getNow('e'), '.')
  // An exchange of the same name but another type is another exchange.
  channel.bind('x', 'a', 'k')
  assert.equal(to('x', 'other'), 'returned')
  deleteExchange(channel.channel, 'x', false)
  channel.exchange('x', 'fanout')
  channel.bind('x', 'c', 'k')
  assert.equal(to('x', 'other'), 'c')
})

test('a route by headers is worked out for each message, also behind other exchanges', () => {
  const { channel, to } = world()
  channel.exchange('x', 'fanout')
  channel.exchange('h', 'headers')
  channel.bindExchange('x', 'h')
  channel.bind('h', 'a', '', { colour: 'red' })
  channel.bind('h', 'b', '', { colour: 'blue' })
  assert.equal(to('x', '', { headers: { colour: 'red' } }), 'a')
  assert.equal(to('x', '', { headers: { colour: 'blue' } }), 'b')
  assert.equal(to('x', ''), 'returned')
})

test('what is remembered of routes and targets is bounded', () => {
  const { broker, channel } = world()
  const { routing, topology } = broker.core.vhost('/')!
  channel.exchange('x', 'fanout')
  channel.bind('x', 'a')
  const exchange = topology.exchange('x')
  const first = routing.byKey(exchange, 'first')
  assert.equal(routing.byKey(exchange, 'first'), first)
  for (let i = 0; i < 5000; i += 1) routing.byKey(exchange, `${i}`)
  assert.notEqual(routing.byKey(exchange, 'first'), first, 'it was forgotten')
  assert.deepEqual(routing.byKey(exchange, 'first'), first)
  const target = channel.channel.target('x', 'first')
  assert.equal(channel.channel.target('x', 'first'), target)
  for (let i = 0; i < 600; i += 1) channel.channel.target('x', `${i}`)
  assert.notEqual(channel.channel.target('x', 'first'), target)
})
