// Runs a load from declaration to clean-up and works out what it measured.
import type { LoadOptions } from './options.ts'
import { type PartyPlan, type Snapshot, share } from './party.ts'
import {
  addCounters,
  type Counters,
  Latencies,
  type Latency,
  newCounters,
  subtractCounters,
  summarize,
} from './stats.ts'
import { copies, declareTopology, deleteTopology } from './topology.ts'
import { Connection } from './wire/connection.ts'
import { LocalParty, type PartyHandle, WorkerParty } from './worker.ts'

export type Second = {
  readonly seconds: number
  readonly published: number
  readonly confirmed: number
  readonly received: number
}

export type LoadResult = {
  /** Length of the measured part, without the warm-up. */
  readonly seconds: number
  readonly counters: Counters
  readonly rates: {
    readonly publish: number
    readonly confirm: number
    readonly receive: number
    readonly receiveBytes: number
  }
  /** Received ÷ published within the measured part; below 1 a backlog grows. */
  readonly keptUp?: number
  /** Messages published in the whole run and not received, by all the queues they were routed to. */
  readonly backlog: number
  readonly unconfirmed: number
  /** Cores that the generator used: near the number of its processes it was the limit itself. */
  readonly generatorCores: number
  readonly complete: boolean
  readonly sequences?: { readonly first: number; readonly last: number }
  readonly latency: {
    readonly delivery?: Latency
    readonly confirm?: Latency
    /** How late the generator itself was at a fixed rate. */
    readonly generatorLag?: Latency
  }
  readonly series: readonly Second[]
}

export type Observer = {
  /** Called about once a second. */
  readonly second: (second: Second) => void
  readonly phase: (phase: 'measure-start' | 'measure-end') => void
  /** Whether to stop now and report what there is. */
  readonly isInterrupted?: () => boolean
}

const TICK_MS = 20
const REPORT_MS = 1000
/** A counted run in which nothing moves for so long is given up as incomplete. */
const STALL_MS = 20_000

export async function runLoad(options: LoadOptions, observer: Observer): Promise<LoadResult> {
  const control = await Connection.open(options.uris[0] as string)
  try {
    const waiting = await declareTopology(control, options)
    const run = new LoadRun(options, waiting, observer)
    const result = await run.run()
    if (!options.keep && !options.predeclared) await deleteTopology(control, options)
    return result
  } finally {
    control.destroy()
  }
}

class LoadRun {
  readonly #options: LoadOptions
  readonly #parties: PartyHandle[] = []
  readonly #producing: PartyHandle[] = []
  readonly #series: Second[] = []
  readonly #observer: Observer
  readonly #waiting: number
  #failure: Error | undefined

  constructor(options: LoadOptions, waiting: number, observer: Observer) {
    this.#options = options
    this.#waiting = waiting
    this.#observer = observer
    const fail = (error: Error): void => {
      this.#failure ??= error
    }
    for (const { plan, isLocal } of plansOf(options)) {
      const party = isLocal ? new LocalParty(plan, fail) : new WorkerParty(plan, fail)
      this.#parties.push(party)
      if (plan.producers.length > 0) this.#producing.push(party)
    }
  }

