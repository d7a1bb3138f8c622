// The broker's metrics under the names of RabbitMQ's Prometheus plugin, so that its public dashboards
// work unchanged; and, where asked for, one series for each queue, connection and channel.

import type { LoginCounts } from '../../broker/counters.ts'
import { messageSizeBounds } from '../../broker/message-sizes.ts'
import type { VirtualHost } from '../../broker/vhost.ts'
import type { Context } from '../context.ts'
import { clusterNameOf } from '../resources/parameters.ts'
import { columnIndex, type TotalColumn, totalColumns } from '../statistics/columns.ts'
import { allConsumers } from '../views/client-views.ts'
import { Exposition } from './exposition.ts'
import { addGateways } from './gateway-metrics.ts'

/** Everything of the node as a whole; with `perObject` also of each queue and client. */
export async function renderMetrics(context: Context, perObject: boolean): Promise<string> {
  const out = new Exposition()
  context.statistics.refresh()
  addIdentity(out, context)
  addMessages(out, context)
  addLogins(out, context)
  addObjects(out, context)
  addTelemetry(out, context)
  addGateways(out, context, perObject)
  await addMachine(out, context)
  if (perObject) addEachObject(out, context)
  return out.toString()
}

/** Of Warren's own; RabbitMQ has no traces. */
function addTelemetry(out: Exposition, { telemetry }: Context): void {
  const facts = telemetry()
  if (facts === null) return
  const samples = (['exported', 'dropped', 'failed'] as const).map((outcome) => ({
    labels: { outcome },
    value: facts[outcome],
  }))
  const help = 'Spans of messages by what became of them'
  out.add('warren_trace_spans_total', 'counter', help, samples)
  out.gauge('warren_trace_spans_queued', 'Spans that wait for the collector', facts.queued)
}

function addIdentity(out: Exposition, context: Context): void {
  const { node } = context
  out.gauge('rabbitmq_identity_info', 'RabbitMQ node & cluster identity info', 1, {
    rabbitmq_node: node.name,
    rabbitmq_cluster: clusterNameOf(context),
    rabbitmq_cluster_permanent_id: clusterNameOf(context),
    rabbitmq_endpoint: 'aggregated',
  })
  out.gauge('rabbitmq_build_info', 'RabbitMQ & Erlang/OTP version info', 1, {
    rabbitmq_version: node.version,
    prometheus_client_version: 'none',
    prometheus_plugin_version: node.version,
    erlang_version: process.versions.node,
    product_name: node.product,
    product_version: node.version,
  })
}

/** RabbitMQ's name, what it counts, and which of our totals that is. */
const messageCounters: readonly (readonly [string, string, TotalColumn])[] = [
  ['messages_received', 'Total number of messages received from publishers', 'publish'],
  ['messages_confirmed', 'Total number of messages confirmed to publishers', 'confirm'],
  ['messages_redelivered', 'Total number of messages redelivered to consumers', 'redeliver'],
  ['messages_acknowledged', 'Total number of messages acknowledged by consumers', 'ack'],
  ['messages_get_empty', 'Total number of times basic.get found no message', 'get_empty'],
  [
    'messages_unroutable_dropped',
    'Total number of messages published as non-mandatory into an exchange and dropped as unroutable',
    'drop_unroutable',
  ],
  [
    'messages_unroutable_returned',
    'Total number of messages published as mandatory into an exchange and returned as unroutable',
    'return_unroutable',
  ],
]
const deliveryCounters: readonly (readonly [string, string, TotalColumn])[] = [
  [
    'messages_delivered_consume_manual_ack',
    'Total number of messages delivered to consumers using basic.consume with manual acknowledgment',
    'deliver',
  ],
  [
    'messages_delivered_consume_auto_ack',
    'Total number of messages delivered to consumers using basic.consume with automatic acknowledgment',
    'deliver_no_ack',
  ],
  [
    'messages_delivered_get_manual_ack',
    'Total number of messages delivered to consumers using basic.get with manual acknowledgment',
    'get',
  ],
  [
    'messages_delivered_get_auto_ack',
    'Total number of messages delivered to consumers using basic.get with automatic acknowledgment',
    'get_no_ack',
  ],
  ['messages_delivered', 'Total number of messages delivered to consumers', 'deliver_get'],
]

