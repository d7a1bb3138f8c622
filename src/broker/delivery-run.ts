// Deliveries of one turn that wait for their acknowledgement, of messages that went out as they were
// read back: one object for all of them. Mostly they are acknowledged so, from the first one on;
// whoever wants to know more of a single one has it made a delivery.

import type { Consumer } from './consumer.ts'
import { Delivery } from './delivery.ts'
import type { Lane } from './queues/lane.ts'

export class DeliveryRun {
  readonly consumer: Consumer
  readonly lane: Lane
  readonly deliveredAtMs: number
  /** Of the first one; the others' rise by one each. */
  firstTag: number
  firstSequence: number
  count: number

  /** `first`: tag and sequence of the first delivery, and when all were made. */
  constructor(
    consumer: Consumer,
    lane: Lane,
    first: { readonly tag: number; readonly sequence: number; readonly atMs: number },
    count: number,
  ) {
    this.consumer = consumer
    this.lane = lane
    this.firstTag = first.tag
    this.firstSequence = first.sequence
    this.count = count
    this.deliveredAtMs = first.atMs
  }

  has(tag: number): boolean {
    return tag >= this.firstTag && tag < this.firstTag + this.count
  }

  /** Leaves the first ones out. */
  cut(count: number): void {
    this.firstTag += count
    this.firstSequence += count
    this.count -= count
  }

  /** Each as a delivery of its own; its message is in the log alone. */
  unfold(): Delivery[] {
    const { consumer, deliveredAtMs, firstTag } = this
    return this.lane
      .entriesOf(this.firstSequence, this.count)
      .map((entry, i) => new Delivery(firstTag + i, entry, consumer.queue, consumer, deliveredAtMs))
  }
}
