// What a queue knows of those who take its messages. Consumers implement it; so can anything else
// that drains a queue inside the broker.

import type { FieldTable } from '../../protocol/amqp/field-table.ts'
import type { StoredRun } from '../ports.ts'
import type { QueueEntry } from './entry.ts'
import type { Lane } from './lane.ts'

export interface Receiver {
  readonly tag: string
  readonly arguments: FieldTable
  readonly exclusive: boolean
  readonly noAck: boolean
  /** Higher goes first (consume argument `x-priority`). */
  readonly priority: number
  /** Whether it can take one more message now. */
  readonly ready: boolean
  /** Kept by the queue: whether it stands in the line of those waiting for a message. */
  enrolled: boolean
  /** False from the moment that it is cancelled. */
  readonly attached: boolean
  /** Takes the message; the entry is unacknowledged from here on unless `noAck`. */
  deliver(entry: QueueEntry): void
  /** Whether it takes what was read back without asking for entries. */
  readonly takesRuns: boolean
  /** Takes messages of a run, which is in this lane, while it is ready; they are unacknowledged then. */
  deliverRun(run: StoredRun, lane: Lane): void
  /** The queue is gone or takes the consumer away [RMQ: consumer cancel notification]. */
  cancelledByBroker(): void
}
