// Which of a producer's messages are not confirmed yet. Confirms may come singly, out of order and for
// all up to a tag; each is counted once and its publish time given back.

export class ConfirmWindow {
  readonly #size: number
  readonly #mask: number
  readonly #sentAt: Float64Array
  readonly #done: Uint8Array
  /** The first tag not confirmed and the next one to be published. Tags begin at 1. */
  #low = 1
  #next = 1
  #open = 0

  constructor(size: number) {
    this.#size = size
    const slots = 2 ** Math.ceil(Math.log2(Math.max(2, size)))
    this.#mask = slots - 1
    this.#sentAt = new Float64Array(slots)
    this.#done = new Uint8Array(slots)
  }

  /** How many messages may be published now. */
  get room(): number {
    // An early single confirm frees no slot before those in front of it are confirmed as well.
    return Math.min(this.#size - this.#open, this.#mask + 1 - (this.#next - this.#low))
  }

  get open(): number {
    return this.#open
  }

  publish(sentAt: number): void {
    const slot = this.#next & this.#mask
    this.#sentAt[slot] = sentAt
    this.#done[slot] = 0
    this.#next += 1
    this.#open += 1
  }

  /** Returns how many messages this confirm settled; calls back with the publish time of each. */
  settle(tag: number, multiple: boolean, each: (sentAt: number) => void): number {
    const last = multiple && tag === 0 ? this.#next - 1 : tag
    if (last >= this.#next) throw new Error(`the broker confirmed ${last}, which was not published`)
    let count = 0
    for (let at = multiple ? this.#low : last; at <= last; at += 1) {
      const slot = at & this.#mask
      if (at < this.#low || this.#done[slot] === 1) continue
      this.#done[slot] = 1
      count += 1
      each(this.#sentAt[slot] as number)
    }
    while (this.#low < this.#next && this.#done[this.#low & this.#mask] === 1) this.#low += 1
    this.#open -= count
    return count
  }
}
