// What the HTTP API is given: the broker, and what it cannot know of the node, the machine and the
// program around it. Resources get it whole; it holds no state of its own.

import type { Logger } from '../base/logger.ts'
import type { BrokerCore } from '../broker/broker-core.ts'
import type { Gateways } from './gateways.ts'
import type { Machine } from './machine.ts'
import type { Statistics } from './statistics/statistics.ts'

export interface NodeFacts {
  /** As rabbit@host. */
  readonly name: string
  readonly clusterName: string
  readonly product: string
  /** The RabbitMQ version that tools should take the broker for. */
  readonly version: string
  readonly startedAtMs: number
  readonly dataDirectory: string | null
  readonly configFiles: readonly string[]
  readonly logFiles: readonly string[]
}

export interface ListenerFacts {
  readonly protocol: string
  readonly address: string
  readonly port: number
}

/** What a TLS listener shows to its clients. */
export interface CertificateFacts {
  /** The keys that configure it, such as `ssl_options`. */
  readonly name: string
  readonly file: string
  readonly expiresAtMs: number
}

/** What became of the spans of messages. */
export interface TelemetryFacts {
  readonly exported: number
  /** For want of room in the queue. */
  readonly dropped: number
  /** What the collector did not take. */
  readonly failed: number
  readonly queued: number
}

export interface AlarmFacts {
  readonly memoryLimitBytes: number
  readonly memoryAlarm: boolean
  readonly diskFreeLimitBytes: number
  readonly diskAlarm: boolean
}

/** What the message store says of itself. */
export interface StoreFacts {
  readonly diskBytes: number
  /** What the message log has asked of the disk since the start. */
  readonly work: FileWorkFacts
  /** Records that were found damaged since the start; their bytes are in the quarantine directory. */
  readonly damage: { readonly count: number; readonly listed: readonly DamageFacts[] }
}

export interface FileWorkFacts {
  readonly reads: number
  readonly readBytes: number
  readonly writes: number
  readonly writtenBytes: number
  readonly syncs: number
}

export interface DamageFacts {
  readonly file: string
  readonly offset: number
  readonly byteCount: number
  readonly reason: string
}

/** One setting as `warrenctl environment` shows it. */
export interface SettingFacts {
  readonly key: string
  readonly value: string
  readonly origin: string
}

/** What can be done to the node from outside; a missing one is answered with 501. */
export interface NodeOperations {
  /** Begins to stop the whole node. */
  stop?(): void
  /** Ends all AMQP connections and takes no new ones; the API goes on. */
  suspend?(): Promise<void>
  resume?(): Promise<void>
  /** Takes no new connections. */
  suspendListeners?(): Promise<void>
  resumeListeners?(): Promise<void>
  /** Whether one of the two is in effect. */
  isSuspended?(): boolean
  /** Deletes everything and begins as on a first start. */
  reset?(): void
  /** Throws RangeError when the value is not usable; false when the key cannot be changed. */
  changeSetting?(key: string, value: string): boolean
}

/** The part that definitions need, which are also imported before there is an API. */
export interface CoreContext {
  readonly core: BrokerCore
}

export interface Context extends CoreContext {
  readonly logger: Logger
  readonly node: NodeFacts
  readonly machine: Machine
  readonly statistics: Statistics
  readonly operations: NodeOperations
  readonly listeners: () => readonly ListenerFacts[]
  readonly certificates: () => readonly CertificateFacts[]
  /** Null: messages are not traced. */
  readonly telemetry: () => TelemetryFacts | null
  readonly alarms: () => AlarmFacts
  readonly settings: () => readonly SettingFacts[]
  readonly store: () => StoreFacts
  /** Null: no RPC gateway is configured. */
  readonly gateways: Gateways | null
}
