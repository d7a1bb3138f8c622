// The broker's whole configuration as one typed, frozen value, passed down from main.ts and never
// global. What each field's key, unit, default and meaning are is told by the tables in keys/.

import type { Endpoint, Watermark } from './value-types.ts'

export interface Config {
  readonly node: NodeConfig
  readonly amqp: AmqpConfig
  readonly firstStart: FirstStartConfig
  readonly storage: StorageConfig
  readonly alarms: AlarmConfig
  readonly management: ManagementConfig
  readonly prometheus: PrometheusConfig
  readonly log: LogConfig
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
  readonly connectionsMax: number | null
  readonly backlog: number
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
  /** Null: no management API and page. */
  readonly port: number | null
  readonly host: string | null
  readonly pathPrefix: string
  readonly bodyBytesMax: number
  readonly statisticsIntervalMs: number
  readonly allowedOrigins: readonly string[]
}

export interface PrometheusConfig {
  /** Null: no listener of its own; the management port has /metrics all the same. */
  readonly port: number | null
  readonly host: string | null
  readonly path: string
  readonly perObject: boolean
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
