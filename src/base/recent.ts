// The last so many of something, newest first on reading: a bounded memory of what happened.

export class Recent<T> {
  readonly #items: T[] = []
  readonly #limit: number
  /** Where the next item goes once the list is full. */
  #next = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get last(): T | undefined {
    return this.#items[(this.#next + this.#items.length - 1) % this.#limit]
  }

  add(item: T): void {
    if (this.#items.length < this.#limit) {
      this.#items.push(item)
      return
    }
    this.#items[this.#next] = item
    this.#next = (this.#next + 1) % this.#limit
  }

  /** At most `count` items, the newest first. */
  newest(count: number): T[] {
    const length = this.#items.length
    const wanted = Math.min(count, length)
    const start = this.#next + length - 1
    return Array.from({ length: wanted }, (_, i) => this.#items[(start - i) % length]!)
  }
}
