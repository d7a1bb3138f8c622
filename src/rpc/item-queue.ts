// The receiving end of a stream: items are pushed in as they arrive and pulled out by `for await`.
// Never holds more than its limit; the sender is told when there is room.
import { RpcError } from './error.ts'

export interface ItemQueueOptions {
  /** More items than this at once mean that the peer ignores the flow control. */
  readonly limit: number
  /** An item was taken out. */
  readonly onTake: () => void
  /** The reader left before the end. */
  readonly onCancel: () => void
}

interface Waiting {
  readonly resolve: (result: IteratorResult<unknown>) => void
  readonly reject: (reason: unknown) => void
}

export class ItemQueue implements AsyncIterableIterator<unknown> {
  readonly #options: ItemQueueOptions
  #items: unknown[] = []
  #head = 0
  readonly #waiting: Waiting[] = []
  #ended = false
  #failed: { readonly reason: unknown } | undefined

  constructor(options: ItemQueueOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#items.length - this.#head
  }

  push(item: unknown): void {
    if (this.#ended) return
    const waiting = this.#waiting.shift()
    if (waiting !== undefined) {
      waiting.resolve({ done: false, value: item })
      this.#options.onTake()
      return
    }
    if (this.size >= this.#options.limit) {
      this.#items = []
      this.#head = 0
      this.fail(new RpcError('RESOURCE_EXHAUSTED', 'the peer sends more than was asked for'))
      this.#options.onCancel()
      return
    }
    this.#items.push(item)
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    for (const waiting of this.#waiting.splice(0)) waiting.resolve({ done: true, value: undefined })
  }

  /** Items that came before the error are still read first. */
  fail(reason: unknown): void {
    if (this.#ended) return
    this.#ended = true
    const [first, ...rest] = this.#waiting.splice(0)
    if (first === undefined) this.#failed = { reason }
    else first.reject(reason)
    for (const waiting of rest) waiting.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<unknown>> {
    if (this.size > 0) {
      const value = this.#items[this.#head]
      this.#items[this.#head] = undefined
      this.#head += 1
      if (this.#head === this.#items.length) {
        this.#items = []
        this.#head = 0
      }
      this.#options.onTake()
      return Promise.resolve({ done: false, value })
    }
    if (this.#failed !== undefined) {
      const { reason } = this.#failed
      this.#failed = undefined
      return Promise.reject(reason)
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
    })
  }

  return(): Promise<IteratorResult<unknown>> {
    const early = !this.#ended
    this.#ended = true
    this.#failed = undefined
    this.#items = []
    this.#head = 0
    for (const waiting of this.#waiting.splice(0)) waiting.resolve({ done: true, value: undefined })
    if (early) this.#options.onCancel()
    return Promise.resolve({ done: true, value: undefined })
  }
}
