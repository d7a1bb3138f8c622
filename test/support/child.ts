// Runs other programs for tests: waits for lines of their output, ends them, and puts what they
// wrote into the error when a wait fails.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

export interface ChildOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
}

export class Child {
  readonly process: ChildProcess
  readonly #name: string
  #output = ''
  #ended: { code: number | null; signal: string | null } | undefined
  #changed: (() => void)[] = []

  constructor(command: string, args: readonly string[], options: ChildOptions = {}) {
    this.#name = [command, ...args].join(' ')
    this.process = spawn(command, args, {
      cwd: options.cwd,
      // Python would otherwise keep its output back until it ends, and leave compiled files.
      env: {
        ...process.env,
        PYTHONUNBUFFERED: '1',
        PYTHONDONTWRITEBYTECODE: '1',
        ...options.env,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding('utf8')
      stream?.on('data', (text: string) => {
        this.#output += text
        this.#wake()
      })
    }
    this.process.on('error', (error) => {
      this.#output += String(error)
      this.#ended = { code: null, signal: null }
      this.#wake()
    })
    this.process.on('close', (code, signal) => {
      this.#ended = { code, signal }
      this.#wake()
    })
    this.process.stdin?.on('error', () => {})
    this.process.stdin?.end(options.input)
  }

  get output(): string {
    return this.#output
  }

  /** Waits until the output, from its beginning, has matched. */
  async says(pattern: RegExp, timeoutMs = 20_000): Promise<RegExpMatchArray> {
    let match: RegExpMatchArray | null = null
    await this.#until(
      () => {
        match = this.#output.match(pattern)
        return match !== null
      },
      `say ${pattern}`,
      timeoutMs,
    )
    if (match === null) throw new Error('unreachable')
    return match
  }

  /** Waits for the end, which must be a success, and returns everything it wrote. */
  async succeeds(timeoutMs = 30_000): Promise<string> {
    await this.#until(() => this.#ended !== undefined, 'end', timeoutMs)
    if (this.#ended?.code !== 0) throw new Error(this.#story(`ended with ${this.#ended?.code}`))
    return this.#output
  }

  async kill(signal: 'SIGTERM' | 'SIGKILL' | 'SIGINT' = 'SIGKILL'): Promise<void> {
    if (this.#ended !== undefined) return
    const closed = once(this.process, 'close')
    this.process.kill(signal)
    await closed
  }

  async #until(done: () => boolean, what: string, timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs
    while (!done()) {
      if (this.#ended !== undefined && what !== 'end') {
        throw new Error(this.#story(`ended and did not ${what}`))
      }
      const left = deadline - Date.now()
      if (left <= 0) throw new Error(this.#story(`did not ${what} within ${timeoutMs} ms`))
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.#changed.push(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
  }

  #wake(): void {
    const waiting = this.#changed
    this.#changed = []
    for (const resolve of waiting) resolve()
  }

  #story(what: string): string {
    return `${this.#name} ${what}; it wrote:\n${this.#output}`
  }
}