  async run(): Promise<LoadResult> {
    try {
      await Promise.all(this.#parties.map((party) => party.open()))
      const before = await this.#snapshot()
      // Consumers are there before the first message, and what they find in the queues counts.
      for (const party of this.#parties) {
        if (!this.#producing.includes(party)) await party.start()
      }
      const isDrain = this.#producing.length === 0
      const start = isDrain ? before : { ...(await this.#snapshot()), counters: before.counters }
      await Promise.all(this.#producing.map((party) => party.start()))
      const result = await this.#measure(start)
      await Promise.all(this.#parties.map((party) => party.close()))
      return result
    } finally {
      for (const party of this.#parties) party.destroy()
    }
  }

  async #measure(start: Snapshot): Promise<LoadResult> {
    const { warmupSeconds, timeSeconds } = this.#options
    let baseline = start
    if (warmupSeconds > 0 && this.#observer.isInterrupted?.() !== true) {
      await this.#watch(start, warmupSeconds, false)
      await Promise.all(this.#parties.map((party) => party.reset()))
      baseline = await this.#snapshot()
    }
    this.#observer.phase('measure-start')
    const complete = await this.#watch(baseline, timeSeconds, true)
    const end = await this.#snapshot()
    this.#observer.phase('measure-end')
    await Promise.all(this.#producing.map((party) => party.stopProducers()))
    const latencies = new Latencies()
    for (const party of this.#parties) latencies.add(await party.latencies())
    return this.#result(baseline, end, { complete, latencies })
  }

  /** Waits until the time is over or the counted messages are through; false when it stalled. */
  async #watch(from: Snapshot, seconds: number, isMeasured: boolean): Promise<boolean> {
    const endUs = seconds > 0 ? from.atUs + seconds * 1e6 : Infinity
    let last = from
    let nextReportUs = from.atUs + REPORT_MS * 1e3
    let moved = from
    for (;;) {
      const now = await this.#snapshot()
      if (this.#failure !== undefined) throw this.#failure
      if (now.atUs >= nextReportUs) {
        this.#report(from, { last, now }, isMeasured)
        last = now
        nextReportUs += REPORT_MS * 1e3
      }
      if (this.#options.count > 0 && this.#isDone(now.counters)) return true
      if (this.#observer.isInterrupted?.() === true) return false
      if (now.atUs >= endUs) return this.#options.count === 0
      if (hasMoved(moved, now)) moved = now
      else if (this.#options.count > 0 && now.atUs - moved.atUs > STALL_MS * 1e3) return false
      await new Promise((resolve) => setTimeout(resolve, TICK_MS))
    }
  }

  #report(
    from: Snapshot,
    interval: { readonly last: Snapshot; readonly now: Snapshot },
    isMeasured: boolean,
  ): void {
    const { last, now } = interval
    const change = subtractCounters(now.counters, last.counters)
    const perSecond = 1e6 / (now.atUs - last.atUs)
    const second = {
      seconds: Math.round((now.atUs - from.atUs) / 1e5) / 10,
      published: Math.round(change.published * perSecond),
      confirmed: Math.round(change.confirmed * perSecond),
      received: Math.round(change.received * perSecond),
    }
    if (isMeasured) this.#series.push(second)
    this.#observer.second(second)
  }

  #isDone(counters: Counters): boolean {
    const { count, producers, consumers, confirms } = this.#options
    if (producers === 0) return counters.received >= Math.min(count, this.#waiting)
    if (counters.published < count) return false
    if (confirms > 0 && counters.confirmed + counters.nacked < count) return false
    return consumers === 0 || counters.received >= count * copies(this.#options)
  }

  async #snapshot(): Promise<Snapshot> {
    return merge(await Promise.all(this.#parties.map((party) => party.snapshot())))
  }

  #result(
    baseline: Snapshot,
    end: Snapshot,
    outcome: { readonly complete: boolean; readonly latencies: Latencies },
  ): LoadResult {
    const counters = subtractCounters(end.counters, baseline.counters)
    const { seconds, rate } = this.#timing(baseline, end)
    const delivery = summarize(outcome.latencies.delivery)
    const confirm = summarize(outcome.latencies.confirm)
    const generatorLag = summarize(outcome.latencies.lag)
    const expected = end.counters.published * copies(this.#options) + this.#waiting
    return {
      seconds,
      counters,
      rates: {
        publish: rate(counters.published, end.times.published),
        confirm: rate(counters.confirmed, end.times.confirmed),
        receive: rate(counters.received, end.times.received),
        receiveBytes: rate(counters.receivedBytes, end.times.received),
      },
      ...this.#keptUp(counters),
      backlog: expected - end.counters.received,
      unconfirmed: end.unconfirmed,
      generatorCores: round((end.cpuUs - baseline.cpuUs) / (end.atUs - baseline.atUs)),
      complete: outcome.complete,
      ...(end.lastSequence >= 0
        ? { sequences: { first: end.firstSequence, last: end.lastSequence } }
        : {}),
      latency: {
        ...(delivery === undefined ? {} : { delivery }),
        ...(confirm === undefined ? {} : { confirm }),
        ...(generatorLag === undefined ? {} : { generatorLag }),
      },
      series: this.#series,
    }
  }

  #keptUp(counters: Counters): { readonly keptUp?: number } {
    const sent = counters.published * copies(this.#options)
    if (sent === 0 || this.#options.consumers === 0) return {}
    return { keptUp: round(counters.received / sent) }
  }

  /** A counted run is over for each of publish, confirm and receive when the last of them happened. */
  #timing(
    baseline: Snapshot,
    end: Snapshot,
  ): {
    seconds: number
    rate: (count: number, lastUs: number) => number
  } {
    const isCounted = this.#options.count > 0
    const { published, confirmed, received } = end.times
    const overUs = isCounted ? Math.max(published, confirmed, received) : end.atUs
    const rate = (count: number, lastUs: number): number => {
      const us = (isCounted ? lastUs : end.atUs) - baseline.atUs
      return us > 0 ? Math.round((count * 1e6) / us) : 0
    }
    return { seconds: (overUs - baseline.atUs) / 1e6, rate }
  }
}

/** To three digits after the point. */
function round(value: number): number {
  return Math.round(value * 1000) / 1000
}

function hasMoved(before: Snapshot, now: Snapshot): boolean {
  return (
    before.counters.published !== now.counters.published ||
    before.counters.received !== now.counters.received ||
    before.counters.confirmed !== now.counters.confirmed
  )
}

function merge(snapshots: readonly Snapshot[]): Snapshot {
  const latest = (pick: (snapshot: Snapshot) => number): number => Math.max(...snapshots.map(pick))
  const earliest = (values: readonly number[]): number =>
    values.length === 0 ? 0 : Math.min(...values)
  return {
    atUs: latest((snapshot) => snapshot.atUs),
    cpuUs: snapshots.reduce((sum, one) => sum + one.cpuUs, 0),
    counters: snapshots.reduce((sum, one) => addCounters(sum, one.counters), newCounters()),
    times: {
      published: latest((one) => one.times.published),
      confirmed: latest((one) => one.times.confirmed),
      firstReceived: earliest(
        snapshots.map((one) => one.times.firstReceived).filter((us) => us > 0),
      ),
      received: latest((one) => one.times.received),
    },
    unconfirmed: snapshots.reduce((sum, one) => sum + one.unconfirmed, 0),
    firstSequence: Math.min(
      ...snapshots.map((one) => (one.firstSequence < 0 ? Infinity : one.firstSequence)),
    ),
    lastSequence: latest((one) => one.lastSequence),
  }
}

/** One party in this process, or the producers and consumers dealt out to worker processes. */
function plansOf(options: LoadOptions): { plan: PartyPlan; isLocal: boolean }[] {
  const { producers, consumers, producerProcesses, consumerProcesses } = options
  const plans = [
    ...split(consumers, consumerProcesses).map((ids) => ({
      plan: { options, consumers: ids, producers: [] },
      isLocal: false,
    })),
    ...split(producers, producerProcesses).map((ids) => ({
      plan: { options, consumers: [], producers: ids },
      isLocal: false,
    })),
  ]
  const local = {
    options,
    producers: producerProcesses === 0 ? range(0, producers) : [],
    consumers: consumerProcesses === 0 ? range(0, consumers) : [],
  }
  return local.producers.length + local.consumers.length > 0
    ? [...plans, { plan: local, isLocal: true }]
    : plans
}

function split(count: number, processes: number): number[][] {
  const groups: number[][] = []
  let from = 0
  for (let index = 0; index < Math.min(count, processes); index += 1) {
    const size = share(count, Math.min(count, processes), index)
    groups.push(range(from, from + size))
    from += size
  }
  return groups
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}
