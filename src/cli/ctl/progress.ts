// How far a long command has come, on one line of a terminal that is written over and gone at the end.
// Whoever is no terminal gets nothing: output that scripts read has no progress in it.

export interface ProgressScreen {
  readonly write: (text: string) => void
  /** Milliseconds, from anywhere. */
  readonly now: () => number
}

/** A command that is done sooner shows nothing. */
const quietMs = 300
const redrawMs = 100
const barWidth = 30
const startOfLine = '\r\u001b[K'

export class Progress {
  readonly #screen: ProgressScreen | null
  readonly #label: string
  readonly #startedMs: number
  #drawnMs = 0
  #drawn = false

  /** `screen` is null where nobody looks. */
  constructor(label: string, screen: ProgressScreen | null) {
    this.#screen = screen
    this.#label = label
    this.#startedMs = screen?.now() ?? 0
  }

  advance(done: number, total: number): void {
    const screen = this.#screen
    if (screen === null) return
    const nowMs = screen.now()
    if (nowMs - this.#startedMs < quietMs || nowMs - this.#drawnMs < redrawMs) return
    this.#drawnMs = nowMs
    this.#drawn = true
    const part = total > 0 ? Math.min(1, done / total) : 1
    const filled = Math.round(part * barWidth)
    const bar = `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)}`
    const percent = `${Math.floor(part * 100)}%`.padStart(4)
    screen.write(`${startOfLine}${this.#label} ${bar}${percent} ${done} of ${total}`)
  }

  /** Leaves the line as it was. */
  end(): void {
    if (this.#drawn) this.#screen?.write(startOfLine)
    this.#drawn = false
  }
}
