// Keys of deduplication windows for brokers without a data directory: the windows themselves hold
// them, and there is no other life to which they could be handed on.

import type { DuplicateStore, StoredKey } from '../broker/duplicates/duplicate-store.ts'

export class MemoryDuplicates implements DuplicateStore {
  readonly lastId: number = 0
  readonly #windows = new Map<string, Map<number, StoredKey>>()

  load(window: string): StoredKey[] {
    return [...(this.#windows.get(window)?.values() ?? [])]
  }

  add(window: string, stored: StoredKey): void {
    const keys = this.#windows.get(window)
    if (keys === undefined) this.#windows.set(window, new Map([[stored.id, stored]]))
    else keys.set(stored.id, stored)
  }

  remove(id: number): void {
    for (const keys of this.#windows.values()) if (keys.delete(id)) return
  }

  drop(window: string): void {
    this.#windows.delete(window)
  }

  commit(): void {}
}
