// Gives deliveries back to their queues, all of one queue together.

import type { Delivery } from './delivery.ts'
import type { QueueEntry } from './queues/entry.ts'
import type { Queue } from './queues/queue.ts'

/** `failed`: whether it counts as an attempt. */
export function requeueDeliveries(deliveries: readonly Delivery[], failed: boolean): void {
  const byQueue = new Map<Queue, QueueEntry[]>()
  for (const { queue, entry } of deliveries) {
    const entries = byQueue.get(queue)
    if (entries === undefined) byQueue.set(queue, [entry])
    else entries.push(entry)
  }
  for (const [queue, entries] of byQueue) queue.requeue(entries, failed)
}
