// The texts of `status` and `cluster_status`: sections as RabbitMQ's, of what is true of one node.

import type { ApiClient, Item } from '../api-client.ts'
import { toItem } from '../api-client.ts'
import type { Output } from '../command.ts'

export async function statusReport(api: ApiClient): Promise<Output> {
  const overview = await api.item('/overview')
  const [node, vhosts] = await Promise.all([thisNode(api, overview), api.list('/vhosts')])
  const objects = toItem(overview.object_totals)
  const sections: [string, string[]][] = [
    [
      'Runtime',
      [
        `OS PID: ${node.os_pid}`,
        `Uptime (seconds): ${Math.floor(Number(node.uptime ?? 0) / 1000)}`,
        `Is under maintenance?: ${node.being_drained ?? false}`,
        `RabbitMQ version: ${overview.rabbitmq_version}`,
        `Product: ${overview.product_name} ${overview.product_version}`,
        `Node name: ${overview.node}`,
        `Runtime: ${overview.erlang_full_version}`,
      ],
    ],
    ['Data directory', [`Node data directory: ${node.db_dir ?? 'none'}`]],
    ['Config files', bullets(node.config_files)],
    ['Log file(s)', bullets(node.log_files)],
    ['Alarms', alarmLines(node)],
    [
      'Memory',
      [
        `Total memory used: ${gigabytes(node.mem_used)} gb`,
        'Calculation strategy: rss',
        `Memory high watermark setting: computed to: ${gigabytes(node.mem_limit)} gb`,
      ],
    ],
    [
      'File Descriptors',
      [
        `Total: ${node.fd_used}, limit: ${node.fd_total}`,
        `Sockets: ${node.sockets_used}, limit: ${node.sockets_total}`,
      ],
    ],
    [
      'Free Disk Space',
      [
        `Low free disk space watermark: ${gigabytes(node.disk_free_limit)} gb`,
        `Free disk space: ${gigabytes(node.disk_free)} gb`,
      ],
    ],
    ['Message store', storeLines(toItem(node.message_store))],
    [
      'Totals',
      [
        `Connection count: ${objects.connections ?? 0}`,
        `Queue count: ${objects.queues ?? 0}`,
        `Virtual host count: ${vhosts.length}`,
      ],
    ],
    ['Listeners', listenersOf(overview).map(listenerLine)],
  ]
  return { kind: 'text', text: render(sections), value: { ...overview, ...node } }
}

function storeLines(store: Item): string[] {
  const damage = Array.isArray(store.damage) ? store.damage.map(toItem) : []
  return [
    `Space on disk: ${gigabytes(store.disk_bytes)} gb`,
    `Damaged records: ${store.damaged_records ?? 0}`,
    ...damage.map(
      ({ file, offset, bytes, reason }) => `${file} at ${offset}, ${bytes} bytes: ${reason}`,
    ),
  ]
}

export async function clusterReport(api: ApiClient): Promise<Output> {
  const overview = await api.item('/overview')
  const [node, flags] = await Promise.all([thisNode(api, overview), api.list('/feature-flags')])
  const name = String(overview.node)
  const listeners = listenersOf(overview)
  const text = render([
    ['Basics', [`Cluster name: ${overview.cluster_name}`]],
    ['Disk Nodes', [name]],
    ['Running Nodes', [name]],
    ['Versions', [`${name}: RabbitMQ ${overview.rabbitmq_version}`]],
    ['Maintenance status', [`Node: ${name}, status: not under maintenance`]],
    ['Alarms', alarmLines(node)],
    ['Network Partitions', ['(none)']],
    [
      'Listeners',
      listeners.map((listener) => `Node: ${name}, ${lowerFirst(listenerLine(listener))}`),
    ],
    ['Feature flags', flags.map((flag) => `Flag: ${flag.name}, state: ${flag.state}`)],
  ])
  const value = {
    cluster_name: overview.cluster_name,
    disk_nodes: [name],
    running_nodes: [name],
    ram_nodes: [],
    alarms: alarmLines(node).filter((line) => line !== '(none)'),
    partitions: {},
    versions: { [name]: { rabbitmq_version: overview.rabbitmq_version } },
    maintenance_status: { [name]: 'not under maintenance' },
    listeners: { [name]: listeners },
    feature_flags: flags,
  }
  return { kind: 'text', text, value }
}

export interface ListenerItem {
  readonly interface: string
  readonly node: string
  readonly port: number
  readonly protocol: string
  readonly purpose: string
}

const purposes: Readonly<Record<string, string>> = {
  amqp: 'AMQP 0-9-1',
  'amqp/ssl': 'AMQP 0-9-1 over TLS',
  http: 'HTTP API',
  https: 'HTTP API over TLS (HTTPS)',
  'http/prometheus': 'Prometheus exporter API over HTTP',
  'https/prometheus': 'Prometheus exporter API over TLS (HTTPS)',
}

export function listenersOf(overview: Item): ListenerItem[] {
  const listeners = overview.listeners
  if (!Array.isArray(listeners)) return []
  return listeners.map(toItem).map((listener) => {
    const address = String(listener.ip_address ?? '::')
    const protocol = String(listener.protocol)
    return {
      interface: address.includes(':') ? `[${address}]` : address,
      node: String(listener.node),
      port: Number(listener.port),
      protocol,
      purpose: purposes[protocol] ?? protocol,
    }
  })
}

export function listenerLine(listener: ListenerItem): string {
  return `Interface: ${listener.interface}, port: ${listener.port}, protocol: ${listener.protocol}, purpose: ${listener.purpose}`
}

export async function thisNode(api: ApiClient, overview: Item): Promise<Item> {
  const nodes = await api.list('/nodes')
  return nodes.find((node) => node.name === overview.node) ?? nodes[0] ?? {}
}

export function alarmLines(node: Item): string[] {
  const lines = [
    ...(node.mem_alarm === true ? [`Memory alarm on node ${node.name}`] : []),
    ...(node.disk_free_alarm === true ? [`Free disk space alarm on node ${node.name}`] : []),
  ]
  return lines.length === 0 ? ['(none)'] : lines
}

/** RabbitMQ counts in powers of ten here, to four digits at most. */
function gigabytes(bytes: unknown): string {
  const value = Number((Number(bytes ?? 0) / 1e9).toFixed(4))
  return Number.isInteger(value) ? value.toFixed(1) : String(value)
}

function bullets(items: unknown): string[] {
  if (!Array.isArray(items) || items.length === 0) return ['(none)']
  return items.map((item) => ` * ${String(item)}`)
}

function render(sections: readonly (readonly [string, readonly string[]])[]): string {
  return sections
    .map(([title, lines]) => `${title}\n\n${lines.join('\n')}\n`)
    .join('\n')
    .trimEnd()
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)
