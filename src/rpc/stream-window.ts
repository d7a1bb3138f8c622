// How many items of a stream a caller still wants.

export class StreamWindow {
  #left: number
  #closed = false
  #wake: (() => void) | undefined

  constructor(left: number) {
    this.#left = left
  }

  add(count: number): void {
    this.#left += count
    this.#wake?.()
  }

  close(): void {
    this.#closed = true
    this.#wake?.()
  }

  /** False when nobody wants any more. */
  async take(): Promise<boolean> {
    while (this.#left <= 0 && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    this.#left -= 1
    return !this.#closed
  }
}
