// One delivery that waits for its acknowledgement.
//
// A class, not a literal: V8 remembers of each literal whether its objects lived long. A thousand that
// are in flight when it collects count as such, and from then on all would be made among the old ones,
// where each dead one keeps its message alive (a third of the rate, in one process of six).

import type { Consumer } from './consumer.ts'
import type { QueueEntry } from './queues/entry.ts'
import type { Queue } from './queues/queue.ts'

export class Delivery {
  readonly tag: number
  readonly entry: QueueEntry
  readonly queue: Queue
  /** Null for basic.get. */
  readonly consumer: Consumer | null
  readonly deliveredAtMs: number
  settled = false
  /** The queue has taken the message back; an acknowledgement that still comes means nothing. */
  abandoned = false

  // An object for the arguments would be garbage for every message delivered.
  // biome-ignore lint/complexity/useMaxParams: see above
  constructor(
    tag: number,
    entry: QueueEntry,
    queue: Queue,
    consumer: Consumer | null,
    deliveredAtMs: number,
  ) {
    this.tag = tag
    this.entry = entry
    this.queue = queue
    this.consumer = consumer
    this.deliveredAtMs = deliveredAtMs
  }
}
