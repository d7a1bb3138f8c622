// A broker that the benchmarks can start, or only reach: what they need to know of it.
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Connection } from '../../src/cli/perf/wire/connection.ts'

export type BrokerSpec = {
  /** As it appears in the results: warren, rabbitmq, rabbitmq-quorum, ... */
  readonly name: string
  /** Brokers with the same node differ in what is declared on it only. */
  readonly node: string
  /** Arguments of `warren-perf run` that make its queues this broker's kind. */
  readonly queueArguments: readonly string[]
  /** When a persistent message in a durable queue is confirmed. */
  readonly durability: string
  /** Durable queues only: scenarios with transient ones are left out. */
  readonly isDurableOnly: boolean
  readonly start: (context: StartContext) => Promise<RunningBroker>
}

export type StartContext = {
  readonly cores: string | undefined
  /** An empty directory on the disk to be measured; kept between starts when the caller says so. */
  readonly directory: string
}

export type RunningBroker = {
  readonly uri: string
  readonly version: string
  /** Undefined for a broker that was not started here: neither CPU nor memory are known. */
  readonly pids: readonly number[] | undefined
  /** From the start of the process to the first completed handshake. */
  readonly startSeconds: number
  pause(): void
  resume(): void
  stop(): Promise<void>
  /** Ends at once, without a chance to save anything. */
  kill(): Promise<void>
}

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

const POLL_MS = 5
const START_MAX_MS = 180_000

/** Tries until a handshake succeeds; returns the version the broker tells. */
export async function waitForHandshake(uri: string, hasEnded: () => boolean): Promise<string> {
  const deadline = performance.now() + START_MAX_MS
  for (;;) {
    if (hasEnded()) throw new Error('the broker ended before it accepted a connection')
    try {
      const connection = await Connection.open(uri)
      const version = versionOf(connection.greeting)
      await connection.close()
      return version
    } catch (error) {
      if (performance.now() > deadline) {
        throw new Error('the broker accepts no connections', { cause: error })
      }
      await sleep(POLL_MS)
    }
  }
}

/** `product version` out of the table of server properties, where both are long strings. */
function versionOf(greeting: Buffer): string {
  const value = (key: string): string => {
    const at = greeting.indexOf(Buffer.from(`${String.fromCharCode(key.length)}${key}S`))
    if (at < 0) return ''
    const from = at + key.length + 2
    const size = greeting.readUInt32BE(from)
    return greeting.toString('utf8', from + 4, from + 4 + size)
  }
  return `${value('product')} ${value('version')}`.trim()
}
