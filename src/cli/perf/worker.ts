// A party in a process of its own: the parent's side (WorkerParty) and the child's (serveWorker), which
// talk over Node's IPC channel. Requests are answered one at a time in order.
import { type ChildProcess, fork } from 'node:child_process'
import { Party, type PartyPlan, type Snapshot } from './party.ts'
import type { EncodedLatencies } from './stats.ts'

/** What the coordinator needs of a party, wherever it runs. */
export type PartyHandle = {
  open(): Promise<void>
  start(): Promise<void>
  /** Forgets the latencies recorded so far: the warm-up is over. */
  reset(): Promise<void>
  snapshot(): Promise<Snapshot>
  stopProducers(): Promise<void>
  latencies(): Promise<EncodedLatencies>
  close(): Promise<void>
  destroy(): void
}

type Verb = Exclude<keyof PartyHandle, 'destroy'>
type Request = { readonly verb: Verb | 'plan'; readonly plan?: PartyPlan }
type Reply = { readonly value?: unknown; readonly error?: string; readonly failed?: string }

export class LocalParty implements PartyHandle {
  readonly #party: Party

  constructor(plan: PartyPlan, fail: (error: Error) => void) {
    this.#party = new Party(plan, fail)
  }

  open(): Promise<void> {
    return this.#party.open()
  }

  start(): Promise<void> {
    return this.#party.start()
  }

  async reset(): Promise<void> {
    this.#party.latencies.reset()
  }

  async snapshot(): Promise<Snapshot> {
    return this.#party.snapshot()
  }

  async stopProducers(): Promise<void> {
    this.#party.stopProducers()
  }

  async latencies(): Promise<EncodedLatencies> {
    return this.#party.latencies.encode()
  }

  close(): Promise<void> {
    return this.#party.close()
  }

  destroy(): void {
    this.#party.destroy()
  }
}

export class WorkerParty implements PartyHandle {
  readonly #child: ChildProcess
  readonly #waiting: { resolve: (value: unknown) => void; reject: (error: Error) => void }[] = []

  constructor(plan: PartyPlan, fail: (error: Error) => void) {
    this.#child = fork(process.argv[1] as string, ['worker'], { stdio: 'inherit' })
    this.#child.on('message', (reply: Reply) => {
      if (reply.failed !== undefined) fail(new Error(reply.failed))
      else if (reply.error !== undefined) this.#waiting.shift()?.reject(new Error(reply.error))
      else this.#waiting.shift()?.resolve(reply.value)
    })
    this.#child.on('exit', (code) => {
      const error = new Error(`a worker process ended with code ${code}`)
      if (this.#waiting.length > 0) fail(error)
      for (const { reject } of this.#waiting.splice(0)) reject(error)
    })
    this.#child.send({ verb: 'plan', plan } satisfies Request)
  }

  async #ask(verb: Verb): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#child.send({ verb } satisfies Request)
    })
  }

  async open(): Promise<void> {
    await this.#ask('open')
  }

  async start(): Promise<void> {
    await this.#ask('start')
  }

  async reset(): Promise<void> {
    await this.#ask('reset')
  }

  async snapshot(): Promise<Snapshot> {
    return (await this.#ask('snapshot')) as Snapshot
  }

  async stopProducers(): Promise<void> {
    await this.#ask('stopProducers')
  }

  async latencies(): Promise<EncodedLatencies> {
    return (await this.#ask('latencies')) as EncodedLatencies
  }

  async close(): Promise<void> {
    await this.#ask('close')
    this.destroy()
  }

  destroy(): void {
    this.#waiting.length = 0
    if (this.#child.connected) this.#child.disconnect()
  }
}

export function serveWorker(): void {
  const send = (reply: Reply): boolean | undefined => process.send?.(reply)
  let party: LocalParty | undefined
  let last: Promise<unknown> = Promise.resolve()
  process.on('message', (request: Request) => {
    if (request.verb === 'plan') {
      const plan = request.plan as PartyPlan
      party = new LocalParty(plan, (error) => send({ failed: error.message }))
      return
    }
    const { verb } = request
    last = last
      .then((): Promise<unknown> | undefined => party?.[verb]())
      .then(
        (value) => send({ value: value ?? null }),
        (error: Error) => send({ error: error.message }),
      )
  })
  // An interrupt at the terminal reaches every process; the parent decides what it means.
  process.on('SIGINT', () => {})
  // Parent gone or done: leave with it.
  process.on('disconnect', () => process.exit(0))
}
