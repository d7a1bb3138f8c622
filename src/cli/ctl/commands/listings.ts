// The commands that list what is in the broker, by columns of the caller's choice. Each is a row of a
// table: where its items come from, its columns, and how a column is found in the API's item.

import type { Item } from '../api-client.ts'
import { segment, toItem } from '../api-client.ts'
import type { Call, Command, CommandOption, Row } from '../command.ts'
import { UsageFailure } from '../failure.ts'

interface Listing {
  readonly name: string
  readonly summary: string
  readonly banner: (call: Call) => string
  readonly vhostScoped: boolean
  readonly path: (call: Call) => string
  readonly defaults: readonly string[]
  readonly columns: readonly string[]
  /** Columns that the API calls otherwise or keeps elsewhere. */
  readonly derived?: Readonly<Record<string, (item: Item) => unknown>>
  readonly options?: readonly CommandOption[]
  readonly keep?: (item: Item, call: Call) => boolean
  readonly details?: string
  readonly showsTimeout?: boolean
}

const queueColumns = words(`name durable auto_delete arguments policy operator_policy
  effective_policy_definition pid owner_pid exclusive exclusive_consumer_pid exclusive_consumer_tag
  single_active_consumer_tag messages_ready messages_unacknowledged messages messages_ready_ram
  messages_unacknowledged_ram messages_ram messages_persistent message_bytes message_bytes_ready
  message_bytes_unacknowledged message_bytes_ram message_bytes_persistent head_message_timestamp
  disk_reads disk_writes consumers consumer_utilisation consumer_capacity memory slave_pids
  synchronised_slave_pids mirror_pids synchronised_mirror_pids state type leader members online`)
const exchangeColumns = words('name type durable auto_delete internal arguments policy')
const bindingColumns = words(
  'source_name source_kind destination_name destination_kind routing_key arguments',
)
const connectionColumns = words(`pid name port host peer_port peer_host ssl ssl_protocol
  ssl_key_exchange ssl_cipher ssl_hash peer_cert_subject peer_cert_issuer peer_cert_validity state
  channels protocol auth_mechanism user vhost timeout frame_max channel_max client_properties
  recv_oct recv_cnt send_oct send_cnt send_pend connected_at node user_provided_name`)
const channelColumns = words(`pid connection name number user vhost transactional confirm
  consumer_count messages_unacknowledged messages_uncommitted acks_uncommitted messages_unconfirmed
  prefetch_count global_prefetch_count state`)
const consumerColumns =
  words(`queue_name channel_pid consumer_tag ack_required prefetch_count active
  activity_status arguments exclusive`)

const inVhost = (call: Call): string => segment(call.vhost)

