// Limits of the whole node, by RabbitMQ's keys and with its texts: connections, channels, consumers,
// virtual hosts, queues, exchanges.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { type ChannelModel, connect } from 'amqplib'
import { nullLogger } from '../../src/base/logger.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { type RunningNode, startNode } from '../../src/node.ts'
import { field, TestClient } from '../management/api-client.ts'
import { RawClient } from '../support/raw-client.ts'

const conf = `
  listeners.tcp.1 = 127.0.0.1:0
  management.tcp.port = 0
  connection_max = 2
  channel_max_per_node = 3
  consumer_max_per_channel = 2
  vhost_max = 2
  cluster_queue_limit = 3
  cluster_exchange_limit = 16
`

let node: RunningNode
let api: TestClient

before(async () => {
  const { config, warnings } = loadConfig({
    flags: { '--config': 'test.conf' },
    environment: { WARREN_PROMETHEUS_PORT: 'none', RABBITMQ_NODENAME: 'rabbit@here' },
    files: {
      read: (path) => (path === 'test.conf' ? conf : null),
      list: () => [],
      isWritableDirectory: () => false,
    },
  })
  assert.deepEqual(warnings, [])
  node = await startNode({ config, logger: nullLogger, dataDirectory: null })
  api = new TestClient(`http://guest:guest@127.0.0.1:${node.managementPort}`)
})
after(async () => {
  await node?.stop()
})

async function open(): Promise<ChannelModel> {
  const client = await connect(`amqp://127.0.0.1:${node.amqpPort}`)
  client.on('error', () => undefined)
  return client
}

/** The reason with which the broker ends what the action needs. */
async function refusal(action: () => Promise<unknown>): Promise<string> {
  try {
    await action()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  throw new Error('nothing was refused')
}

test('a connection more than connection_max is told so; one that leaves makes room', async () => {
  const clients = [await open(), await open()]
  const refused = await RawClient.dial(`amqp://127.0.0.1:${node.amqpPort}`)
  refused.sendProtocolHeader()
  await refused.expect('connection.start')
  refused.login()
  const tune = await refused.expect('connection.tune')
  refused.send(0, 'connection.tune-ok', tune.args)
  refused.send(0, 'connection.open', { virtualHost: '/' })
  assert.deepEqual((await refused.expect('connection.close')).args, {
    replyCode: 530,
    replyText: 'NOT_ALLOWED - connection refused: node connection limit (2) is reached',
    classId: 10,
    methodId: 40,
  })
  refused.destroy()
  const check = await api.get('/health/checks/below-node-connection-limit')
  assert.equal(check.status, 503)
  assert.deepEqual(check.body, {
    status: 'failed',
    reason: 'node connection limit is reached',
    limit: 2,
    connections: 2,
  })
  assert.equal((await api.get('/health/checks/ready-to-serve-clients')).status, 503)
  for (const client of clients) await client.close()
  const next = await open()
  await next.close()
  assert.equal((await api.get('/health/checks/ready-to-serve-clients')).status, 200)
})

test('all connections together have channel_max_per_node channels', async () => {
  const clients = [await open(), await open()]
  const [first, second] = clients as [ChannelModel, ChannelModel]
  await first.createChannel()
  await first.createChannel()
  const last = await second.createChannel()
  await last.close()
  await second.createChannel()
  const closed = once(second, 'error')
  second.createChannel().catch(() => undefined)
  const [error] = await closed
  assert.match(
    String(error),
    /530.*NOT_ALLOWED - number of channels opened on node 'rabbit@here' has reached the maximum allowed limit of \(3\)/,
  )
  await first.close()
})

test('a channel has consumer_max_per_channel consumers', async () => {
  const client = await open()
  const channel = await client.createChannel()
  await channel.assertQueue('consumed', { exclusive: true })
  for (const consumerTag of ['a', 'b']) {
    await channel.consume('consumed', () => undefined, { consumerTag })
  }
  await channel.cancel('a')
  await channel.consume('consumed', () => undefined, { consumerTag: 'c' })
  const closed = once(client, 'error')
  channel.on('error', () => undefined)
  channel.consume('consumed', () => undefined).catch(() => undefined)
  const [error] = await closed
  assert.match(String(error), /NOT_ALLOWED - reached maximum \(2\) of consumers per channel/)
})

test('queues and exchanges are counted over all virtual hosts', async () => {
  assert.equal((await api.put('/vhosts/other')).status, 201)
  for (const path of ['%2F/one', '%2F/two', 'other/three']) {
    assert.equal((await api.put(`/queues/${path}`, { durable: true })).status, 201)
  }
  assert.equal((await api.put('/queues/other/three', { durable: true })).status, 204)
  const queue = await api.put('/queues/other/four', { durable: true })
  assert.equal(queue.status, 400)
  assert.equal(
    field(queue.body, 'reason'),
    "cannot declare queue 'four': queue limit in cluster (3) is reached",
  )

  const client = await open()
  const channel = await client.createChannel()
  channel.on('error', () => undefined)
  const count = Number(field((await api.get('/overview')).body, 'object_totals.exchanges'))
  for (let i = count; i < 16; i += 1) await channel.assertExchange(`x${i}`, 'fanout')
  assert.match(
    await refusal(() => channel.assertExchange('more', 'fanout')),
    /406.*PRECONDITION_FAILED - cannot declare exchange 'more' in vhost '\/': exchange limit of 16 is reached/,
  )
  await client.close()
})

test('there are vhost_max virtual hosts', async () => {
  const refused = await api.put('/vhosts/third')
  assert.equal(refused.status, 400)
  assert.equal(
    field(refused.body, 'reason'),
    "cannot create vhost 'third': vhost limit of 2 is reached",
  )
  assert.equal((await api.put('/vhosts/other', { description: 'still there' })).status, 204)
})
