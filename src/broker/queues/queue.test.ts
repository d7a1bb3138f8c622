import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ModelBroker, propertiesOf, type TestChannel } from '../../../test/support/model-broker.ts'
import { plainValue } from '../../protocol/amqp/field-table.ts'
import { deleteQueue } from '../requests.ts'

function start(memoryBytes?: number): { broker: ModelBroker; channel: TestChannel } {
  const broker = new ModelBroker(memoryBytes === undefined ? {} : { memoryBytes })
  return { broker, channel: broker.open() }
}

const priorities = { arguments: { 'x-max-priority': 5 } }

test('higher priority goes first, in order among equals; above the highest counts as that', () => {
  const { broker, channel } = start()
  channel.queue('q', priorities)
  const sent = [0, 3, undefined, 5, 9, 3, 5, 1]
  sent.forEach((priority, i) => {
    channel.publish(
      '',
      'q',
      `${priority}${'abcdefgh'[i]}`,
      priority === undefined ? {} : { priority },
    )
  })
  channel.consume('q', { noAck: true })
  broker.turn()
  assert.deepEqual(channel.bodies, ['5d', '9e', '5g', '3b', '3f', '1h', '0a', 'undefinedc'])
})

test('what comes back has its priority and its place', () => {
  const { broker, channel } = start()
  const queue = channel.queue('q', priorities)
  for (const priority of [1, 4, 1, 4]) channel.publish('', 'q', `${priority}`, { priority })
  channel.consume('q', { tag: 'c', prefetch: 3 })
  broker.turn()
  assert.deepEqual(channel.bodies, ['4', '4', '1'])
  channel.channel.cancel('c')
  channel.publish('', 'q', 'new', { priority: 4 })
  channel.channel.reject(0, true, true)
  channel.consume('q', { noAck: true })
  broker.turn()
  assert.deepEqual(channel.bodies.slice(3), ['4*', '4*', 'new', '1*', '1'])
  assert.equal(queue.messageCount, 0)
})

test('a paged-out lane of high priority holds back the lower ones until it is loaded', () => {
  const { broker, channel } = start(0)
  channel.queue('q', priorities)
  for (let i = 0; i < 300; i += 1) channel.publish('', 'q', `high${i}`, { priority: 3 })
  channel.publish('', 'q', 'low')
  channel.consume('q', { noAck: true })
  broker.turn()
  assert.ok(!channel.bodies.includes('low'))
  broker.settle()
  const expected = [...Array.from({ length: 300 }, (_, i) => `high${i}`), 'low']
  assert.deepEqual(channel.bodies, expected)
})

test('each lane is watched for what expires', () => {
  const { broker, channel } = start()
  const queue = channel.queue('q', priorities)
  channel.publish('', 'q', 'a', { priority: 5, expiration: '1000' })
  channel.publish('', 'q', 'b', { priority: 0, expiration: '10' })
  channel.publish('', 'q', 'c', { priority: 3, expiration: '100' })
  broker.turn()
  broker.advance(10)
  assert.equal(queue.readyCount, 2)
  broker.advance(90)
  assert.equal(queue.readyCount, 1)
  broker.advance(900)
  assert.equal(queue.readyCount, 0)
})

test('a message that comes back too often is dead-lettered, and its returns are counted', () => {
  const { broker, channel } = start()
  channel.queue('q', {
    arguments: {
      'x-delivery-limit': 2,
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': 'dead',
    },
  })
  channel.queue('dead')
  channel.publish('', 'q', '1', { headers: { own: 'x' } })
  channel.consume('q')
  broker.turn()
  for (let tag = 1; tag <= 3; tag += 1) {
    channel.channel.reject(tag, false, true)
    broker.turn()
  }
  assert.deepEqual(channel.bodies, ['1', '1*', '1*'])
  const counts = channel.deliveries.map(({ message }) => {
    const { headers } = propertiesOf(message)
    assert.equal(headers?.own, 'x')
    const count = headers?.['x-delivery-count']
    return count === undefined ? null : plainValue(count)
  })
  assert.deepEqual(counts, [null, 1, 2])
  channel.consume('dead', { noAck: true })
  broker.turn()
  const { headers } = propertiesOf(channel.deliveries[3]!.message)
  assert.equal(headers?.['x-first-death-reason'], 'delivery_limit')
})