const listings: readonly Listing[] = [
  {
    name: 'list_queues',
    summary: 'Lists queues and their properties',
    banner: ({ vhost }) => `Listing queues for vhost ${vhost} ...`,
    vhostScoped: true,
    showsTimeout: true,
    path: (call) => `/queues/${inVhost(call)}`,
    defaults: ['name', 'messages'],
    columns: queueColumns,
    derived: {
      pid: (item) => item.name,
      owner_pid: (item) => toItem(item.owner_pid_details).name,
    },
    options: [
      { name: 'online', documentation: 'only queues that are up' },
      { name: 'offline', documentation: 'only queues that are down' },
      { name: 'local', documentation: 'accepted: all queues are on this node' },
    ],
    keep: (item, call) => {
      if (call.switch('offline')) return item.state === 'down' || item.state === 'stopped'
      return !call.switch('online') || item.state !== 'down'
    },
    details: `  PROGRAM list_queues
  PROGRAM list_queues -p orders name messages_ready consumers
  PROGRAM -q list_queues --formatter json name messages arguments`,
  },
  {
    name: 'list_exchanges',
    summary: 'Lists exchanges',
    banner: ({ vhost }) => `Listing exchanges for vhost ${vhost} ...`,
    vhostScoped: true,
    path: (call) => `/exchanges/${inVhost(call)}`,
    defaults: ['name', 'type'],
    columns: exchangeColumns,
    details: '  PROGRAM list_exchanges -p / name type durable',
  },
  {
    name: 'list_bindings',
    summary: 'Lists all bindings on a vhost',
    // RabbitMQ leaves the blank before the dots out here.
    banner: ({ vhost }) => `Listing bindings for vhost ${vhost}...`,
    vhostScoped: true,
    path: (call) => `/bindings/${inVhost(call)}`,
    defaults: bindingColumns,
    columns: bindingColumns,
    derived: {
      source_name: (item) => item.source,
      source_kind: () => 'exchange',
      destination_name: (item) => item.destination,
      destination_kind: (item) => item.destination_type,
    },
    details: '  PROGRAM list_bindings source_name destination_name routing_key',
  },
  {
    name: 'list_connections',
    summary: 'Lists AMQP 0.9.1 connections for the node',
    banner: () => 'Listing connections ...',
    vhostScoped: false,
    path: () => '/connections',
    defaults: ['user', 'peer_host', 'peer_port', 'state'],
    columns: connectionColumns,
    derived: { pid: (item) => item.name },
    details: '  PROGRAM list_connections name user state channels',
  },
  {
    name: 'list_channels',
    summary: 'Lists all channels in the node',
    banner: () => 'Listing channels ...',
    vhostScoped: false,
    path: () => '/channels',
    defaults: ['pid', 'user', 'consumer_count', 'messages_unacknowledged'],
    columns: channelColumns,
    derived: {
      pid: (item) => item.name,
      connection: (item) => toItem(item.connection_details).name,
    },
    details: '  PROGRAM list_channels connection number prefetch_count messages_unacknowledged',
  },
  {
    name: 'list_consumers',
    summary: 'Lists all consumers for a vhost',
    banner: ({ vhost }) => `Listing consumers in vhost ${vhost} ...`,
    vhostScoped: true,
    path: (call) => `/consumers/${inVhost(call)}`,
    defaults: words(
      'queue_name channel_pid consumer_tag ack_required prefetch_count active arguments',
    ),
    columns: consumerColumns,
    derived: {
      queue_name: (item) => toItem(item.queue).name,
      channel_pid: (item) => toItem(item.channel_details).name,
    },
    details: '  PROGRAM list_consumers -p / queue_name consumer_tag prefetch_count',
  },
]

export const listingCommands: readonly Command[] = listings.map(toCommand)

function toCommand(listing: Listing): Command {
  return {
    name: listing.name,
    tools: ['ctl'],
    group: 'Monitoring, observability and health checks',
    summary: listing.summary,
    vhostScoped: listing.vhostScoped,
    positionals: [
      {
        name: 'column',
        optional: true,
        rest: true,
        documentation: `Any of ${listing.columns.join(', ')} (${listing.defaults.join(' ')}).`,
      },
    ],
    ...(listing.options === undefined ? {} : { options: listing.options }),
    ...(listing.details === undefined ? {} : { details: listing.details }),
    check: (call) => void chooseColumns(listing, call.positionals),
    banner: (call) => {
      const timeout = `Timeout: ${(call.timeoutMs / 1000).toFixed(1)} seconds ...\n`
      return `${listing.showsTimeout === true ? timeout : ''}${listing.banner(call)}`
    },
    async run(call) {
      const columns = chooseColumns(listing, call.positionals)
      const items = await call.api.list(listing.path(call))
      const kept = items.filter((item) => listing.keep?.(item, call) ?? true)
      return {
        kind: 'table',
        columns,
        rows: kept.map((item) => rowOf(item, columns, listing)),
        streamed: true,
      }
    },
  }
}

function chooseColumns(listing: Listing, given: readonly string[]): readonly string[] {
  // Columns may be given separated by commas as well.
  const columns = given.flatMap((word) => word.split(',')).filter((word) => word !== '')
  if (columns.length === 0) return listing.defaults
  const wrong = columns.filter((name) => !listing.columns.includes(name))
  if (wrong.length === 0) return columns
  throw new UsageFailure(`Info key(s) ${wrong.join(',')} are not supported`)
}

function rowOf(item: Item, columns: readonly string[], { derived }: Listing): Row {
  return Object.fromEntries(
    columns.map((name) => [name, derived?.[name] === undefined ? item[name] : derived[name](item)]),
  )
}

function words(text: string): string[] {
  return text.trim().split(/\s+/)
}
