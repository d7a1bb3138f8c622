// The parts of the HTTP API's answers that the console reads. Everything that a broker may leave out
// (statistics before the first event, or with statistics off) is optional here.

export interface Sample {
  readonly timestamp: number
  readonly sample: number
}

export interface RateDetails {
  readonly rate: number
  readonly samples?: readonly Sample[]
}

/** Counters with their `_details`: `publish` and `publish_details`, and so on. */
export type Stats = Readonly<Record<string, number | RateDetails | undefined>>

export type Arguments = Readonly<Record<string, unknown>>

export interface Overview {
  readonly management_version?: string
  readonly rabbitmq_version?: string
  readonly product_name?: string
  readonly product_version?: string
  readonly cluster_name?: string
  readonly node?: string
  readonly exchange_types?: readonly { readonly name: string; readonly description?: string }[]
  readonly message_stats?: Stats
  readonly churn_rates?: Stats
  readonly queue_totals?: Stats
  readonly object_totals?: Readonly<Record<string, number>>
  readonly listeners?: readonly Listener[]
  readonly contexts?: readonly { readonly description?: string; readonly port?: number | string }[]
}

export interface Listener {
  readonly node?: string
  readonly protocol: string
  readonly ip_address: string
  readonly port: number
}

export interface NodeInfo {
  readonly name: string
  readonly running?: boolean
  readonly uptime?: number
  readonly os_pid?: string
  readonly mem_used?: number
  readonly mem_limit?: number
  readonly mem_alarm?: boolean
  readonly disk_free?: number
  readonly disk_free_limit?: number
  readonly disk_free_alarm?: boolean
  readonly fd_used?: number
  readonly fd_total?: number
  readonly sockets_used?: number
  readonly sockets_total?: number
  readonly processors?: number
  readonly run_queue?: number
}

export interface QueueInfo {
  readonly name: string
  readonly vhost: string
  readonly type?: string
  readonly durable: boolean
  readonly auto_delete: boolean
  readonly exclusive?: boolean
  readonly arguments: Arguments
  readonly state?: string
  readonly policy?: string | null
  readonly operator_policy?: string | null
  readonly effective_policy_definition?: Arguments | null
  readonly consumers?: number
  readonly consumer_utilisation?: number | null
  readonly messages?: number
  readonly messages_ready?: number
  readonly messages_unacknowledged?: number
  readonly message_bytes?: number
  readonly memory?: number
  readonly idle_since?: string | number
  readonly head_message_timestamp?: number | null
  readonly message_stats?: Stats
  readonly consumer_details?: readonly ConsumerInfo[]
  readonly [details: `${string}_details`]: unknown
}

export interface ExchangeInfo {
  readonly name: string
  readonly vhost: string
  readonly type: string
  readonly durable: boolean
  readonly auto_delete: boolean
  readonly internal: boolean
  readonly arguments: Arguments
  readonly policy?: string | null
  readonly message_stats?: Stats
}

export interface Binding {
  readonly source: string
  readonly vhost: string
  readonly destination: string
  readonly destination_type: string
  readonly routing_key: string
  readonly arguments: Arguments
  readonly properties_key?: string
}

export interface ConnectionInfo {
  readonly name: string
  readonly vhost?: string
  readonly user?: string
  readonly state?: string
  readonly channels?: number
  readonly protocol?: string
  readonly host?: string
  readonly port?: number
  readonly peer_host?: string
  readonly peer_port?: number
  readonly ssl?: boolean
  readonly ssl_protocol?: string | null
  readonly ssl_cipher?: string | null
  readonly auth_mechanism?: string
  readonly client_properties?: Readonly<Record<string, unknown>>
  readonly user_provided_name?: string
  readonly frame_max?: number
  readonly channel_max?: number
  readonly timeout?: number
  readonly connected_at?: number
  readonly recv_oct?: number
  readonly send_oct?: number
  readonly recv_oct_details?: RateDetails
  readonly send_oct_details?: RateDetails
}