test('recover and the end of a channel count as returns too; no limit means no header', () => {
  const { broker, channel } = start()
  channel.queue('limited', { arguments: { 'x-delivery-limit': 1 } })
  const free = channel.queue('free')
  channel.publish('', 'limited', '1')
  channel.publish('', 'free', '2')
  channel.consume('limited')
  channel.consume('free')
  broker.turn()
  channel.channel.recover()
  broker.turn()
  assert.deepEqual(channel.bodies, ['1', '2', '1*', '2*'])
  assert.equal(propertiesOf(channel.deliveries[3]!.message).headers, undefined)
  channel.channel.close()
  broker.turn()
  assert.equal(broker.queueNamed('limited').messageCount, 0)
  assert.equal(free.readyCount, 1)
})

test('a single active consumer without credit is not helped by the others', () => {
  const { broker, channel } = start()
  channel.queue('q', { arguments: { 'x-single-active-consumer': true } })
  const second = broker.open()
  channel.consume('q', { prefetch: 1 })
  second.consume('q')
  for (const body of ['1', '2', '3']) channel.publish('', 'q', body)
  broker.turn()
  assert.deepEqual([channel.bodies, second.bodies], [['1'], []])
  channel.channel.acknowledge(1, false)
  broker.turn()
  assert.deepEqual(channel.bodies, ['1', '2'])
  channel.channel.close()
  broker.turn()
  assert.deepEqual(second.bodies, ['2*', '3'])
})

test('basic.get waits for what is being loaded, and is served before consumers', () => {
  const { broker, channel } = start(0)
  const queue = channel.queue('q')
  for (let i = 1; i <= 200; i += 1) channel.publish('', 'q', `${i}`)
  const other = broker.open()
  other.consume('q', { tag: 'c', prefetch: 128 })
  broker.turn()
  assert.equal(other.bodies.length, 128)
  let got = 0
  channel.get('q', true, (fetched) => {
    got += 1
    assert.equal(fetched?.left, 71)
  })
  assert.equal(got, 0)
  other.channel.acknowledge(1, false)
  broker.settle()
  assert.equal(got, 1)
  assert.equal(other.bodies.at(-1), '130')
  assert.equal(queue.readyCount, 70)
})

for (const action of ['purge', 'delete'] as const) {
  test(`a basic.get that waits finds nothing after ${action}`, () => {
    const { broker, channel } = start(0)
    const queue = channel.queue('q')
    for (let i = 1; i <= 200; i += 1) channel.publish('', 'q', `${i}`)
    channel.consume('q', { tag: 'c', noAck: true })
    broker.turn()
    channel.channel.cancel('c')
    const answers: unknown[] = []
    channel.get('q', true, (fetched) => answers.push(fetched))
    assert.deepEqual(answers, [])
    if (action === 'purge') queue.purge()
    else deleteQueue(channel.channel, 'q', { ifUnused: false, ifEmpty: false })
    assert.deepEqual(answers, [null])
    broker.settle()
    assert.equal(broker.core.budget.usedBytes, 0)
    assert.deepEqual([...broker.log.references], [])
  })
}

test('a virtual host goes with all that is in it, and its connections are told to close', () => {
  const { broker } = start()
  const { core } = broker
  const vhost = core.addVhost('v')
  core.access.setPermissions('guest', 'v', { configure: '.*', write: '.*', read: '.*' })
  const connection = broker.connect('guest', 'v')
  const channel = broker.open(connection)
  const { topology } = vhost
  const declaration = { name: 'q', durable: true, autoDelete: false, owner: null, arguments: {} }
  const queue = topology.declareQueue(declaration)
  topology.declareQueue({ ...declaration, name: 'own', owner: connection })
  topology.bind({
    source: 'amq.topic',
    destination: { kind: 'queue', name: 'q' },
    routingKey: '#',
    arguments: {},
  })
  channel.consume('q', { tag: 'c', prefetch: 1 })
  for (let i = 0; i < 3; i += 1) channel.publish('amq.topic', 'k', 'm', { deliveryMode: 2 })
  broker.turn()
  core.deleteVhost(vhost)
  broker.turn()
  assert.deepEqual(broker.closeReasons, ["vhost 'v' is deleted"])
  assert.equal(queue.deleted, true)
  assert.equal(topology.queues.size, 0)
  channel.channel.acknowledge(1, false)
  connection.close()
  broker.settle()
  assert.equal(core.budget.usedBytes, 0)
  assert.deepEqual([...broker.log.references], [])
  assert.equal(core.vhosts.has('v'), false)
  const left = [...broker.metadata.load()].filter(({ key }) => key.includes('"v"') || key === 'v')
  assert.deepEqual(left, [])
  assert.throws(() => broker.connect('guest', 'v'), /vhost v not found/)
})