const protocol = { protocol: 'amqp091' }
const byQueueType = { protocol: 'amqp091', queue_type: 'rabbit_classic_queue' }

function addMessages(out: Exposition, { core, statistics }: Context): void {
  const total = (column: TotalColumn): number =>
    statistics.totals.current[columnIndex(totalColumns, column)] ?? 0
  for (const [name, help, column] of messageCounters) {
    const labels = column === 'redeliver' || column === 'ack' ? byQueueType : protocol
    out.counter(`rabbitmq_global_${name}_total`, help, total(column), labels)
  }
  for (const [name, help, column] of deliveryCounters) {
    out.counter(`rabbitmq_global_${name}_total`, help, total(column), byQueueType)
  }
  out.counter(
    'rabbitmq_global_messages_received_confirm_total',
    'Total number of messages received from publishers expecting confirmations',
    core.counters.receivedWithConfirm,
    protocol,
  )
  out.histogram(
    'rabbitmq_message_size_bytes',
    'Size of messages received from publishers',
    {
      bounds: messageSizeBounds,
      counts: core.counters.messageSizes.counts,
      sum: core.counters.messageSizes.bytes,
    },
    protocol,
  )
  const unroutable = total('drop_unroutable') + total('return_unroutable')
  out.counter(
    'rabbitmq_global_messages_routed_total',
    'Total number of messages routed to queues or streams',
    Math.max(0, total('publish') - unroutable),
    protocol,
  )
}

function addLogins(out: Exposition, { core }: Context): void {
  const all = Object.entries(core.counters.logins)
  const add = (name: string, help: string, count: (logins: LoginCounts) => number): void => {
    const samples = all.map(([protocol, logins]) => ({
      labels: { protocol },
      value: count(logins),
    }))
    out.add(`rabbitmq_${name}_total`, 'counter', help, samples)
  }
  add(
    'auth_attempts',
    'Total number of authentication attempts',
    ({ succeeded, failed }) => succeeded + failed,
  )
  add(
    'auth_attempts_succeeded',
    'Total number of successful authentication attempts',
    ({ succeeded }) => succeeded,
  )
  add(
    'auth_attempts_failed',
    'Total number of failed authentication attempts',
    ({ failed }) => failed,
  )
}

function addObjects(out: Exposition, { core, statistics }: Context): void {
  const total = (column: TotalColumn): number =>
    statistics.totals.current[columnIndex(totalColumns, column)] ?? 0
  const vhosts = [...core.vhosts.values()]
  const sum = (count: (vhost: VirtualHost) => number): number =>
    vhosts.reduce((all, vhost) => all + count(vhost), 0)
  const channels = [...core.connections].reduce((all, { channels: open }) => all + open.size, 0)
  const consumers = allConsumers(core.connections).length
  const publishers = publishersOf(core)
  out.gauge('rabbitmq_global_publishers', 'Publishers currently connected', publishers, protocol)
  out.gauge('rabbitmq_global_consumers', 'Consumers currently connected', consumers, protocol)
  out.gauge('rabbitmq_connections', 'Connections currently open', core.connections.size)
  out.gauge('rabbitmq_channels', 'Channels currently open', channels)
  out.gauge('rabbitmq_consumers', 'Consumers currently connected', consumers)
  out.gauge(
    'rabbitmq_queues',
    'Queues available',
    sum(({ topology }) => topology.queues.size),
  )
  const { counters } = core
  const churn: readonly (readonly [string, string, number])[] = [
    ['connections_opened', 'Total number of connections opened', counters.connectionsOpened],
    [
      'connections_closed',
      'Total number of connections closed or terminated',
      counters.connectionsClosed,
    ],
    ['channels_opened', 'Total number of channels opened', counters.channelsOpened],
    ['channels_closed', 'Total number of channels closed', counters.channelsClosed],
    ['queues_declared', 'Total number of queues declared', counters.queuesDeclared],
    ['queues_created', 'Total number of queues created', counters.queuesCreated],
    ['queues_deleted', 'Total number of queues deleted', counters.queuesDeleted],
  ]
  for (const [name, help, value] of churn) out.counter(`rabbitmq_${name}_total`, help, value)
  out.gauge(
    'rabbitmq_queue_messages_ready',
    'Messages ready to be delivered to consumers',
    total('messages_ready'),
  )
  out.gauge(
    'rabbitmq_queue_messages_unacked',
    'Messages delivered to consumers but not yet acknowledged',
    total('messages_unacknowledged'),
  )
  out.gauge(
    'rabbitmq_queue_messages',
    'Sum of ready and unacknowledged messages',
    total('messages'),
  )
}

