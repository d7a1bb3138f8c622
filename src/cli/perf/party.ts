// The producers and consumers of one process: opens their connections, starts and stops them, counts.
import { nowUs } from './clock.ts'
import { ConfirmWindow } from './confirm-window.ts'
import { Consumer } from './consumer.ts'
import type { LoadOptions } from './options.ts'
import { Pacer } from './pacer.ts'
import { type ActivityTimes, type Ledger, Producer } from './producer.ts'
import { SequenceCheck } from './sequence-check.ts'
import { type Counters, Latencies, newCounters } from './stats.ts'
import { messagesOf, queueNames, queuesOfConsumer, sequenceStep } from './topology.ts'
import { Channel } from './wire/channel.ts'
import { Connection } from './wire/connection.ts'
import { PublishRing } from './wire/publish-ring.ts'

export type PartyPlan = {
  readonly options: LoadOptions
  readonly producers: readonly number[]
  readonly consumers: readonly number[]
}

export type Snapshot = {
  readonly atUs: number
  /** Processor time of this process since its start. */
  readonly cpuUs: number
  readonly counters: Counters
  readonly times: ActivityTimes
  readonly unconfirmed: number
  readonly firstSequence: number
  readonly lastSequence: number
}

/** Connections opened at a time: a broker's listen queue is short. */
const OPEN_AT_ONCE = 32
/** Memory of the publish rings of a process, shared out among its producers. */
const RINGS_BYTES = 32 * 1024 * 1024

export class Party {
  readonly #plan: PartyPlan
  readonly #producers: Producer[] = []
  readonly #consumers: Consumer[] = []
  readonly #connections: Connection[] = []
  readonly #ledger: Ledger
  readonly #checks: SequenceCheck[] = []
  readonly #pacer: Pacer
  readonly latencies: Latencies = new Latencies()

  constructor(plan: PartyPlan, fail: (error: Error) => void) {
    this.#plan = plan
    const counters = newCounters()
    const times = { published: 0, confirmed: 0, firstReceived: 0, received: 0 }
    this.#ledger = { clock: nowUs, counters, latencies: this.latencies, times, fail }
    const { awake, pacing } = plan.options
    this.#pacer = new Pacer(nowUs, awake ? 'spin' : pacing)
  }

  async open(): Promise<void> {
    const { producers, consumers } = this.#plan
    await inGroups(consumers, async (index) => {
      this.#consumers.push(await this.#openConsumer(index))
    })
    await inGroups(producers, async (index) => {
      this.#producers.push(await this.#openProducer(index))
    })
  }

  async #connect(name: string, index: number): Promise<Connection> {
    const { uris, frameMax, heartbeatSeconds } = this.#plan.options
    const uri = uris[index % uris.length] as string
    const connection = await Connection.open(uri, { frameMax, heartbeatSeconds, name })
    this.#connections.push(connection)
    return connection
  }

  async #openConsumer(index: number): Promise<Consumer> {
    const { options } = this.#plan
    const connection = await this.#connect(`warren-perf consumer ${index}`, index)
    const channel = await Channel.open(connection)
    if (options.prefetch > 0) await channel.prefetch(options.prefetch)
    const names = queueNames(options)
    const queues = queuesOfConsumer(options, index).map((number) => ({
      number,
      name: names[number] as string,
    }))
    const { ackBatch, poll } = options
    const isLimited = options.count > 0 && options.producers === 0
    const limit = isLimited ? share(options.count, options.consumers, index) : Infinity
    const check = options.verify ? this.#newCheck() : undefined
    return new Consumer(channel, { queues, ackBatch, poll, limit, check }, this.#ledger)
  }

  #newCheck(): SequenceCheck {
    const check = new SequenceCheck(this.#ledger.counters, (producer) =>
      sequenceStep(this.#plan.options, producer),
    )
    this.#checks.push(check)
    return check
  }

  async #openProducer(index: number): Promise<Producer> {
    const { options } = this.#plan
    const connection = await this.#connect(`warren-perf producer ${index}`, index)
    const channel = await Channel.open(connection)
    if (options.confirms > 0) await channel.confirmSelect()
    const bytesMin = Math.min(524_288, Math.floor(RINGS_BYTES / this.#plan.producers.length))
    const ring = new PublishRing(messagesOf(options, index), {
      channel: channel.id,
      frameMax: connection.frameMax,
      bytesMin,
      messagesMin: 4,
    })
    const window = options.confirms > 0 ? new ConfirmWindow(options.confirms) : undefined
    const plan = {
      index,
      rate: options.rate / options.producers,
      limit: options.count > 0 ? share(options.count, options.producers, index) : Infinity,
      latency: options.latency,
      verify: options.verify,
    }
    return new Producer(connection, { ring, window }, plan, this.#ledger)
  }

  async start(): Promise<void> {
    await inGroups(this.#consumers, (consumer) => consumer.start())
    for (const producer of this.#producers) {
      producer.start()
      this.#pacer.add(producer)
    }
    const { awake, rate } = this.#plan.options
    if (awake || (rate > 0 && this.#producers.length > 0)) this.#pacer.start()
  }

  snapshot(): Snapshot {
    const { counters, times } = this.#ledger
    const first = this.#checks.map((check) => check.range.first).filter((number) => number >= 0)
    const { user, system } = process.cpuUsage()
    return {
      atUs: nowUs(),
      cpuUs: user + system,
      counters: { ...counters },
      times: { ...times },
      unconfirmed: this.#producers.reduce((sum, producer) => sum + producer.unconfirmed, 0),
      firstSequence: first.length === 0 ? -1 : Math.min(...first),
      lastSequence: Math.max(-1, ...this.#checks.map((check) => check.range.last)),
    }
  }

  stopProducers(): void {
    this.#pacer.stop()
    for (const producer of this.#producers) producer.stop()
  }

  async close(): Promise<void> {
    this.stopProducers()
    for (const consumer of this.#consumers) consumer.stop()
    await inGroups(this.#connections, (connection) => closeSoon(connection))
  }

  destroy(): void {
    this.stopProducers()
    for (const connection of this.#connections) connection.destroy()
  }
}

/** A broker that has a backlog of publishes to read answers late: wait a moment, then hang up. */
const CLOSE_MS = 3000

async function closeSoon(connection: Connection): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      connection.destroy()
      resolve()
    }, CLOSE_MS)
  })
  await Promise.race([connection.close().catch(() => {}), late])
  clearTimeout(timer)
}

async function inGroups<T>(items: readonly T[], call: (item: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += OPEN_AT_ONCE) {
    await Promise.all(items.slice(at, at + OPEN_AT_ONCE).map(call))
  }
}

/** An equal part of a whole; the first ones take the remainder. */
export function share(total: number, parts: number, index: number): number {
  return Math.floor(total / parts) + (index < total % parts ? 1 : 0)
}
