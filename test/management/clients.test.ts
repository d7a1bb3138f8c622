// What the API shows of live clients, and what it does to them; who sees what.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type ChannelModel, connect } from 'amqplib'
import { Broker } from '../../src/index.ts'
import { field, pick, TestClient } from './api-client.ts'

let broker: Broker
let api: TestClient
let client: ChannelModel

before(async () => {
  broker = await Broker.start({ managementPort: 0 })
  api = new TestClient(broker.managementUrl!.replace('http://', 'http://guest:guest@'))
  client = await connect(broker.url, { clientProperties: { connection_name: 'tests' } })
})
after(async () => {
  await client.close().catch(() => undefined)
  await broker.stop()
})

const body = async (path: string): Promise<unknown> => {
  const answer = await api.get(path)
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return answer.body
}

test('connections, channels and consumers are shown as they are', async () => {
  const channel = await client.createChannel()
  await channel.prefetch(7)
  await channel.assertQueue('work', { durable: true })
  await channel.consume('work', () => undefined, { consumerTag: 'one', arguments: { a: 1 } })
  channel.sendToQueue('work', Buffer.from('x'))
  await channel.checkQueue('work')

  const [connection] = (await body('/connections')) as unknown[]
  const name = String(field(connection, 'name'))
  assert.match(name, /^127\.0\.0\.1:\d+ -> 127\.0\.0\.1:\d+$/)
  assert.deepEqual(
    pick(connection, ['user', 'vhost', 'protocol', 'user_provided_name', 'channels', 'state']),
    {
      user: 'guest',
      vhost: '/',
      protocol: 'AMQP 0-9-1',
      user_provided_name: 'tests',
      channels: 1,
      state: 'running',
    },
  )
  assert.ok(Number(field(connection, 'recv_oct')) > 100)
  assert.deepEqual(await body(`/connections/${encodeURIComponent(name)}`), connection)

  const [shown] = (await body(`/connections/${encodeURIComponent(name)}/channels`)) as unknown[]
  assert.deepEqual(
    pick(shown, ['name', 'number', 'confirm', 'consumer_count', 'messages_unacknowledged']),
    {
      name: `${name} (1)`,
      number: 1,
      confirm: false,
      consumer_count: 1,
      messages_unacknowledged: 1,
    },
  )
  const [consumer] = (await body('/consumers/%2F')) as unknown[]
  assert.deepEqual(
    pick(consumer, [
      'consumer_tag',
      'ack_required',
      'prefetch_count',
      'active',
      'arguments',
      'queue',
    ]),
    {
      consumer_tag: 'one',
      ack_required: true,
      prefetch_count: 7,
      active: true,
      arguments: { a: 1 },
      queue: { name: 'work', vhost: '/' },
    },
  )
  const queue = await body('/queues/%2F/work')
  assert.deepEqual(
    pick(queue, [
      'messages',
      'messages_ready',
      'messages_unacknowledged',
      'consumers',
      'message_stats.publish',
      'message_stats.deliver',
      'message_stats.deliver_get',
    ]),
    {
      messages: 1,
      messages_ready: 0,
      messages_unacknowledged: 1,
      consumers: 1,
      'message_stats.publish': 1,
      'message_stats.deliver': 1,
      'message_stats.deliver_get': 1,
    },
  )
  const overview = await body('/overview')
  assert.deepEqual(
    pick(overview, [
      'object_totals.connections',
      'object_totals.channels',
      'object_totals.consumers',
      'queue_totals.messages',
      'message_stats.publish',
      'churn_rates.connection_created',
    ]),
    {
      'object_totals.connections': 1,
      'object_totals.channels': 1,
      'object_totals.consumers': 1,
      'queue_totals.messages': 1,
      'message_stats.publish': 1,
      'churn_rates.connection_created': 1,
    },
  )
  await channel.close()
})

