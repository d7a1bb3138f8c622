// Connections, channels and consumers as RabbitMQ's HTTP API shows them.

import type { Channel } from '../../broker/channel.ts'
import type { BrokerConnection } from '../../broker/connection.ts'
import type { Consumer } from '../../broker/consumer.ts'
import { tableToJson } from '../../broker/json-values.ts'
import type { Context } from '../context.ts'
import type { Listed, View } from '../listing.ts'
import { readChannel } from '../statistics/channel-histories.ts'
import { channelColumns, columnIndex, connectionColumns } from '../statistics/columns.ts'
import type { Spans } from '../statistics/details.ts'
import { messageStatistics, withDetails } from '../statistics/details.ts'

export interface OpenChannel {
  readonly connection: BrokerConnection
  readonly channel: Channel
}

export interface RunningConsumer extends OpenChannel {
  readonly consumer: Consumer
}

export function listedConnection(context: Context, spans: Spans): Listed<BrokerConnection> {
  return {
    name: (connection) => connection.details.name,
    view: (connection) => connectionView(context, connection, spans),
    sortKey: (column) => connectionKeys[column],
  }
}

const connectionKeys: Readonly<Record<string, (connection: BrokerConnection) => unknown>> = {
  user: (connection) => connection.user,
  vhost: (connection) => connection.vhost.name,
  channels: (connection) => connection.channels.size,
  connected_at: (connection) => connection.details.connectedAtMs,
}

export function connectionView(
  { node, statistics }: Context,
  connection: BrokerConnection,
  spans: Spans,
): View {
  const { details, user, vhost } = connection
  const { tls = null } = details
  const traffic = connection.control.traffic()
  const properties = plainProperties(details.clientProperties)
  const name = properties.connection_name
  const series = {
    columns: connectionColumns,
    ring: statistics.connectionRing(connection),
    current: [traffic.receivedBytes, traffic.sentBytes],
  }
  return {
    name: details.name,
    node: node.name,
    vhost: vhost.name,
    user,
    user_who_performed_action: user,
    state: traffic.state,
    type: 'network',
    protocol: 'AMQP 0-9-1',
    host: details.host,
    port: details.port,
    peer_host: details.peerHost,
    peer_port: details.peerPort,
    channels: connection.channels.size,
    auth_mechanism: details.mechanism,
    client_properties: properties,
    user_provided_name: typeof name === 'string' ? name : undefined,
    frame_max: details.frameMax,
    channel_max: details.channelMax,
    timeout: details.heartbeatSeconds,
    connected_at: details.connectedAtMs,
    ssl: tls !== null,
    ssl_protocol: tls?.protocol ?? null,
    ssl_key_exchange: tls?.keyExchange ?? null,
    ssl_cipher: tls?.cipher ?? null,
    ssl_hash: tls?.hash ?? null,
    peer_cert_subject: tls?.peerSubject ?? null,
    peer_cert_issuer: tls?.peerIssuer ?? null,
    peer_cert_validity: tls?.peerValidity ?? null,
    ...withDetails(series, connectionColumns, spans.data),
    recv_cnt: traffic.receivedCount,
    send_cnt: traffic.sentCount,
    send_pend: traffic.pendingBytes,
    reductions: 0,
    garbage_collection: {},
  }
}

/** Client properties came off the wire as a field table. */
function plainProperties(properties: Readonly<Record<string, unknown>>): View {
  return tableToJson(properties as Parameters<typeof tableToJson>[0])
}

export const channelName = ({ connection, channel }: OpenChannel): string =>
  `${connection.details.name} (${channel.number})`

export function listedChannel(context: Context, spans: Spans): Listed<OpenChannel> {
  return {
    name: channelName,
    view: (open) => channelView(context, open, spans),
    sortKey: (column) => channelKeys[column] ?? channelRateKey(context, column),
  }
}

const channelKeys: Readonly<Record<string, (open: OpenChannel) => unknown>> = {
  user: ({ connection }) => connection.user,
  vhost: ({ connection }) => connection.vhost.name,
  messages_unacknowledged: ({ channel }) => channel.unacked.count,
}

/** `message_stats.publish_details.rate` and its like. */
function channelRateKey(
  { statistics }: Context,
  column: string,
): ((open: OpenChannel) => unknown) | undefined {
  const name = /^message_stats\.(\w+)_details\.rate$/.exec(column)?.[1]
  const index = name === undefined ? -1 : columnIndex(channelColumns, name)
  if (index === -1) return undefined
  return ({ channel }) => statistics.channels.ring(channel)?.rate(index) ?? 0
}

export function channelView({ node, statistics }: Context, open: OpenChannel, spans: Spans): View {
  const { connection, channel } = open
  const current = new Float64Array(channelColumns.length)
  readChannel(channel, current)
  const ring = statistics.channels.ring(channel)
  const stats = messageStatistics({ columns: channelColumns, ring, current }, spans.rates)
  const idleSinceMs = statistics.channels.idleSinceMs(channel)
  const { name, peerHost, peerPort } = connection.details
  return {
    name: channelName(open),
    number: channel.number,
    node: node.name,
    vhost: connection.vhost.name,
    user: connection.user,
    user_who_performed_action: connection.user,
    connection_details: { name, peer_host: peerHost, peer_port: peerPort },
    state: 'running',
    confirm: channel.confirms !== null,
    transactional: channel.transaction !== null,
    consumer_count: channel.consumers.size,
    prefetch_count: channel.prefetch,
    global_prefetch_count: channel.globalPrefetch,
    messages_unacknowledged: channel.unacked.count,
    messages_unconfirmed: channel.confirms?.unconfirmedCount ?? 0,
    messages_uncommitted: channel.transaction?.publishCount ?? 0,
    acks_uncommitted: channel.transaction?.settlementCount ?? 0,
    pending_raft_commands: 0,
    ...(idleSinceMs === null ? {} : { idle_since: new Date(idleSinceMs).toISOString() }),
    ...(stats === null ? {} : { message_stats: stats }),
    reductions: 0,
    garbage_collection: {},
  }
}

export function listedConsumer(context: Context): Listed<RunningConsumer> {
  return {
    name: ({ consumer }) => consumer.tag,
    view: (running) => consumerView(context, running),
  }
}

export function consumerView({ node }: Context, running: RunningConsumer): View {
  const { connection, channel, consumer } = running
  const { name, peerHost, peerPort } = connection.details
  const active = consumer.queue.consumers.isActive(consumer)
  return {
    consumer_tag: consumer.tag,
    queue: { name: consumer.queue.name, vhost: consumer.queue.vhost },
    channel_details: {
      connection_name: name,
      name: channelName(running),
      number: channel.number,
      peer_host: peerHost,
      peer_port: peerPort,
      user: connection.user,
      node: node.name,
    },
    ack_required: !consumer.noAck,
    active,
    activity_status: active ? 'up' : 'waiting',
    exclusive: consumer.exclusive,
    prefetch_count: consumer.prefetch,
    arguments: tableToJson(consumer.arguments),
    consumer_timeout: 'undefined',
  }
}

export function allChannels(connections: Iterable<BrokerConnection>): OpenChannel[] {
  const open: OpenChannel[] = []
  for (const connection of connections) {
    for (const channel of connection.channels.values()) open.push({ connection, channel })
  }
  return open
}

export function allConsumers(connections: Iterable<BrokerConnection>): RunningConsumer[] {
  return allChannels(connections).flatMap(({ connection, channel }) =>
    [...channel.consumers.values()].map((consumer) => ({ connection, channel, consumer })),
  )
}
