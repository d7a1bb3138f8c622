// Send credit of a channel. Each side may send one event, and as many more as the peer grants with
// `_zpc_more [n]`. Heartbeats and grants themselves cost nothing.

export class Credit {
  #left: number
  #wake: ((open: boolean) => void) | undefined
  #closed = false

  constructor(initial: number) {
    this.#left = initial
  }

  grant(args: unknown): void {
    const count = Array.isArray(args) ? (args[0] as unknown) : undefined
    if (typeof count !== 'number' || !Number.isSafeInteger(count) || count <= 0) return
    this.#left += count
    this.#wake?.(true)
  }

  /** The channel has ended: whoever waits is told. */
  close(): void {
    this.#closed = true
    this.#wake?.(false)
  }

  /** Resolves when one more event may be sent; false when the channel has ended. */
  async take(): Promise<boolean> {
    while (this.#left <= 0 && !this.#closed) {
      await new Promise<boolean>((resolve) => {
        this.#wake = resolve
      })
      this.#wake = undefined
    }
    if (this.#closed) return false
    this.#left -= 1
    return true
  }
}
