// Queues, exchanges and bindings as RabbitMQ's HTTP API shows them. The broker's classes know nothing
// of these shapes.

import type { Binding } from '../../broker/exchanges/binding.ts'
import type { Exchange } from '../../broker/exchanges/exchange.ts'
import { tableToJson } from '../../broker/json-values.ts'
import type { Queue } from '../../broker/queues/queue.ts'
import type { VirtualHost } from '../../broker/vhost.ts'
import type { Context } from '../context.ts'
import type { Listed, View } from '../listing.ts'
import { columnIndex, exchangeColumns, queueColumns } from '../statistics/columns.ts'
import type { Spans } from '../statistics/details.ts'
import { messageStatistics, withDetails } from '../statistics/details.ts'
import { propertiesKey } from './properties-key.ts'

export interface InVhost<T> {
  readonly vhost: VirtualHost
  readonly object: T
}

/** How the API calls the exchange without a name. */
export const defaultExchangeName = 'amq.default'

const idleAfterMs = 60_000

export function listedQueue(context: Context, spans: Spans): Listed<InVhost<Queue>> {
  return {
    name: ({ object }) => object.name,
    view: (item) => queueView(context, item, spans),
    sortKey: (column) => queueKeys[column] ?? rateKey(context, column),
  }
}

const queueKeys: Readonly<Record<string, (item: InVhost<Queue>) => unknown>> = {
  messages: ({ object }) => object.messageCount,
  messages_ready: ({ object }) => object.readyCount,
  messages_unacknowledged: ({ object }) => object.unackedCount,
  consumers: ({ object }) => object.consumers.count,
  vhost: ({ object }) => object.vhost,
  type: ({ object }) => object.settings.type,
  durable: ({ object }) => object.durable,
  message_bytes: ({ object }) => object.readyBytes + object.unackedBytes,
}

/** `message_stats.publish_details.rate`, `messages_details.rate` and their like. */
function rateKey(
  { statistics }: Context,
  column: string,
): ((item: InVhost<Queue>) => unknown) | undefined {
  const name = /^(?:message_stats\.)?(\w+)_details\.rate$/.exec(column)?.[1]
  const index = name === undefined ? -1 : columnIndex(queueColumns, name)
  if (index === -1) return undefined
  return ({ object }) => statistics.queueRing(object)?.rate(index) ?? 0
}

export function queueView(
  { core, node, statistics }: Context,
  { vhost, object: queue }: InVhost<Queue>,
  spans: Spans,
): View {
  const { settings } = queue
  const policy = vhost.policies.effective({
    kind: 'queue',
    name: queue.name,
    queueType: settings.type,
  })
  const series = {
    columns: queueColumns,
    ring: statistics.queueRing(queue),
    current: currentOf(queue),
  }
  const stats = messageStatistics(series, spans.rates)
  const idle =
    queue.consumers.count === 0 && core.clock.now() - queue.lastUsedMs > idleAfterMs
      ? { idle_since: new Date(queue.lastUsedMs).toISOString() }
      : {}
  return {
    name: queue.name,
    vhost: queue.vhost,
    type: settings.type,
    durable: queue.durable,
    auto_delete: queue.autoDelete,
    exclusive: queue.exclusive,
    arguments: tableToJson(queue.arguments),
    node: node.name,
    state: 'running',
    policy: policy.policy,
    operator_policy: policy.operatorPolicy,
    effective_policy_definition: policy.definition ?? {},
    consumers: queue.consumers.count,
    consumer_capacity: queue.consumers.anyReady ? 1 : 0,
    consumer_utilisation: queue.consumers.anyReady ? 1 : 0,
    exclusive_consumer_tag: queue.consumers.all.find((one) => one.exclusive)?.tag ?? null,
    single_active_consumer_tag: queue.consumers.active?.tag ?? null,
    ...withDetails(
      series,
      ['messages', 'messages_ready', 'messages_unacknowledged'],
      spans.lengths,
    ),
    ...sizes(queue),
    ...idle,
    ...(stats === null ? {} : { message_stats: stats }),
    ...(settings.type === 'quorum'
      ? { leader: node.name, members: [node.name], online: [node.name] }
      : { recoverable_slaves: null }),
    head_message_timestamp: headTimestamp(queue),
    garbage_collection: {},
    reductions: 0,
  }
}

