// Who still needs which segment. Counts references and what they weigh per segment, so that an
// empty segment can be freed and one with little alive in it be copied forward.

import type { Columns } from './columns.ts'
import { segmentOf } from './positions.ts'

/** What a record weighs beside its body when the live share of a segment is judged. */
const recordWeight = 96

export const weightOf = (bodyBytes: number): number => bodyBytes + recordWeight

export interface SegmentUse {
  readonly segment: number
  /** References to messages and pages in the segment that are still held. */
  references: number
  /** What these weigh, and what all that ever were in the segment weighed. */
  weight: number
  totalWeight: number
}

export class Ledger {
  readonly #uses = new Map<number, SegmentUse>()
  // Neighbouring calls mostly mean the same segment.
  #last: SegmentUse = { segment: 0, references: 0, weight: 0, totalWeight: 0 }

  get segments(): IterableIterator<SegmentUse> {
    return this.#uses.values()
  }

  use(segment: number): SegmentUse {
    if (this.#last.segment === segment) return this.#last
    let use = this.#uses.get(segment)
    if (use === undefined) {
      use = { segment, references: 0, weight: 0, totalWeight: 0 }
      this.#uses.set(segment, use)
    }
    this.#last = use
    return use
  }

  has(segment: number): boolean {
    return this.#uses.has(segment)
  }

  /** New references to a record that has just been written. */
  add(position: number, references: number, weight: number): void {
    const use = this.use(segmentOf(position))
    use.references += references
    use.weight += weight
    use.totalWeight += weight
  }

  /** One more holder of a record that is there already. */
  retain(position: number, weight: number): void {
    const use = this.use(segmentOf(position))
    use.references += 1
    use.weight += weight
  }

  release(position: number, weight: number): void {
    this.drop(segmentOf(position), 1, weight)
  }

  /** Gives back many references to one segment at once. */
  drop(segment: number, references: number, weight: number): void {
    const use = this.use(segment)
    use.references -= references
    use.weight -= weight
  }

  forget(segment: number): void {
    this.#uses.delete(segment)
    this.#last = { segment: 0, references: 0, weight: 0, totalWeight: 0 }
  }
}

/** Counts one more holder of every record that the entries point at. */
export function retainAll(ledger: Ledger, columns: Columns): void {
  for (let at = columns.head; at < columns.tail; at += 1) {
    const position = columns.positions[at]!
    if (position > 0) ledger.retain(position, weightOf(columns.bodyBytes[at]!))
  }
}
