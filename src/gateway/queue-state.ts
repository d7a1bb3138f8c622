// What a gateway looks at in a queue before and after it publishes: whether a call would push out another
// one, and whether a call that nobody waits for is still there to be taken back.

import type { Message } from '../broker/message.ts'
import type { QueueEntry } from '../broker/queues/entry.ts'
import type { Queue } from '../broker/queues/queue.ts'

/** Longer queues are not searched for one call: it ends there by its expiration. */
const searchedMax = 10_000

/**
 * Whether one message more is too many. A queue that drops its oldest message then would drop a call
 * that somebody waits for.
 */
export function isFull({ settings, readyCount, consumers }: Queue): boolean {
  return settings.lengthMax !== null && readyCount >= settings.lengthMax && !consumers.anyReady
}

/** Takes the message out of the queues where it still waits; returns whether there were any. */
export function withdraw(queues: readonly Queue[], message: Message): boolean {
  let found = false
  for (const queue of queues) {
    if (queue.deleted || queue.inMemoryCount > searchedMax) continue
    const entry = entryOf(queue, message)
    if (entry !== null && queue.discard(new Set([entry])) > 0) found = true
  }
  return found
}

function entryOf(queue: Queue, message: Message): QueueEntry | null {
  for (const entry of queue.waiting()) if (entry.message === message) return entry
  return null
}