export interface ChannelInfo {
  readonly name: string
  readonly number?: number
  readonly connection_details?: { readonly name: string; readonly peer_host?: string }
  readonly user?: string
  readonly vhost?: string
  readonly state?: string
  readonly confirm?: boolean
  readonly transactional?: boolean
  readonly consumer_count?: number
  readonly prefetch_count?: number
  readonly global_prefetch_count?: number
  readonly messages_unacknowledged?: number
  readonly messages_unconfirmed?: number
  readonly messages_uncommitted?: number
  readonly acks_uncommitted?: number
  readonly idle_since?: string | number
  readonly message_stats?: Stats
  readonly consumer_details?: readonly ConsumerInfo[]
}

export interface ConsumerInfo {
  readonly consumer_tag: string
  readonly queue: { readonly name: string; readonly vhost: string }
  readonly channel_details?: {
    readonly name?: string
    readonly connection_name?: string
    readonly number?: number
    readonly peer_host?: string
    readonly user?: string
  }
  readonly ack_required?: boolean
  readonly active?: boolean
  readonly activity_status?: string
  readonly exclusive?: boolean
  readonly prefetch_count?: number
  readonly arguments?: Arguments
}

export interface MessageProperties {
  readonly headers?: Readonly<Record<string, unknown>>
  readonly [property: string]: unknown
}

/** A message as `get` gives it; the browser's own calls add the optional part. */
export interface MessageInfo {
  readonly exchange: string
  readonly routing_key: string
  readonly redelivered: boolean
  readonly payload: string
  readonly payload_encoding: string
  readonly payload_bytes: number
  readonly properties: MessageProperties
  readonly message_count?: number
  readonly key?: string
  readonly index?: number
  readonly delivery_count?: number
  readonly published_at?: number
  readonly truncated?: boolean
}

export interface MessagePage {
  readonly items: readonly MessageInfo[]
  readonly offset: number
  readonly limit: number
  readonly matched: number
  readonly looked_at: number
  readonly messages_ready: number
}

export interface ActionResult {
  readonly done: number
  readonly missing: number
  readonly unroutable: number
}

export interface ExplainStep {
  readonly exchange: string
  readonly type: string
  readonly matched: readonly Binding[]
  readonly alternate: string | null
}

export interface Explanation {
  readonly steps: readonly ExplainStep[]
  readonly queues: readonly string[]
}

export interface UserInfo {
  readonly name: string
  readonly tags: readonly string[] | string
  readonly password_hash?: string
  readonly limits?: Readonly<Record<string, number>>
}

export interface WhoAmI {
  readonly name: string
  readonly tags: readonly string[] | string
}

export interface VhostInfo {
  readonly name: string
  readonly description?: string
  readonly tags?: readonly string[] | string
  readonly default_queue_type?: string
  readonly tracing?: boolean
  readonly messages?: number
  readonly messages_ready?: number
  readonly messages_unacknowledged?: number
  readonly recv_oct_details?: RateDetails
  readonly send_oct_details?: RateDetails
}

export interface Permission {
  readonly user: string
  readonly vhost: string
  readonly configure: string
  readonly write: string
  readonly read: string
}

export interface TopicPermission {
  readonly user: string
  readonly vhost: string
  readonly exchange: string
  readonly write: string
  readonly read: string
}

export interface Policy {
  readonly name: string
  readonly vhost: string
  readonly pattern: string
  readonly 'apply-to': string
  readonly priority: number
  readonly definition: Arguments
}

export interface LimitSet {
  readonly vhost?: string
  readonly user?: string
  readonly value: Readonly<Record<string, number>>
}

export interface BrokerEvent {
  readonly id: number
  readonly at: number
  readonly kind: string
  readonly vhost?: string | null
  readonly name?: string | null
  readonly user?: string | null
  readonly detail?: Readonly<Record<string, unknown>>
}

/** A message that waits until it is due, for an exchange to route it or a queue to take it. */
export interface DelayedMessage {
  readonly id: number
  readonly vhost: string
  readonly kind: 'exchange' | 'queue'
  readonly name: string
  readonly due: number
  readonly added: number
  readonly exchange: string
  readonly routing_key: string
  readonly payload_bytes: number
}

export interface Drop {
  readonly at: number
  readonly vhost: string
  readonly reason: string
  readonly exchange: string
  readonly routing_key: string
  readonly queue: string | null
  readonly payload_bytes: number
  readonly count?: number
}

export interface Page<Item> {
  readonly items: readonly Item[]
  readonly page: number
  readonly page_count: number
  readonly page_size: number
  readonly item_count: number
  readonly filtered_count: number
  readonly total_count: number
}
