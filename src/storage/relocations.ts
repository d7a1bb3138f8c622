// Where records went that were copied forward while the broker knows them by their old position.
// Bounded by the entries in memory: a relocation is forgotten with the last of them.

interface Relocation {
  readonly origin: number
  current: number
  references: number
}

export class Relocations {
  readonly #byOrigin = new Map<number, Relocation>()
  readonly #byCurrent = new Map<number, Relocation>()

  get size(): number {
    return this.#byOrigin.size
  }

  /** Where a position that the broker knows is now. */
  resolve(position: number): number {
    if (this.#byOrigin.size === 0) return position
    return this.#byOrigin.get(position)?.current ?? position
  }

  /** One entry in memory has moved. */
  moved(from: number, to: number): void {
    const known = this.#byCurrent.get(from)
    const origin = known?.origin ?? from
    if (known !== undefined) this.#drop(known)
    const target = this.#byCurrent.get(to)
    if (target !== undefined) {
      target.references += 1
      return
    }
    const relocation = { origin, current: to, references: 1 }
    this.#byOrigin.set(origin, relocation)
    this.#byCurrent.set(to, relocation)
  }

  /** An entry in memory that was at this place is gone. */
  released(current: number): void {
    if (this.#byCurrent.size === 0) return
    const known = this.#byCurrent.get(current)
    if (known !== undefined) this.#drop(known)
  }

  #drop(relocation: Relocation): void {
    relocation.references -= 1
    if (relocation.references > 0) return
    this.#byCurrent.delete(relocation.current)
    // A record that moved on has its origin taken over by the new place.
    if (this.#byOrigin.get(relocation.origin) === relocation) {
      this.#byOrigin.delete(relocation.origin)
    }
  }
}
