// Entries of a lane as columns of numbers, in the order of their sequences: 24 bytes each, no object.
// Entries enter at the tail and leave anywhere; a place that is left has position 0 until the
// columns are packed.
//
//   sequences   |  7 |  8 |  9 | 12 |
//   positions   |  p |  0 |  p |  p |       8 has left
//                head ^              ^ tail

const smallestCapacity = 16

/** What the number in `deliveries` says. */
export const redeliveredBit = 1
/** The record was copied forward while the broker knew its old position (see relocations.ts). */
export const movedBit: number = 2 ** 31

export const deliveryCountOf = (deliveries: number): number => (deliveries & 0x7fff_ffff) >>> 1

export class Columns {
  sequences: Float64Array
  positions: Float64Array
  bodyBytes: Uint32Array
  /** `redeliveredBit`, the delivery count doubled, `movedBit`. */
  deliveries: Uint32Array
  head = 0
  tail = 0
  /** Entries between head and tail that have not left. */
  count = 0

  /** `capacity`: how many entries find room at first. */
  constructor(capacity: number = smallestCapacity) {
    this.sequences = new Float64Array(capacity)
    this.positions = new Float64Array(capacity)
    this.bodyBytes = new Uint32Array(capacity)
    this.deliveries = new Uint32Array(capacity)
  }

  get firstSequence(): number {
    return this.count === 0 ? Number.POSITIVE_INFINITY : this.sequences[this.head]!
  }

  get lastSequence(): number {
    return this.count === 0 ? 0 : this.sequences[this.tail - 1]!
  }

  /** Adds an entry behind the last one; its sequence is greater than that one's. */
  push(sequence: number, position: number, bodyBytes: number, deliveries: number): void {
    if (this.tail === this.sequences.length) this.#makeRoom(1)
    const at = this.tail
    this.sequences[at] = sequence
    this.positions[at] = position
    this.bodyBytes[at] = bodyBytes
    this.deliveries[at] = deliveries
    this.tail += 1
    this.count += 1
  }

  /** Adds `count` entries of others that lie there without gaps, from the place `at` on. */
  append(others: Columns, at: number, count: number): void {
    if (this.tail + count > this.sequences.length) this.#makeRoom(count)
    const { tail } = this
    this.sequences.set(others.sequences.subarray(at, at + count), tail)
    this.positions.set(others.positions.subarray(at, at + count), tail)
    this.bodyBytes.set(others.bodyBytes.subarray(at, at + count), tail)
    this.deliveries.set(others.deliveries.subarray(at, at + count), tail)
    this.tail += count
    this.count += count
  }

  /** Removes the first `count` entries, between which there are no gaps. */
  removeFirst(count: number): void {
    this.head += count
    this.count -= count
    if (this.count === 0) this.clear()
  }

  /** Where an entry lies, or -1. */
  find(sequence: number): number {
    // Without gaps the place follows from the number.
    const guess = this.head + sequence - (this.sequences[this.head] ?? 0)
    if (guess >= this.head && guess < this.tail && this.sequences[guess] === sequence) {
      return this.positions[guess] === 0 ? -1 : guess
    }
    const at = this.lowerBound(sequence)
    if (at === this.tail || this.sequences[at] !== sequence) return -1
    return this.positions[at] === 0 ? -1 : at
  }

  /** The first place whose sequence is not smaller. */
  lowerBound(sequence: number): number {
    let low = this.head
    let high = this.tail
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.sequences[middle]! < sequence) low = middle + 1
      else high = middle
    }
    return low
  }

  removeAt(at: number): void {
    this.positions[at] = 0
    this.count -= 1
    if (this.count === 0) {
      this.clear()
      return
    }
    while (this.head < this.tail && this.positions[this.head] === 0) this.head += 1
    while (this.tail > this.head && this.positions[this.tail - 1] === 0) this.tail -= 1
  }

  /** Drops what lies at and behind a place. */
  truncate(at: number): void {
    for (let i = Math.max(at, this.head); i < this.tail; i += 1) {
      if (this.positions[i] !== 0) this.count -= 1
    }
    this.tail = Math.max(at, this.head)
    while (this.tail > this.head && this.positions[this.tail - 1] === 0) this.tail -= 1
    if (this.count === 0) this.clear()
  }

  clone(): Columns {
    const copy = new Columns()
    copy.sequences = this.sequences.slice(this.head, this.tail)
    copy.positions = this.positions.slice(this.head, this.tail)
    copy.bodyBytes = this.bodyBytes.slice(this.head, this.tail)
    copy.deliveries = this.deliveries.slice(this.head, this.tail)
    copy.tail = this.tail - this.head
    copy.count = this.count
    return copy
  }

  clear(): void {
    this.head = 0
    this.tail = 0
    this.count = 0
    // A burst must not leave its columns behind.
    if (this.sequences.length > 4096) this.#move(smallestCapacity)
  }

  /** Makes room at the tail: by closing gaps if there are many, else by growing. */
  #makeRoom(entries: number): void {
    let capacity = this.sequences.length
    while ((this.count + entries - 1) * 2 > capacity) capacity *= 2
    this.#move(capacity)
  }

  /** Packs the entries at the front of columns of the given size; in place if that does not change. */
  #move(capacity: number): void {
    const { sequences, positions, bodyBytes, deliveries, head, tail } = this
    if (capacity !== sequences.length) {
      this.sequences = new Float64Array(capacity)
      this.positions = new Float64Array(capacity)
      this.bodyBytes = new Uint32Array(capacity)
      this.deliveries = new Uint32Array(capacity)
    }
    let to = 0
    for (let from = head; from < tail; from += 1) {
      if (positions[from] === 0) continue
      this.sequences[to] = sequences[from]!
      this.positions[to] = positions[from]!
      this.bodyBytes[to] = bodyBytes[from]!
      this.deliveries[to] = deliveries[from]!
      to += 1
    }
    this.head = 0
    this.tail = to
  }
}
