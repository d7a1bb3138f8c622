// The running brokers of a benchmark. All of them run at once, and all but the one being measured are
// stopped in their tracks (SIGSTOP), so that switching costs nothing and nobody disturbs the other.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BrokerSpec, RunningBroker } from '../brokers/broker.ts'
import { residentBytes } from './process-stats.ts'

export type Start = { readonly node: string; readonly version: string; readonly seconds: number }

/** Until a broker that has just started is at rest. */
const SETTLE_MS = 6000

export class Nodes {
  readonly #directory: string
  readonly #cores: string | undefined
  readonly #running = new Map<string, RunningBroker>()
  readonly #directories = new Map<string, string>()
  readonly starts: Start[] = []
  readonly idleMegabytes: Map<string, number[]> = new Map<string, number[]>()

  constructor(directory: string, cores: string | undefined) {
    this.#directory = directory
    this.#cores = cores
    mkdirSync(directory, { recursive: true })
  }

  /** The node of a broker, running; started when it is not there or has to be fresh. */
  async acquire(spec: BrokerSpec, isFresh: boolean): Promise<RunningBroker> {
    if (isFresh) await this.discard(spec)
    const known = this.#running.get(spec.node)
    if (known !== undefined) {
      known.resume()
      return known
    }
    const directory = mkdtempSync(join(this.#directory, `${spec.node}-`))
    this.#directories.set(spec.node, directory)
    const broker = await spec.start({ cores: this.#cores, directory })
    this.#running.set(spec.node, broker)
    this.starts.push({ node: spec.node, version: broker.version, seconds: broker.startSeconds })
    await sleep(SETTLE_MS)
    if (broker.pids !== undefined) {
      const megabytes = residentBytes(broker.pids) / 2 ** 20
      const before = this.idleMegabytes.get(spec.node) ?? []
      this.idleMegabytes.set(spec.node, [...before, megabytes])
    }
    return broker
  }

  release(spec: BrokerSpec): void {
    this.#running.get(spec.node)?.pause()
  }

  /** Stops a node and removes what it has stored. */
  async discard(spec: BrokerSpec): Promise<void> {
    const broker = this.#running.get(spec.node)
    this.#running.delete(spec.node)
    await broker?.kill()
    const directory = this.#directories.get(spec.node)
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true })
    this.#directories.delete(spec.node)
  }

  async stopAll(specs: readonly BrokerSpec[]): Promise<void> {
    for (const spec of specs) await this.discard(spec)
  }
}
