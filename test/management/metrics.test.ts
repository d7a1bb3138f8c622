// The metrics that RabbitMQ's public overview dashboard asks for, on the listener for Prometheus and on
// the management port.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { connect } from 'amqplib'
import { nullLogger } from '../../src/base/logger.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { type RunningNode, startNode } from '../../src/node.ts'
import { field, TestClient } from './api-client.ts'

let node: RunningNode
let metricsUrl: string
let managementUrl: string

before(async () => {
  const { config } = loadConfig({
    flags: { '--port': '0', '--bind': '127.0.0.1', '--management-port': '0' },
    environment: { WARREN_PROMETHEUS_PORT: '0' },
    files: { read: () => null, list: () => [], isWritableDirectory: () => false },
  })
  node = await startNode({ config, logger: nullLogger, dataDirectory: null })
  managementUrl = `http://guest:guest@127.0.0.1:${node.managementPort}`
  const listeners = field((await new TestClient(managementUrl).get('/overview')).body, 'listeners')
  assert.ok(Array.isArray(listeners))
  const listener = listeners.find((one) => field(one, 'protocol') === 'http/prometheus')
  metricsUrl = `http://127.0.0.1:${String(field(listener, 'port'))}`
})
after(async () => {
  await node.stop()
})

async function metrics(path: string): Promise<Map<string, number>> {
  const response = await fetch(`${metricsUrl}${path}`)
  assert.equal(response.status, 200)
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  const lines = (await response.text()).split('\n').filter((line) => /^[a-z]/.test(line))
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ')
      return [line.slice(0, at), Number(line.slice(at + 1))]
    }),
  )
}

/** From the queries of the dashboard RabbitMQ-Overview. */
const dashboardNames = `rabbitmq_identity_info rabbitmq_build_info rabbitmq_queue_messages_ready
  rabbitmq_queue_messages_unacked rabbitmq_queues rabbitmq_connections rabbitmq_channels
  rabbitmq_global_messages_received_total rabbitmq_global_messages_received_confirm_total
  rabbitmq_global_messages_routed_total rabbitmq_global_messages_confirmed_total
  rabbitmq_global_messages_delivered_total
  rabbitmq_global_messages_delivered_consume_manual_ack_total
  rabbitmq_global_messages_delivered_consume_auto_ack_total
  rabbitmq_global_messages_delivered_get_manual_ack_total
  rabbitmq_global_messages_delivered_get_auto_ack_total rabbitmq_global_messages_get_empty_total
  rabbitmq_global_messages_redelivered_total rabbitmq_global_messages_acknowledged_total
  rabbitmq_global_messages_unroutable_dropped_total
  rabbitmq_global_messages_unroutable_returned_total rabbitmq_global_publishers
  rabbitmq_global_consumers rabbitmq_connections_opened_total rabbitmq_connections_closed_total
  rabbitmq_channels_opened_total rabbitmq_channels_closed_total rabbitmq_queues_declared_total
  rabbitmq_queues_created_total rabbitmq_queues_deleted_total rabbitmq_resident_memory_limit_bytes
  rabbitmq_process_resident_memory_bytes rabbitmq_process_open_fds rabbitmq_process_max_fds
  rabbitmq_disk_space_available_bytes rabbitmq_disk_space_available_limit_bytes
  rabbitmq_erlang_uptime_seconds rabbitmq_message_size_bytes_bucket rabbitmq_message_size_bytes_sum
  rabbitmq_message_size_bytes_count`
  .trim()
  .split(/\s+/)

test('every name that the dashboard asks for is there', async () => {
  const names = new Set([...(await metrics('/metrics')).keys()].map((key) => key.split('{')[0]))
  assert.deepEqual(
    dashboardNames.filter((name) => !names.has(name)),
    [],
  )
})

test('they count what happens', async () => {
  const client = await connect(`amqp://127.0.0.1:${node.amqpPort}`)
  const channel = await client.createConfirmChannel()
  await channel.assertQueue('counted')
  for (let i = 0; i < 3; i += 1) channel.sendToQueue('counted', Buffer.from('x'))
  channel.publish('', 'nowhere', Buffer.alloc(200))
  await channel.waitForConfirms()
  await channel.get('counted', { noAck: true })
  const now = await metrics('/metrics')
  const protocol = '{protocol="amqp091"}'
  assert.equal(now.get(`rabbitmq_global_messages_received_total${protocol}`), 4)
  assert.equal(now.get(`rabbitmq_global_messages_received_confirm_total${protocol}`), 4)
  assert.equal(now.get(`rabbitmq_global_messages_confirmed_total${protocol}`), 4)
  assert.equal(now.get(`rabbitmq_global_messages_routed_total${protocol}`), 3)
  assert.equal(now.get(`rabbitmq_global_messages_unroutable_dropped_total${protocol}`), 1)
  assert.equal(now.get(`rabbitmq_global_publishers${protocol}`), 1)
  assert.equal(now.get('rabbitmq_message_size_bytes_bucket{protocol="amqp091",le="100"}'), 3)
  assert.equal(now.get('rabbitmq_message_size_bytes_bucket{protocol="amqp091",le="1000"}'), 4)
  assert.equal(now.get('rabbitmq_message_size_bytes_bucket{protocol="amqp091",le="+Inf"}'), 4)
  assert.equal(now.get(`rabbitmq_message_size_bytes_count${protocol}`), 4)
  assert.equal(now.get(`rabbitmq_message_size_bytes_sum${protocol}`), 203)
  assert.equal(now.get('rabbitmq_queue_messages_ready'), 2)
  assert.equal(now.get('rabbitmq_connections'), 1)
  const each = await metrics('/metrics/per-object')
  assert.equal(each.get('rabbitmq_detailed_queue_messages{vhost="/",queue="counted"}'), 2)
  await client.close()
})

test('the management port has them for monitors, and other paths are not served', async () => {
  const at = (authorization: string | null, path: string): Promise<Response> =>
    fetch(`${managementUrl.replace('guest:guest@', '')}${path}`, {
      headers: authorization === null ? {} : { authorization },
    })
  const guest = `Basic ${Buffer.from('guest:guest').toString('base64')}`
  assert.equal((await at(guest, '/metrics')).status, 200)
  assert.equal((await at(null, '/metrics')).status, 401)
  assert.equal((await fetch(`${metricsUrl}/api/overview`)).status, 404)
  assert.equal((await fetch(`${metricsUrl}/metrics`, { method: 'POST' })).status, 405)
})
