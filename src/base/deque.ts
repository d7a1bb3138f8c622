// A double-ended queue on a ring buffer whose size is a power of two. No allocation per item.
//
//   items:  [ d | e |   |   | a | b | c ]
//                 ^tail       ^head        length = 5

const smallestCapacity = 8

export class Deque<T> {
  #items: (T | undefined)[] = new Array(smallestCapacity)
  #mask = smallestCapacity - 1
  #head = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  push(item: T): void {
    if (this.#length > this.#mask) this.#resize((this.#mask + 1) * 2)
    this.#items[(this.#head + this.#length) & this.#mask] = item
    this.#length += 1
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined
    const item = this.#items[this.#head]
    this.#items[this.#head] = undefined
    this.#head = (this.#head + 1) & this.#mask
    this.#length -= 1
    // A burst must not leave its ring behind.
    if (this.#length < this.#mask >> 3 && this.#mask > 1023) this.#resize((this.#mask + 1) >> 2)
    return item
  }

  unshift(item: T): void {
    if (this.#length > this.#mask) this.#resize((this.#mask + 1) * 2)
    this.#head = (this.#head - 1) & this.#mask
    this.#items[this.#head] = item
    this.#length += 1
  }

  pop(): T | undefined {
    if (this.#length === 0) return undefined
    this.#length -= 1
    const index = (this.#head + this.#length) & this.#mask
    const item = this.#items[index]
    this.#items[index] = undefined
    return item
  }

  peek(): T | undefined {
    return this.#length === 0 ? undefined : this.#items[this.#head]
  }

  peekLast(): T | undefined {
    return this.at(this.#length - 1)
  }

  at(index: number): T | undefined {
    if (index < 0 || index >= this.#length) return undefined
    return this.#items[(this.#head + index) & this.#mask]
  }

  clear(): void {
    this.#items = new Array(smallestCapacity)
    this.#mask = smallestCapacity - 1
    this.#head = 0
    this.#length = 0
  }

  #resize(capacity: number): void {
    const items: (T | undefined)[] = new Array(capacity)
    for (let i = 0; i < this.#length; i += 1) items[i] = this.#items[(this.#head + i) & this.#mask]
    this.#items = items
    this.#mask = capacity - 1
    this.#head = 0
  }
}
