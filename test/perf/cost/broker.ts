// A broker that counts its work, in a child process and a directory of its own.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Work } from './broker-child.ts'

export class Broker {
  readonly #child: ChildProcess
  readonly #directory: string
  readonly url: string

  private constructor(child: ChildProcess, directory: string, url: string) {
    this.#child = child
    this.#directory = directory
    this.url = url
  }

  static async start(memoryBudget?: string): Promise<Broker> {
    const directory = mkdtempSync(join(tmpdir(), 'warren-cost-'))
    const budget = memoryBudget === undefined ? [] : [memoryBudget]
    const child = fork(join(import.meta.dirname, 'broker-child.ts'), [directory, ...budget], {
      execArgv: ['--max-semi-space-size=4'],
    })
    const [started] = (await once(child, 'message')) as [{ port: number }]
    return new Broker(child, directory, `amqp://127.0.0.1:${started.port}`)
  }

  async work(): Promise<Work> {
    this.#child.send('work')
    const [answer] = (await once(this.#child, 'message')) as [Work]
    return answer
  }

  async kill(): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
    rmSync(this.#directory, { recursive: true, force: true })
  }
}
