// A queue that holds each key of the header x-deduplication-header once: a message whose key is in the
// queue already, waiting or unacknowledged, is dropped [noxdafox/rabbitmq-message-deduplication]. The
// keys are a window of at most `x-cache-size`, so that a queue on disk needs bounded memory.

import { deduplicationKeyOf } from '../duplicates/duplicate-headers.ts'
import type { DuplicateWindow } from '../duplicates/duplicate-window.ts'
import type { Duplicates } from '../duplicates/duplicates.ts'
import type { Message } from '../message.ts'
import type { QueueEntry } from './entry.ts'
import type { QueueSettings } from './settings.ts'

/** More than any queue has lanes. */
const lanesMax = 256

export interface DeduplicatedQueue {
  readonly vhost: string
  readonly name: string
  readonly stored: boolean
  readonly settings: QueueSettings
}

export class QueueDuplicates {
  readonly #window: DuplicateWindow

  constructor(window: DuplicateWindow) {
    this.#window = window
  }

  repeats(message: Message, nowMs: number): boolean {
    const key = deduplicationKeyOf(message)
    return key !== null && this.#window.has(key, nowMs)
  }

  entered(message: Message, place: { lane: number; sequence: number }, nowMs: number): void {
    const key = deduplicationKeyOf(message)
    if (key === null) return
    // A message that does not survive a restart must leave no key behind.
    const isStored = message.persistent
    this.#window.add(key, nowMs, { sequence: placeNumber(place), isStored })
  }

  /** The entry has left the queue for good. What came back from a restart unread keeps its key. */
  left(entry: QueueEntry): void {
    const key = entry.message === null ? null : deduplicationKeyOf(entry.message)
    if (key !== null) this.#window.release(key, placeNumber(entry))
  }

  clear(): void {
    this.#window.clear()
  }
}

/** Null for a queue that does not deduplicate. */
export function openQueueDuplicates(
  { vhost, name, stored, settings }: DeduplicatedQueue,
  duplicates: Duplicates,
): QueueDuplicates | null {
  if (settings.deduplication === null) return null
  const windowName = JSON.stringify(['queue', vhost, name])
  return new QueueDuplicates(
    duplicates.open({ ...settings.deduplication, name: windowName, stored }),
  )
}

/** Tells an entry from a later one with the same key. */
function placeNumber({ lane, sequence }: { lane: number; sequence: number }): number {
  return sequence * lanesMax + lane
}