test('a channel has its own message statistics, each group from its first event', async () => {
  const channel = await client.createConfirmChannel()
  const channelStats = async (): Promise<unknown> => {
    const all = (await body('/channels')) as unknown[]
    return field(
      all.find((one) => field(one, 'confirm') === true),
      'message_stats',
    )
  }
  assert.equal(await channelStats(), undefined)
  const { queue } = await channel.assertQueue('', { exclusive: true })
  for (let i = 0; i < 3; i += 1) channel.sendToQueue(queue, Buffer.from('x'))
  channel.publish('', 'nowhere', Buffer.from('x'))
  channel.publish('', 'nowhere', Buffer.from('x'), { mandatory: true })
  await channel.waitForConfirms()
  const publishing = ['publish', 'confirm', 'return_unroutable', 'drop_unroutable']
  assert.deepEqual(pick(await channelStats(), [...publishing, 'ack', 'get']), {
    publish: 5,
    confirm: 5,
    return_unroutable: 1,
    drop_unroutable: 1,
    ack: undefined,
    get: undefined,
  })
  const one = await channel.get(queue, { noAck: false })
  assert.ok(one !== false)
  channel.nack(one)
  assert.ok(await channel.get(queue, { noAck: true }))
  const consumed = new Promise<void>((resolve) => {
    let left = 2
    void channel.consume(queue, (message) => {
      channel.ack(message!)
      left -= 1
      if (left === 0) resolve()
    })
  })
  await consumed
  await channel.cancel('none')
  await channel.get(queue)
  assert.deepEqual(
    pick(await channelStats(), [
      'deliver',
      'deliver_no_ack',
      'get',
      'get_no_ack',
      'get_empty',
      'deliver_get',
      'redeliver',
      'ack',
    ]),
    {
      deliver: 2,
      deliver_no_ack: 0,
      get: 1,
      get_no_ack: 1,
      get_empty: 1,
      deliver_get: 4,
      redeliver: 1,
      ack: 2,
    },
  )
  assert.equal(typeof field(await channelStats(), 'ack_details.rate'), 'number')
  await channel.close()
})

test('logins are counted by protocol, and counted anew on request', async () => {
  const node = String(field((await body('/nodes')) as unknown, '0.name'))
  const path = `/auth/attempts/${node}`
  assert.equal((await api.delete(path)).status, 204)
  await (await connect(broker.url)).close()
  await assert.rejects(connect(broker.url.replace('//', '//guest:wrong@')))
  const wrong = new TestClient(broker.managementUrl!.replace('http://', 'http://guest:wrong@'))
  assert.equal((await wrong.get('/whoami')).status, 401)
  const [amqp, http] = (await body(path)) as unknown[]
  assert.deepEqual(amqp, {
    protocol: 'amqp091',
    auth_attempts: 2,
    auth_attempts_failed: 1,
    auth_attempts_succeeded: 1,
  })
  assert.equal(field(http, 'auth_attempts_failed'), 1)
  assert.deepEqual(await body(`${path}/source`), [])
  assert.equal((await api.get('/auth/attempts/other')).status, 404)
})

test('samples are thrown away on request', async () => {
  const node = String(field((await body('/nodes')) as unknown, '0.name'))
  const beforeMs = Date.now()
  assert.equal((await api.delete('/reset')).status, 204)
  assert.equal((await api.delete(`/reset/${node}`)).status, 204)
  assert.equal((await api.delete('/reset/other')).status, 404)
  const totals = await body('/overview?lengths_age=60&lengths_incr=5')
  const samples = field(totals, 'queue_totals.messages_details.samples') as { timestamp: number }[]
  assert.ok(samples.every(({ timestamp }) => timestamp >= beforeMs))
})

test('a queue tells the timestamp of its first message', async () => {
  const channel = await client.createConfirmChannel()
  const { queue } = await channel.assertQueue('dated', { durable: true })
  const shown = async (): Promise<unknown> =>
    field(await body('/queues/%2F/dated'), 'head_message_timestamp')
  assert.equal(await shown(), null)
  channel.sendToQueue(queue, Buffer.from('x'), { timestamp: 1_700_000_000 })
  channel.sendToQueue(queue, Buffer.from('y'))
  await channel.waitForConfirms()
  assert.equal(await shown(), 1_700_000_000)
  await channel.get(queue, { noAck: true })
  assert.equal(await shown(), null)
  await channel.close()
})

test('totals outlive the queues they came from', async () => {
  const channel = await client.createConfirmChannel()
  await channel.assertQueue('short', { durable: true })
  channel.sendToQueue('short', Buffer.from('x'))
  await channel.waitForConfirms()
  const before = Number(field(await body('/overview'), 'message_stats.publish'))
  await channel.deleteQueue('short')
  await channel.close()
  assert.equal(Number(field(await body('/overview'), 'message_stats.publish')), before)
  assert.ok(before >= 1)
})

