// One run of warren-perf against one broker, with the broker's processes watched meanwhile.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { RunningBroker } from '../brokers/broker.ts'
import { pinned } from './pinning.ts'
import { cpuSeconds, peakBytes, resetPeak, residentBytes } from './process-stats.ts'

export type PerfOutcome = {
  /** What `warren-perf --json` printed. */
  readonly result: Readonly<Record<string, unknown>>
  /** Of the broker, within the measured part; undefined for an external broker. */
  readonly broker?: BrokerUse
}

export type BrokerUse = {
  readonly cpuSeconds: number
  readonly cpuShare: number
  readonly rssBeforeBytes: number
  readonly rssPeakBytes: number
  /** Smallest sample within the measured part. */
  readonly rssLowBytes: number
}

export type PerfCall = {
  readonly args: readonly string[]
  readonly cores: string | undefined
  readonly timeoutSeconds: number
  /** Told when the measured part begins and ends. */
  readonly onEvent?: (event: string) => void
}

const perf = join(import.meta.dirname, '..', '..', 'src', 'cli', 'perf', 'main.ts')
const SAMPLE_MS = 250

class BrokerWatch {
  readonly #pids: readonly number[]
  readonly #rssBefore: number
  #cpuStart = 0
  #startMs = 0
  #cpu = 0
  #elapsedMs = 0
  #rssLow = Number.POSITIVE_INFINITY
  #rssPeak = 0
  #timer: NodeJS.Timeout

  constructor(pids: readonly number[]) {
    this.#pids = pids
    this.#rssBefore = residentBytes(pids)
    resetPeak(pids)
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS)
  }

  #sample(): void {
    const rss = residentBytes(this.#pids)
    this.#rssPeak = Math.max(this.#rssPeak, rss)
    if (this.#startMs > 0 && this.#elapsedMs === 0) this.#rssLow = Math.min(this.#rssLow, rss)
  }

  onEvent(event: string): void {
    if (event === 'measure-start' || event === 'opened') {
      this.#startMs = performance.now()
      this.#cpuStart = cpuSeconds(this.#pids)
    } else if (event === 'measure-end') this.end()
  }

  end(): void {
    if (this.#startMs === 0 || this.#elapsedMs > 0) return
    this.#sample()
    this.#cpu = cpuSeconds(this.#pids) - this.#cpuStart
    this.#elapsedMs = performance.now() - this.#startMs
  }

  finish(): BrokerUse {
    clearInterval(this.#timer)
    return {
      cpuSeconds: this.#cpu,
      cpuShare: this.#elapsedMs > 0 ? (this.#cpu * 1000) / this.#elapsedMs : 0,
      rssBeforeBytes: this.#rssBefore,
      rssPeakBytes: Math.max(this.#rssPeak, peakBytes(this.#pids)),
      rssLowBytes: this.#rssLow,
    }
  }
}

export async function runPerf(broker: RunningBroker, call: PerfCall): Promise<PerfOutcome> {
  const command = pinned(call.cores, [process.execPath, perf, ...call.args])
  const watch = broker.pids === undefined ? undefined : new BrokerWatch(broker.pids)
  const child = spawn(command[0] as string, [...command.slice(1), '--json', '--events'], {
    env: { ...process.env, WARREN_PERF_URI: broker.uri, NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), call.timeoutSeconds * 1000)
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  createInterface({ input: child.stderr }).on('line', (line) => {
    const event = /^\{"event":"([a-z-]+)"\}$/.exec(line)?.[1]
    if (event === undefined) errors += `${line}\n`
    else {
      watch?.onEvent(event)
      call.onEvent?.(event)
    }
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  clearTimeout(timer)
  const use = watch?.finish()
  if (output === '') {
    const reason = code === null ? `no end after ${call.timeoutSeconds} s` : errors.trim()
    throw new Error(`warren-perf ${call.args.join(' ')}: ${reason}`)
  }
  const result = JSON.parse(output) as Record<string, unknown>
  return use === undefined ? { result } : { result, broker: use }
}

/** `rates.receive` of the JSON; NaN where there is none. */
export function numberAt(value: unknown, path: string): number {
  let at: unknown = value
  for (const key of path.split('.')) {
    at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined
  }
  return typeof at === 'number' ? at : Number.NaN
}
