// Warren in a process of its own, so that a test can kill it without warning and start it again on
// the same data directory.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Child } from './child.ts'

const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts')

export class BrokerProcess {
  readonly directory: string
  #child: Child | null = null
  #port = 0
  #managementPort = 0

  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), 'warren-broker-'))
  }

  get port(): number {
    return this.#port
  }

  /** 0 when it was started without. */
  get managementPort(): number {
    return this.#managementPort
  }

  get url(): string {
    return `amqp://guest:guest@127.0.0.1:${this.#port}`
  }

  async start(...flags: readonly string[]): Promise<void> {
    const standard = ['--port', '0', '--bind', '127.0.0.1', '--management-port', 'none']
    const args = [main, ...standard, '--data-dir', this.directory, ...flags]
    this.#child = new Child(process.execPath, args, { cwd: this.directory })
    const [, port] = await this.#child.says(/amqp:\/\/[^:]+:(\d+)/)
    this.#port = Number(port)
    const [, management] =
      (await this.#child.says(/management (?:is off|on http:\/\/[^:]+:(\d+))/)) ?? []
    this.#managementPort = Number(management ?? 0)
  }

  /** Waits until it has written something that matches. */
  async says(pattern: RegExp): Promise<RegExpMatchArray> {
    if (this.#child === null) throw new Error('the broker was not started')
    return await this.#child.says(pattern)
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.process.kill(name)
  }

  /** SIGKILL: no chance to tidy up. */
  async kill(): Promise<void> {
    await this.#child?.kill('SIGKILL')
  }

  async stop(): Promise<void> {
    await this.#child?.kill('SIGTERM')
  }

  async remove(): Promise<void> {
    await this.kill()
    rmSync(this.directory, { recursive: true, force: true })
  }
}
