// One message's place in one queue. Kept small and always of the same shape: there is one per
// message that is in memory, waiting or unacknowledged.

import type { Message } from '../message.ts'

export class QueueEntry {
  /** Order within the lane: rises by one with each message that enters it, never reused. */
  readonly sequence: number
  /** Null while only the log holds the message; `position` and `bodyBytes` stay known. */
  message: Message | null
  /** Where the log keeps it for this queue, or 0: then this entry holds no reference in the log. */
  position: number
  bodyBytes: number
  /** Whether a delivery may have been seen before [AMQP 0-9-1, basic.deliver redelivered]. */
  redelivered: boolean
  /** How often the message came back to the queue (x-delivery-count of the next delivery). */
  deliveryCount: number
  /** Index of the lane it belongs to: its priority in a priority queue, else 0. */
  lane: number

  constructor(sequence: number, message: Message | null, position: number, bodyBytes: number) {
    this.sequence = sequence
    this.message = message
    this.position = position
    this.bodyBytes = bodyBytes
    this.redelivered = false
    this.deliveryCount = 0
    this.lane = 0
  }
}