/** Null as well when the head of the queue is on disk only. */
function headTimestamp(queue: Queue): number | null {
  for (const { message } of queue.waiting()) return message?.timestamp ?? null
  return null
}

function currentOf(queue: Queue): readonly number[] {
  const s = queue.statistics
  return [
    s.published,
    s.delivered,
    s.deliveredNoAck,
    s.got,
    s.gotNoAck,
    s.gotEmpty,
    s.redelivered,
    s.acknowledged,
    s.delivered + s.deliveredNoAck + s.got + s.gotNoAck,
    queue.messageCount,
    queue.readyCount,
    queue.unackedCount,
  ]
}

function sizes(queue: Queue): View {
  const { readyBytes, unackedBytes, inMemoryCount } = queue
  const bytes = readyBytes + unackedBytes
  return {
    messages_ram: inMemoryCount + queue.unackedCount,
    messages_ready_ram: inMemoryCount,
    messages_unacknowledged_ram: queue.unackedCount,
    messages_paged_out: queue.readyCount - inMemoryCount,
    // Warren's own: neither ready nor unacknowledged, but waiting for their next attempt.
    messages_delayed: queue.delayedCount,
    // Which of the messages are persistent is not counted: all that may be are.
    messages_persistent: queue.stored ? queue.messageCount : 0,
    message_bytes: bytes,
    message_bytes_ready: readyBytes,
    message_bytes_unacknowledged: unackedBytes,
    message_bytes_ram: bytes,
    message_bytes_persistent: queue.stored ? bytes : 0,
    memory: bytes + inMemoryCount * entryBytes,
  }
}

/** What a message in memory takes beside its body, roughly. */
const entryBytes = 256

export function listedExchange(context: Context, spans: Spans): Listed<InVhost<Exchange>> {
  return {
    name: ({ object }) => object.name,
    view: (item) => exchangeView(context, item, spans),
    sortKey: (column) => exchangeKeys[column],
  }
}

const exchangeKeys: Readonly<Record<string, (item: InVhost<Exchange>) => unknown>> = {
  vhost: ({ object }) => object.vhost,
  type: ({ object }) => object.type.name,
}

export function exchangeView(
  { statistics }: Context,
  { vhost, object: exchange }: InVhost<Exchange>,
  spans: Spans,
): View {
  const { policy } = vhost.policies.effective({
    kind: 'exchange',
    name: exchange.name,
    queueType: '',
  })
  const series = {
    columns: exchangeColumns,
    ring: statistics.exchangeRing(exchange),
    current: [exchange.publishedIn, exchange.publishedOut],
  }
  const active = exchange.publishedIn + exchange.publishedOut > 0
  return {
    name: exchange.name,
    vhost: exchange.vhost,
    type: exchange.type.name,
    durable: exchange.durable,
    auto_delete: exchange.autoDelete,
    internal: exchange.internal,
    arguments: tableToJson(exchange.arguments),
    user_who_performed_action: 'rmq-internal',
    ...(policy === null ? {} : { policy }),
    ...(active ? { message_stats: withDetails(series, exchangeColumns, spans.rates) } : {}),
  }
}

export function bindingView(vhost: VirtualHost, binding: Binding): View {
  const json = tableToJson(binding.arguments)
  return {
    source: binding.source,
    vhost: vhost.name,
    destination: binding.destination.name,
    destination_type: binding.destination.kind,
    routing_key: binding.routingKey,
    arguments: json,
    properties_key: propertiesKey(binding.routingKey, json),
  }
}

/** Every queue is bound to the default exchange by its name [AMQP 0-9-1, 3.1.3.1]. */
export function defaultBindingView(vhost: VirtualHost, queue: Queue): View {
  return {
    source: '',
    vhost: vhost.name,
    destination: queue.name,
    destination_type: 'queue',
    routing_key: queue.name,
    arguments: {},
    properties_key: propertiesKey(queue.name, {}),
  }
}
