// The deliveries of one channel that wait for an acknowledgement, in the order of their tags.
// Tags rise, so that the usual acknowledgement is at the head; others are found by bisection and
// leave a hole, and holes are swept when they outnumber what is left. Behind them come runs, which
// become single deliveries as soon as one is asked for that is not the first.

import { Deque } from '../base/deque.ts'
import type { Consumer } from './consumer.ts'
import type { Delivery } from './delivery.ts'
import type { DeliveryRun } from './delivery-run.ts'

export class Unacked {
  #deliveries = new Deque<Delivery>()
  #holes = 0
  /** All of their tags are greater than those of the deliveries. */
  #runs = new Deque<DeliveryRun>()
  #runCount = 0
  /** Messages of deliveries up to here have been moved out of their chunks. */
  #unpinnedTag = 0

  get count(): number {
    return this.#deliveries.length - this.#holes + this.#runCount
  }

  add(delivery: Delivery): void {
    if (this.#runCount > 0) this.#unfold()
    this.#deliveries.push(delivery)
  }

  addRun(run: DeliveryRun): void {
    this.#runs.push(run)
    this.#runCount += run.count
  }

  has(tag: number): boolean {
    for (let i = 0; i < this.#runs.length; i += 1) if (this.#runs.at(i)!.has(tag)) return true
    return this.#find(tag) !== null
  }

  /** Whether the tag is that of the first one of all runs. */
  startsRuns(tag: number): boolean {
    return this.#runCount > 0 && this.#runs.peek()!.firstTag === tag
  }

  /**
   * Takes out what the runs have up to this tag. `settle` is called with each run that begins before
   * it, and how many of its deliveries these are, the first ones of the run.
   */
  takeOfRuns(tag: number, settle: (run: DeliveryRun, count: number) => void): void {
    for (let run = this.#runs.peek(); run !== undefined; run = this.#runs.peek()) {
      if (run.firstTag > tag) return
      const count = Math.min(run.count, tag - run.firstTag + 1)
      settle(run, count)
      run.cut(count)
      this.#runCount -= count
      if (run.count > 0) return
      this.#runs.shift()
    }
  }

  /** Takes out the delivery with this tag; null when it is not outstanding. */
  take(tag: number): Delivery | null {
    if (this.#runCount > 0 && tag >= this.#runs.peek()!.firstTag) this.#unfold()
    const delivery = this.#find(tag)
    if (delivery === null) return null
    delivery.settled = true
    if (delivery === this.#deliveries.peek()) {
      this.#deliveries.shift()
      this.#dropLeadingHoles()
    } else {
      this.#holes += 1
      if (this.#holes > 64 && this.#holes > this.#deliveries.length >> 1) this.#sweep()
    }
    return delivery
  }

  /** Takes out all deliveries up to a tag; for those that are not merely acknowledged. */
  takeUpTo(tag: number): Delivery[] {
    if (this.#runCount > 0) this.#unfold()
    return this.takeSingles(tag)
  }

  takeAll(): Delivery[] {
    return this.takeUpTo(Number.MAX_SAFE_INTEGER)
  }

  /** As `takeUpTo`, without what is in runs. */
  takeSingles(tag: number): Delivery[] {
    const taken: Delivery[] = []
    for (let next = this.#takeFirst(tag); next !== null; next = this.#takeFirst(tag)) {
      taken.push(next)
    }
    return taken
  }

  #takeFirst(tag: number): Delivery | null {
    const delivery = this.#deliveries.peek()
    if (delivery === undefined || delivery.tag > tag) return null
    delivery.settled = true
    this.#deliveries.shift()
    this.#dropLeadingHoles()
    return delivery
  }

  /** When the oldest delivery of a consumer was made, or null. */
  oldestOf(consumer: Consumer): number | null {
    for (const delivery of this.#live()) {
      if (delivery.consumer === consumer && !delivery.abandoned) return delivery.deliveredAtMs
    }
    for (let i = 0; i < this.#runs.length; i += 1) {
      const run = this.#runs.at(i)!
      if (run.consumer === consumer) return run.deliveredAtMs
    }
    return null
  }

  /** Marks all deliveries of a consumer as taken back by their queue; they stay known by their tags. */
  abandon(consumer: Consumer): Delivery[] {
    this.#unfold()
    const abandoned = [...this.#live()].filter(
      (delivery) => delivery.consumer === consumer && !delivery.abandoned,
    )
    for (const delivery of abandoned) delivery.abandoned = true
    return abandoned
  }

  /** Puts deliveries back that a transaction had taken out. */
  restore(deliveries: readonly Delivery[]): void {
    this.#unfold()
    const all = [...this.#live(), ...deliveries].sort((a, b) => a.tag - b.tag)
    this.#replace(all)
    for (const delivery of deliveries) delivery.settled = false
  }

  /** Moves messages that came before `beforeMs` out of the chunks they came in. */
  unpin(keep: { take(bytes: number): Buffer }, beforeMs: number): void {
    const deliveries = this.#deliveries
    let index = deliveries.length
    while (index > 0 && deliveries.at(index - 1)!.tag > this.#unpinnedTag) index -= 1
    for (; index < deliveries.length; index += 1) {
      const { entry, settled, tag } = deliveries.at(index)!
      if (!settled && entry.message !== null) {
        if (entry.message.publishedAtMs >= beforeMs) return
        entry.message.unpin(keep)
      }
      this.#unpinnedTag = tag
    }
  }

  /** Makes deliveries of all runs. */
  #unfold(): void {
    for (let run = this.#runs.shift(); run !== undefined; run = this.#runs.shift()) {
      for (const delivery of run.unfold()) this.#deliveries.push(delivery)
    }
    this.#runCount = 0
  }

  #find(tag: number): Delivery | null {
    let low = 0
    let high = this.#deliveries.length - 1
    if (high < 0) return null
    // Without holes before it, a delivery stands as far from the head as its tag is.
    let middle = Math.min(Math.max(tag - this.#deliveries.at(0)!.tag, 0), high)
    while (low <= high) {
      const delivery = this.#deliveries.at(middle)!
      if (delivery.tag === tag) return delivery.settled ? null : delivery
      if (delivery.tag < tag) low = middle + 1
      else high = middle - 1
      middle = (low + high) >> 1
    }
    return null
  }

  #dropLeadingHoles(): void {
    while (this.#deliveries.peek()?.settled === true) {
      this.#deliveries.shift()
      this.#holes -= 1
    }
  }

  *#live(): Generator<Delivery> {
    for (let i = 0; i < this.#deliveries.length; i += 1) {
      const delivery = this.#deliveries.at(i)!
      if (!delivery.settled) yield delivery
    }
  }

  #sweep(): void {
    this.#replace([...this.#live()])
  }

  #replace(deliveries: readonly Delivery[]): void {
    this.#deliveries = new Deque<Delivery>()
    this.#holes = 0
    for (const delivery of deliveries) this.#deliveries.push(delivery)
  }
}
