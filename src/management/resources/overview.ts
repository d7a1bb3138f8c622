// The broker at a glance, and its one node.

import { exchangeTypes } from '../../broker/exchanges/types.ts'
import type { Context } from '../context.ts'
import { objectNotFound } from '../errors.ts'
import { may } from '../identity.ts'
import type { View } from '../listing.ts'
import { columnsOf, pickColumns, wants } from '../listing.ts'
import type { Asked, Resource } from '../route.ts'
import { totalColumns } from '../statistics/columns.ts'
import { messageStatistics, spansOf, withDetails } from '../statistics/details.ts'
import { clusterNameOf } from './parameters.ts'

export const overview: Resource = (context) => [
  {
    method: 'GET',
    path: '/overview',
    access: 'management',
    summary: 'The whole broker in numbers',
    answer: (asked) => overviewOf(context, asked),
  },
  {
    method: 'GET',
    path: '/nodes',
    access: 'monitoring',
    summary: 'The nodes, of which there is one',
    answer: async (asked) => {
      const columns = columnsOf(asked.query)
      return [pickColumns(await nodeView(context), columns)]
    },
  },
  {
    method: 'GET',
    path: '/nodes/:name',
    access: 'monitoring',
    summary: 'One node',
    answer: (asked) => {
      if (asked.param('name') !== context.node.name) throw objectNotFound()
      return nodeView(context)
    },
  },
  ...(['/reset', '/reset/:node'] as const).map((path) => ({
    method: 'DELETE' as const,
    path,
    access: 'administrator' as const,
    summary: 'Throws the samples of all charts and rates away',
    answer: (asked: Asked) => {
      const node = asked.param('node')
      if (node !== '' && node !== context.node.name) throw objectNotFound()
      context.statistics.forget()
    },
  })),
  ...(['/nodes/:name/memory', '/nodes/:name/memory/ets'] as const).map((path) => ({
    method: 'GET' as const,
    path,
    access: 'monitoring' as const,
    summary: 'What the node’s memory is used for',
    answer: async (asked: Asked) => {
      if (asked.param('name') !== context.node.name) throw objectNotFound()
      const { memoryBytes, memoryParts } = await context.machine.report()
      return { memory: { ...memoryParts, strategy: 'rss', total: { rss: memoryBytes } } }
    },
  })),
]

const churn = [
  'connection_created',
  'connection_closed',
  'channel_created',
  'channel_closed',
  'queue_declared',
  'queue_created',
  'queue_deleted',
] as const

/** Only what is asked for is worked out: the map at the side of each page asks for a little of it. */
export function overviewOf(context: Context, asked: Asked): View {
  const { core, node } = context
  const columns = columnsOf(asked.query)
  const view = {
    management_version: node.version,
    rates_mode: 'basic',
    sample_retention_policies: { global: [600, 3600], basic: [600], detailed: [600] },
    exchange_types: exchangeTypeViews(),
    product_name: node.product,
    product_version: node.version,
    rabbitmq_version: node.version,
    cluster_name: clusterNameOf(context),
    cluster_tags: [],
    node_tags: [],
    // Tools insist on these; there is no Erlang here.
    erlang_version: process.versions.node,
    erlang_full_version: `Node.js ${process.version} on ${process.platform} ${process.arch}`,
    release_series_support_status: 'supported',
    disable_stats: false,
    enable_queue_totals: false,
    default_queue_type: 'classic',
    ...(measured.some((member) => wants(columns, member)) ? measurements(context, asked) : {}),
    ...(wants(columns, 'object_totals') ? { object_totals: objectTotals(context) } : {}),
    statistics_db_event_queue: 0,
    node: node.name,
    ...(may(asked.identity, 'monitoring')
      ? { listeners: listenerViews(context), contexts: contextViews(context) }
      : { listeners: [], contexts: [] }),
    is_op_policy_updating_enabled: true,
    ...(context.telemetry() === null ? {} : { telemetry: context.telemetry() }),
    connections: core.connections.size,
  }
  return pickColumns(view, columns)
}

const measured = ['message_stats', 'churn_rates', 'queue_totals'] as const
const queueTotals = ['messages', 'messages_ready', 'messages_unacknowledged'] as const

function measurements(
  { statistics }: Context,
  asked: Asked,
): Record<(typeof measured)[number], object> {
  statistics.refresh()
  const { ring, current } = statistics.totals
  const series = { columns: totalColumns, ring, current }
  const spans = spansOf(asked.query)
  return {
    message_stats: messageStatistics(series, spans.rates) ?? {},
    churn_rates: withDetails(series, churn, spans.rates),
    queue_totals: withDetails(series, queueTotals, spans.lengths),
  }
}

