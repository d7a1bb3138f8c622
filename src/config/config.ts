// The broker's whole configuration as one typed, frozen value, passed down from main.ts and never
// global. What each field's key, unit, default and meaning are is told by the tables in keys/.

import type { GatewayConfig } from './gateway-config.ts'
import type { Endpoint, Watermark } from './value-types.ts'

export interface Config {
  readonly node: NodeConfig
  readonly amqp: AmqpConfig
  readonly limits: LimitsConfig
  readonly vhostDefaults: VhostDefaultsConfig
  readonly tls: TlsConfig
  readonly firstStart: FirstStartConfig
  readonly storage: StorageConfig
  readonly alarms: AlarmConfig
  readonly management: ManagementConfig
  readonly managementTls: TlsConfig
  readonly prometheus: PrometheusConfig
  readonly prometheusTls: TlsConfig
  readonly telemetry: TelemetryConfig
  readonly log: LogConfig
  readonly gateway: GatewayConfig
  readonly gatewayTls: TlsConfig
}

export interface NodeConfig {
  readonly name: string
  readonly clusterName: string
  /** What the broker calls itself in its server properties; clients choose their behaviour by it. */
  readonly product: string
  readonly version: string
  readonly dataDirectory: string
  readonly definitionsFile: string | null
}

export interface AmqpConfig {
  readonly listeners: readonly Endpoint[]
  readonly heartbeatSeconds: number
  readonly frameBytesMax: number
  readonly channelsMax: number
  readonly handshakeTimeoutMs: number
  readonly messageBytesMax: number
  readonly backlog: number
  /** Microseconds for which the loop looks for more work before it sleeps; 0: none. */
  readonly busyWaitMicros: number
  readonly tlsListeners: readonly Endpoint[]
  readonly tlsHandshakeTimeoutMs: number
  /** SASL mechanisms that are offered, in this order. */
  readonly mechanisms: readonly SaslMechanism[]
  /** What of a client's certificate is the user's name for EXTERNAL. */
  readonly loginFrom: 'distinguished_name' | 'common_name'
}

export const SaslMechanisms = ['PLAIN', 'AMQPLAIN', 'EXTERNAL'] as const
export type SaslMechanism = (typeof SaslMechanisms)[number]

export const TlsVersions = ['tlsv1.3', 'tlsv1.2'] as const
export type TlsVersion = (typeof TlsVersions)[number]

/** Files and rules of a TLS listener. */
export interface TlsConfig {
  readonly certificateFile: string | null
  readonly keyFile: string | null
  readonly passphrase: string | null
  readonly caFile: string | null
  readonly verify: 'verify_none' | 'verify_peer'
  readonly failIfNoPeerCertificate: boolean
  readonly depth: number
  readonly versions: readonly TlsVersion[]
  readonly ciphers: readonly string[]
  readonly honorCipherOrder: boolean
}

/** Of the whole node; null is no limit. */
export interface LimitsConfig {
  readonly connectionsMax: number | null
  readonly channelsMax: number | null
  /** Of one channel. */
  readonly consumersMax: number | null
  readonly vhostsMax: number | null
  readonly queuesMax: number | null
  readonly exchangesMax: number | null
}

/** By names of their own: what new virtual hosts get whose names fit. */
export interface VhostDefaultsConfig {
  readonly limits: Readonly<Record<string, DefaultLimits>>
  readonly operatorPolicies: Readonly<Record<string, DefaultPolicy>>
  /** By the users' names. */
  readonly users: Readonly<Record<string, DefaultUser>>
}

export interface DefaultLimits {
  readonly pattern: string
  /** `max-connections`, `max-queues`. */
  readonly limits: Readonly<Record<string, number>>
}

export interface DefaultPolicy {
  readonly vhostPattern: string
  readonly queuePattern: string
  readonly definition: Readonly<Record<string, number>>
}

export interface DefaultUser {
  readonly vhostPattern: string
  /** Null: the user is not created. */
  readonly password: string | null
  readonly tags: readonly string[]
  readonly configure: string
  readonly write: string
  readonly read: string
}

/** What is created when the data directory is empty, and who may come from where. */
export interface FirstStartConfig {
  readonly user: string
  readonly password: string
  readonly vhost: string
  readonly tags: readonly string[]
  readonly configure: string
  readonly write: string
  readonly read: string
  /** Users that may connect from this machine only. */
  readonly loopbackUsers: readonly string[]
}

export interface StorageConfig {
  /** fsync: confirms wait for the disk; write: for the page cache; none: nothing is kept. */
  readonly durability: 'fsync' | 'write' | 'none'
  readonly memoryBudgetBytes: number
}

export interface AlarmConfig {
  readonly memory: Watermark
  /** Overrides what the machine reports, for containers that lie about it. */
  readonly totalMemoryBytes: number | null
  readonly disk: Watermark
}

export interface ManagementConfig {
  /** Null: none; auto: 15672, or none beside a TLS listener. */
  readonly port: number | null | 'auto'
  readonly host: string | null
  readonly tlsPort: number | null
  readonly tlsHost: string | null
  readonly pathPrefix: string
  readonly bodyBytesMax: number
  readonly statisticsIntervalMs: number
  readonly allowedOrigins: readonly string[]
}

export interface PrometheusConfig {
  /** Null: no listener of its own; the management port has /metrics all the same. */
  readonly port: number | null | 'auto'
  readonly host: string | null
  readonly tlsPort: number | null
  readonly tlsHost: string | null
  readonly path: string
  readonly perObject: boolean
}

export const SamplerNames = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const

/** Where traces of messages go, and which messages are traced. */
export interface TelemetryConfig {
  /** Null: no traces. */
  readonly url: string | null
  readonly protocol: 'http/json'
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly exporter: 'otlp' | 'none'
  readonly disabled: boolean
  readonly sampler: (typeof SamplerNames)[number]
  readonly ratio: number
  readonly queueMax: number
  readonly batchMax: number
  readonly intervalMs: number
  readonly serviceName: string
  readonly resource: Readonly<Record<string, string>>
}

export const LogLevel = ['debug', 'info', 'warning', 'error', 'none'] as const
export type LogLevel = (typeof LogLevel)[number]

export interface LogConfig {
  readonly level: LogLevel
  readonly console: boolean
  readonly consoleLevel: LogLevel | null
  /** auto: lines for people on a terminal, JSON otherwise. */
  readonly format: 'auto' | 'json' | 'plaintext'
  readonly file: string | null
  readonly fileLevel: LogLevel | null
  readonly directory: string
  readonly categories: Readonly<Record<string, LogLevel>>
}