test('a policy set over the API takes hold of queues that are there', async () => {
  const channel = await client.createConfirmChannel()
  await channel.assertQueue('limited', { durable: true })
  const policy = { pattern: '^limited$', definition: { 'max-length': 1 }, 'apply-to': 'queues' }
  assert.equal((await api.put('/policies/%2F/short', policy)).status, 201)
  for (const text of ['a', 'b', 'c']) channel.sendToQueue('limited', Buffer.from(text))
  await channel.waitForConfirms()
  const queue = await body('/queues/%2F/limited')
  assert.deepEqual(pick(queue, ['policy', 'effective_policy_definition', 'messages']), {
    policy: 'short',
    effective_policy_definition: { 'max-length': 1 },
    messages: 1,
  })
  assert.equal((await api.delete('/policies/%2F/short')).status, 204)
  assert.equal(field(await body('/queues/%2F/limited'), 'policy'), null)
  await channel.close()
})

test('a connection is closed with the reason given', async () => {
  const victim = await connect(broker.url, { clientProperties: { connection_name: 'victim' } })
  const closed = new Promise<string>((resolve) => {
    victim.on('close', (error?: Error) => resolve(error?.message ?? 'without a reason'))
  })
  const list = (await body('/connections')) as unknown[]
  const shown = list.find((one) => field(one, 'user_provided_name') === 'victim')
  const name = encodeURIComponent(String(field(shown, 'name')))
  const answer = await api.request('DELETE', `/connections/${name}`, undefined, {
    'X-Reason': 'time to go',
  })
  assert.equal(answer.status, 204)
  assert.match(await closed, /CONNECTION[_-]FORCED.*time to go/)
})

test('tags decide who sees and does what', async () => {
  const add = async (name: string, tags: string): Promise<TestClient> => {
    assert.equal((await api.put(`/users/${name}`, { password: 'x', tags })).status, 201)
    return new TestClient(broker.managementUrl!.replace('http://', `http://${name}:x@`))
  }
  const manager = await add('manager', 'management')
  const monitor = await add('monitor', 'monitoring')
  const nobody = await add('nobody', '')
  assert.equal((await nobody.get('/whoami')).status, 200)
  assert.equal((await nobody.get('/queues')).status, 401)
  // Without permissions in any virtual host there is nothing to see.
  assert.deepEqual((await manager.get('/queues')).body, [])
  assert.deepEqual((await manager.get('/connections')).body, [])
  assert.equal((await manager.get('/queues/%2F')).status, 401)
  assert.equal((await manager.get('/users')).status, 401)
  assert.equal((await manager.get('/nodes')).status, 401)
  assert.ok(((await monitor.get('/queues')).body as unknown[]).length > 0)
  assert.ok(((await monitor.get('/connections')).body as unknown[]).length > 0)
  assert.equal((await monitor.put('/queues/%2F/forbidden', {})).status, 401)
  assert.equal((await monitor.put('/vhosts/forbidden')).status, 401)
  const patterns = { configure: '^m-', write: '^m-', read: '^m-' }
  assert.equal((await api.put('/permissions/%2F/manager', patterns)).status, 201)
  assert.equal((await manager.put('/queues/%2F/m-1', {})).status, 201)
  assert.equal((await manager.put('/queues/%2F/other', {})).status, 401)
  assert.equal((await manager.delete('/queues/%2F/work')).status, 401)
  assert.equal((await manager.delete('/queues/%2F/work/contents')).status, 401)
  const publish = { properties: {}, routing_key: 'x', payload: '', payload_encoding: 'string' }
  assert.equal((await manager.post('/exchanges/%2F/amq.topic/publish', publish)).status, 401)
})

test('passwords are hashed for definitions', async () => {
  const hashed = field(await body('/auth/hash_password/secret'), 'ok')
  assert.equal(Buffer.from(String(hashed), 'base64').length, 36)
  assert.equal((await api.put('/users/hashed', { password_hash: hashed, tags: '' })).status, 201)
  const url = broker.managementUrl!.replace('http://', 'http://hashed:secret@')
  assert.equal((await new TestClient(url).get('/whoami')).status, 200)
})

test('nothing but the API is under /api, and bodies have a limit', async () => {
  const huge = JSON.stringify({ tags: 'x'.repeat(21_000_000) })
  assert.equal((await api.put('/users/huge', huge)).status, 413)
  assert.equal((await api.get('/../etc/passwd')).status, 404)
})