function objectTotals({ core }: Context): View {
  const totals = { channels: 0, connections: 0, consumers: 0, exchanges: 0, queues: 0 }
  for (const connection of core.connections) {
    totals.connections += 1
    totals.channels += connection.channels.size
    for (const channel of connection.channels.values()) totals.consumers += channel.consumers.size
  }
  for (const { topology } of core.vhosts.values()) {
    totals.exchanges += topology.exchanges.size
    totals.queues += topology.queues.size
  }
  return totals
}

function exchangeTypeViews(): object[] {
  return [...exchangeTypes.values()].map(({ name, description }) => ({
    name,
    description,
    enabled: true,
  }))
}

function listenerViews({ node, listeners }: Context): object[] {
  return listeners().map(({ protocol, address, port }) => ({
    node: node.name,
    protocol,
    ip_address: address,
    port,
    socket_opts: {},
  }))
}

function contextViews({ node, listeners }: Context): object[] {
  return listeners()
    .filter(({ protocol }) => protocol === 'http' || protocol === 'https')
    .map(({ address, port }) => ({
      ssl_opts: [],
      node: node.name,
      description: 'RabbitMQ Management',
      path: '/',
      ip: address,
      port: String(port),
    }))
}

/** Plugins of RabbitMQ whose work is done here; tools look for the management plugin's name. */
const builtIn = ['rabbitmq_management', 'rabbitmq_management_agent']

async function nodeView(context: Context): Promise<View> {
  const { core, node, machine, alarms } = context
  const report = await machine.report()
  const { memoryLimitBytes, memoryAlarm, diskFreeLimitBytes, diskAlarm } = alarms()
  const connections = core.connections.size
  const none = { rate: 0 }
  return {
    name: node.name,
    type: 'disc',
    running: true,
    being_drained: context.operations.isSuspended?.() === true,
    os_pid: String(process.pid),
    uptime: core.clock.now() - node.startedAtMs,
    processors: report.processors,
    run_queue: 0,
    rates_mode: 'basic',
    net_ticktime: 60,
    partitions: [],
    mem_used: report.memoryBytes,
    mem_used_details: none,
    mem_limit: Math.floor(memoryLimitBytes),
    mem_alarm: memoryAlarm,
    mem_calculation_strategy: 'rss',
    disk_free: report.diskFreeBytes,
    disk_free_details: none,
    disk_free_limit: Math.floor(diskFreeLimitBytes),
    disk_free_alarm: diskAlarm,
    message_store: messageStore(context),
    ...fileWork(context),
    socket_work: {
      reads: core.counters.socketReads,
      writes: core.counters.socketWrites,
      copied_bytes: core.counters.copiedBytes,
    },
    fd_used: report.openFiles,
    fd_used_details: none,
    fd_total: report.openFilesMax,
    sockets_used: connections,
    sockets_used_details: none,
    sockets_total: report.openFilesMax,
    // One process does everything; tools divide by the total.
    proc_used: 1,
    proc_used_details: none,
    proc_total: 1048576,
    context_switches: 0,
    context_switches_details: none,
    exchange_types: exchangeTypeViews(),
    auth_mechanisms: ['PLAIN', 'AMQPLAIN'].map((name) => ({
      name,
      description: `SASL ${name} authentication mechanism`,
      enabled: true,
    })),
    applications: [{ name: 'rabbit', description: node.product, version: node.version }],
    contexts: contextViews(context),
    enabled_plugins: builtIn,
    log_files: node.logFiles,
    config_files: node.configFiles,
    db_dir: node.dataDirectory ?? '',
    cluster_links: [],
    metrics_gc_queue_length: {},
  }
}

/** Of the message log, under RabbitMQ's names. */
function fileWork({ store }: Context): object {
  const { reads, readBytes, writes, writtenBytes, syncs } = store().work
  return {
    io_read_count: reads,
    io_read_bytes: readBytes,
    io_write_count: writes,
    io_write_bytes: writtenBytes,
    io_sync_count: syncs,
  }
}

function messageStore({ store }: Context): object {
  const { diskBytes, damage } = store()
  return {
    disk_bytes: diskBytes,
    damaged_records: damage.count,
    damage: damage.listed.map(({ file, offset, byteCount, reason }) => ({
      file,
      offset,
      bytes: byteCount,
      reason,
    })),
  }
}
