// Where the keys of a deduplication window survive a restart: what the broker asks of it. Everything is
// in memory as well; this is written a little in each turn and read when a window is opened.

export interface StoredKey {
  /** Rises with each key, so that the oldest come first. */
  readonly id: number
  readonly key: string
  /** Milliseconds since the epoch; infinity if it does not end. */
  readonly expiresMs: number
  /** Of the message, for windows that end with it; else 0. */
  readonly sequence: number
}

export interface DuplicateStore {
  /** The highest number that any key had when the store was opened. */
  readonly lastId: number
  /** The keys of a window in the order in which they came. */
  load(window: string): StoredKey[]
  add(window: string, stored: StoredKey): void
  remove(id: number): void
  /** Forgets the window, at any length quickly. */
  drop(window: string): void
  /** Writes what was gathered. */
  commit(): void
}
