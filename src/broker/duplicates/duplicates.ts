// Keeps the stored deduplication windows of a broker in step with its message log. A key is written
// when the message that brought it is safe, and no sooner: otherwise the publisher's next attempt
// would be taken for a duplicate of a message that is lost.

import type { DuplicateStore, StoredKey } from './duplicate-store.ts'
import { DuplicateWindow, type WindowKeeper, type WindowOptions } from './duplicate-window.ts'

export interface DuplicatesHost {
  readonly log: { readonly appendedPosition: number; readonly durablePosition: number }
  requestTurn(): void
}

interface Added {
  readonly window: string
  readonly stored: StoredKey
}

interface Waiting {
  readonly position: number
  readonly added: readonly Added[]
}

export class Duplicates implements WindowKeeper {
  readonly #store: DuplicateStore
  readonly #host: DuplicatesHost
  #added: Added[] = []
  readonly #waiting: Waiting[] = []
  /** Keys that have gone before they were written. */
  readonly #gone = new Set<number>()
  /** Keys that wait to be written. */
  readonly #unwritten = new Set<number>()
  #changed = false
  #lastId: number

  constructor(store: DuplicateStore, host: DuplicatesHost) {
    this.#store = store
    this.#host = host
    this.#lastId = store.lastId
  }

  open(options: WindowOptions): DuplicateWindow {
    return new DuplicateWindow(options, this)
  }

  nextId(): number {
    this.#lastId += 1
    return this.#lastId
  }

  load(window: string): StoredKey[] {
    return this.#store.load(window)
  }

  added(window: string, stored: StoredKey): void {
    this.#added.push({ window, stored })
    this.#unwritten.add(stored.id)
    this.#host.requestTurn()
  }

  removed({ id }: StoredKey): void {
    if (this.#unwritten.has(id)) {
      this.#gone.add(id)
      return
    }
    this.#store.remove(id)
    this.#changed = true
    this.#host.requestTurn()
  }

  dropped(window: string): void {
    for (const { added } of [...this.#waiting, { added: this.#added }]) {
      for (const { window: other, stored } of added) {
        if (other === window) this.#gone.add(stored.id)
      }
    }
    this.#store.drop(window)
    this.#changed = true
    this.#host.requestTurn()
  }

  /**
   * Before the log's frame of a turn: what this turn has added waits for it. What it has removed
   * is written now: a key that outlives its message would turn away all that come after it.
   */
  beforeLog(): void {
    if (this.#added.length > 0) {
      this.#waiting.push({ position: this.#host.log.appendedPosition, added: this.#added })
      this.#added = []
    }
    this.#commit()
  }

  /** After the log's frame, and before confirms. */
  afterLog(): void {
    if (this.#waiting.length === 0) return
    const { durablePosition } = this.#host.log
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (next.position > durablePosition) break
      this.#waiting.shift()
      for (const { window, stored } of next.added) {
        this.#unwritten.delete(stored.id)
        if (!this.#gone.delete(stored.id)) this.#store.add(window, stored)
      }
      this.#changed = true
    }
    this.#commit()
  }

  #commit(): void {
    if (!this.#changed) return
    this.#changed = false
    this.#store.commit()
  }
}
