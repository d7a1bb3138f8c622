// Watches memory and disk, and says when publishers have to wait [RMQ: alarms]. A third reason comes
// from the store: a disk that does not take what is written.

import { statfsSync } from 'node:fs'
import type { Logger } from './base/logger.ts'
import { usableMemoryBytes } from './base/usable-memory.ts'
import type { AlarmConfig } from './config/config.ts'
import type { Watermark } from './config/value-types.ts'

/** How often memory and disk are looked at. */
const intervalMs = 1000

export interface AlarmState {
  readonly memoryLimitBytes: number
  readonly memoryAlarm: boolean
  readonly diskFreeLimitBytes: number
  readonly diskAlarm: boolean
}

export interface AlarmOptions {
  readonly config: AlarmConfig
  /** Null when nothing is kept on disk. */
  readonly dataDirectory: string | null
  readonly logger: Logger
  /** Called with the reason for clients, or null when publishers may go on. */
  readonly changed: (reason: string | null) => void
}

export class Alarms {
  readonly #options: AlarmOptions
  readonly #totalBytes: number
  readonly #timer: NodeJS.Timeout
  #memory = false
  #diskLow = false
  #storeReason: string | null = null
  #memoryLimit: Watermark
  #diskLimit: Watermark

  constructor(options: AlarmOptions) {
    this.#options = options
    this.#totalBytes = options.config.totalMemoryBytes ?? usableMemoryBytes()
    this.#memoryLimit = options.config.memory
    this.#diskLimit = options.config.disk
    this.#timer = setInterval(() => this.check(), intervalMs)
    this.#timer.unref()
    this.check()
  }

  get state(): AlarmState {
    return {
      memoryLimitBytes: bytesOf(this.#memoryLimit, this.#totalBytes),
      memoryAlarm: this.#memory,
      diskFreeLimitBytes: bytesOf(this.#diskLimit, this.#totalBytes),
      diskAlarm: this.#diskLow || this.#storeReason !== null,
    }
  }

  setLimits(limits: { memory?: Watermark; disk?: Watermark }): void {
    this.#memoryLimit = limits.memory ?? this.#memoryLimit
    this.#diskLimit = limits.disk ?? this.#diskLimit
    this.check()
  }

  /** The store takes no records for this reason, or (null) takes them again. */
  setStore(reason: string | null): void {
    if (reason !== null) this.#options.logger.error('the disk takes no messages', { reason })
    this.#update(() => {
      this.#storeReason = reason
    })
  }

  check(): void {
    const { memoryLimitBytes, diskFreeLimitBytes } = this.state
    const { dataDirectory } = this.#options
    const freeBytes = dataDirectory === null ? Number.POSITIVE_INFINITY : freeBytesIn(dataDirectory)
    this.#update(() => {
      this.#memory = process.memoryUsage.rss() > memoryLimitBytes
      this.#diskLow = freeBytes < diskFreeLimitBytes
    })
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #update(change: () => void): void {
    const before = this.#reason()
    change()
    const after = this.#reason()
    if (before === after) return
    const { logger, changed } = this.#options
    if (after === null) logger.info('alarms are over, publishers go on')
    else logger.warn('an alarm blocks publishers', { reason: after })
    changed(after)
  }

  /** The words of RabbitMQ (rabbit_reader). */
  #reason(): string | null {
    const { memoryAlarm, diskAlarm } = this.state
    if (memoryAlarm && diskAlarm) return 'low on memory & disk'
    if (memoryAlarm) return 'low on memory'
    return diskAlarm ? 'low on disk' : null
  }
}

function bytesOf(watermark: Watermark, totalBytes: number): number {
  return watermark.kind === 'absolute' ? watermark.bytes : watermark.fraction * totalBytes
}

function freeBytesIn(directory: string): number {
  const { bavail, bsize } = statfsSync(directory)
  return bavail * bsize
}