/** Channels that have published. */
function publishersOf({ connections }: Context['core']): number {
  let count = 0
  for (const { channels } of connections) {
    for (const { statistics } of channels.values()) if (statistics.published > 0) count += 1
  }
  return count
}

async function addMachine(
  out: Exposition,
  { core, node, machine, alarms }: Context,
): Promise<void> {
  const report = await machine.report()
  const state = alarms()
  const gauges: readonly (readonly [string, string, number])[] = [
    ['rabbitmq_process_resident_memory_bytes', 'Memory used in bytes', report.memoryBytes],
    [
      'rabbitmq_resident_memory_limit_bytes',
      'Memory high watermark in bytes',
      state.memoryLimitBytes,
    ],
    ['rabbitmq_process_open_fds', 'Open file descriptors', report.openFiles],
    ['rabbitmq_process_max_fds', 'Open file descriptors limit', report.openFilesMax],
    ['rabbitmq_process_open_tcp_sockets', 'Open TCP sockets', core.connections.size],
    ['rabbitmq_process_max_tcp_sockets', 'Open TCP sockets limit', report.openFilesMax],
    ['rabbitmq_disk_space_available_bytes', 'Disk space available in bytes', report.diskFreeBytes],
    [
      'rabbitmq_disk_space_available_limit_bytes',
      'Free disk space low watermark in bytes',
      state.diskFreeLimitBytes,
    ],
    ['rabbitmq_erlang_uptime_seconds', 'Node uptime', (core.clock.now() - node.startedAtMs) / 1000],
    [
      'rabbitmq_alarms_memory_used_watermark',
      'is 1 if VM memory watermark is exceeded',
      Number(state.memoryAlarm),
    ],
    [
      'rabbitmq_alarms_free_disk_space_watermark',
      'is 1 if free disk space watermark is exceeded',
      Number(state.diskAlarm),
    ],
  ]
  for (const [name, help, value] of gauges) out.gauge(name, help, value)
}

function addEachObject(out: Exposition, { core }: Context): void {
  const queues = [...core.vhosts.values()].flatMap(({ topology }) => [...topology.queues.values()])
  const labelled = queues.map((queue) => ({
    queue,
    labels: { vhost: queue.vhost, queue: queue.name },
  }))
  out.add(
    'rabbitmq_detailed_queue_messages_ready',
    'gauge',
    'Messages ready to be delivered to consumers',
    labelled.map(({ queue, labels }) => ({ labels, value: queue.readyCount })),
  )
  out.add(
    'rabbitmq_detailed_queue_messages_unacked',
    'gauge',
    'Messages delivered to consumers but not yet acknowledged',
    labelled.map(({ queue, labels }) => ({ labels, value: queue.unackedCount })),
  )
  out.add(
    'rabbitmq_detailed_queue_messages',
    'gauge',
    'Sum of ready and unacknowledged messages',
    labelled.map(({ queue, labels }) => ({ labels, value: queue.messageCount })),
  )
  out.add(
    'rabbitmq_detailed_queue_consumers',
    'gauge',
    'Consumers on a queue',
    labelled.map(({ queue, labels }) => ({ labels, value: queue.consumers.count })),
  )
  out.add(
    'rabbitmq_detailed_queue_messages_published_total',
    'counter',
    'Total number of messages published into this queue',
    labelled.map(({ queue, labels }) => ({ labels, value: queue.statistics.published })),
  )
  out.add(
    'rabbitmq_detailed_connection_channels',
    'gauge',
    'Channels on a connection',
    [...core.connections].map(({ details, channels, vhost }) => ({
      labels: { vhost: vhost.name, connection: details.name },
      value: channels.size,
    })),
  )
}
