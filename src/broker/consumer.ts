// A consumer: the credit of one basic.consume, between its queue and its channel.

import type { FieldTable } from '../protocol/amqp/field-table.ts'
import { encodeShortString } from '../protocol/amqp/strings.ts'
import type { StoredRun } from './ports.ts'
import type { QueueEntry } from './queues/entry.ts'
import type { Lane } from './queues/lane.ts'
import type { Queue } from './queues/queue.ts'
import type { Receiver } from './queues/receiver.ts'

export interface ConsumerOptions {
  readonly tag: string
  readonly queue: Queue
  readonly noAck: boolean
  readonly exclusive: boolean
  readonly priority: number
  /** How many deliveries may be unacknowledged; 0 is no limit [RMQ: qos with global=false]. */
  readonly prefetch: number
  readonly arguments: FieldTable
}

/** What a consumer needs of its channel. */
export interface ConsumerHost {
  /** Whether the channel as a whole can take one more delivery. */
  readonly takesDeliveries: boolean
  /** As `takesDeliveries`, for deliveries that need no acknowledgement. */
  readonly takesUnlimited: boolean
  /** Whether deliveries are nobody else's business: no trace, no spans. */
  readonly takesRuns: boolean
  deliverTo(consumer: Consumer, entry: QueueEntry): void
  deliverRun(consumer: Consumer, run: StoredRun, lane: Lane): void
  oldestDeliveryMs(consumer: Consumer): number | null
  consumerGone(consumer: Consumer): void
}

export class Consumer implements Receiver {
  readonly tag: string
  /** The tag as an encoded short string, ready for basic.deliver. */
  readonly encodedTag: Uint8Array
  readonly queue: Queue
  readonly noAck: boolean
  readonly exclusive: boolean
  readonly priority: number
  readonly prefetch: number
  readonly arguments: FieldTable
  enrolled = false
  attached = true
  unackedCount = 0
  readonly #host: ConsumerHost

  constructor(options: ConsumerOptions, host: ConsumerHost) {
    this.tag = options.tag
    this.encodedTag = encodeShortString(options.tag)
    this.queue = options.queue
    this.noAck = options.noAck
    this.exclusive = options.exclusive
    this.priority = options.priority
    this.prefetch = options.prefetch
    this.arguments = options.arguments
    this.#host = host
  }

  get ready(): boolean {
    if (this.noAck) return this.#host.takesUnlimited
    if (this.prefetch !== 0 && this.unackedCount >= this.prefetch) return false
    return this.#host.takesDeliveries
  }

  /** When its oldest unacknowledged delivery was made, milliseconds since the epoch; null: none. */
  oldestDeliveryMs(): number | null {
    return this.#host.oldestDeliveryMs(this)
  }

  deliver(entry: QueueEntry): void {
    this.#host.deliverTo(this, entry)
  }

  get takesRuns(): boolean {
    return this.#host.takesRuns
  }

  deliverRun(run: StoredRun, lane: Lane): void {
    this.#host.deliverRun(this, run, lane)
  }

  cancelledByBroker(): void {
    this.attached = false
    this.#host.consumerGone(this)
  }
}
