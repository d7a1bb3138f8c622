// A deduplication window: the keys seen lately, at most so many and for at most so long. The oldest
// make room for new ones.

import { Deque } from '../../base/deque.ts'
import type { StoredKey } from './duplicate-store.ts'

/** Forgotten keys that may stay in the order before it is swept. */
const sweepAfter = 64
/** What a window's keys may take in memory together, in characters. */
const charactersMax = 64 << 20

export interface WindowOptions {
  /** Names the window in the store. */
  readonly name: string
  readonly sizeMax: number
  /** Null: keys stay until there are too many. */
  readonly ttlMs: number | null
  /** Whether keys survive a restart. */
  readonly stored: boolean
}

export interface KeyOptions {
  /** Stands for the window's own. */
  readonly ttlMs?: number | null
  /** Tells the message that brings it from others with the same key. */
  readonly sequence?: number
  /** False keeps it in memory only, whatever the window does. */
  readonly isStored?: boolean
}

/** Keeps what is stored of all windows. */
export interface WindowKeeper {
  nextId(): number
  load(window: string): StoredKey[]
  added(window: string, stored: StoredKey): void
  removed(stored: StoredKey): void
  dropped(window: string): void
}

export class DuplicateWindow {
  readonly name: string
  readonly #options: WindowOptions
  readonly #keeper: WindowKeeper
  readonly #keys = new Map<string, StoredKey>()
  /**
   * In the order in which they came, with some that are forgotten. A map alone knows the order as
   * well, but finds its first key slowly when many before it are gone.
   */
  #order = new Deque<StoredKey>()
  #characters = 0

  constructor(options: WindowOptions, keeper: WindowKeeper) {
    this.name = options.name
    this.#options = options
    this.#keeper = keeper
    if (!options.stored) return
    for (const stored of keeper.load(options.name)) this.#keep(stored)
  }

  get size(): number {
    return this.#keys.size
  }

  has(key: string, nowMs: number): boolean {
    const known = this.#keys.get(key)
    if (known === undefined) return false
    if (known.expiresMs > nowMs) return true
    this.#forget(known)
    return false
  }

  /** Remembers a key that is not there. */
  add(key: string, nowMs: number, more: KeyOptions = {}): void {
    const { ttlMs = this.#options.ttlMs, sequence = 0, isStored = true } = more
    const expiresMs = ttlMs === null ? Number.POSITIVE_INFINITY : nowMs + ttlMs
    const stored = { id: this.#keeper.nextId(), key, expiresMs, sequence }
    this.#keep(stored)
    if (isStored && this.#options.stored) this.#keeper.added(this.name, stored)
    this.#makeRoom(nowMs)
  }

  /** The message that brought the key has gone, unless another has brought it since. */
  release(key: string, sequence: number): void {
    const known = this.#keys.get(key)
    if (known?.sequence === sequence) this.#forget(known)
  }

  clear(): void {
    this.#keys.clear()
    this.#order.clear()
    this.#characters = 0
    if (this.#options.stored) this.#keeper.dropped(this.name)
  }

  #makeRoom(nowMs: number): void {
    for (let oldest = this.#order.peek(); oldest !== undefined; oldest = this.#order.peek()) {
      if (this.#keys.get(oldest.key) === oldest) {
        const isTooMuch =
          this.#keys.size > this.#options.sizeMax || this.#characters > charactersMax
        if (!isTooMuch && oldest.expiresMs > nowMs) break
        this.#forget(oldest)
      }
      this.#order.shift()
    }
    if (this.#order.length > sweepAfter && this.#order.length > this.#keys.size * 2) this.#sweep()
  }

  /** Drops those that are forgotten behind one that stays. */
  #sweep(): void {
    const all = this.#order
    this.#order = new Deque<StoredKey>()
    for (let stored = all.shift(); stored !== undefined; stored = all.shift()) {
      if (this.#keys.get(stored.key) === stored) this.#order.push(stored)
    }
  }

  #keep(stored: StoredKey): void {
    this.#keys.set(stored.key, stored)
    this.#order.push(stored)
    this.#characters += stored.key.length
  }

  #forget(stored: StoredKey): void {
    this.#keys.delete(stored.key)
    this.#characters -= stored.key.length
    if (this.#options.stored) this.#keeper.removed(stored)
  }
}
