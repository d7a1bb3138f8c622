// Runs one scenario against a broker and tells what a message has cost it.

import assert from 'node:assert/strict'
import { RawClient } from '../../support/raw-client.ts'
import { method } from '../../support/raw-frames.ts'
import type { Work } from './broker-child.ts'
import { burstOf, type CostScenario, deliveryOf, type Target } from './scenarios.ts'

/** Of a published message. */
export type Cost = Work

const warmUpBursts = 30
const rounds = 4

export async function costOf(
  url: string,
  scenario: CostScenario,
  work: () => Promise<Work>,
): Promise<Cost> {
  const publisher = await RawClient.channel(url)
  const consumer = await RawClient.channel(url)
  const target = await declare(publisher, scenario)
  const publish = publishing(publisher, scenario, target)
  if (scenario.backlog) {
    const bursts = warmUpBursts + rounds * scenario.bursts
    for (let i = 0; i < bursts; i += 1) await publish()
  }
  if (scenario.backlog) await consumer.call(1, 'basic.qos', { prefetchCount: scenario.burst })
  const reader = new Deliveries(consumer, scenario, target)
  const copies = Math.max(1, scenario.fanout)
  consume(consumer, scenario)
  const runBurst = async (): Promise<void> => {
    const published = scenario.backlog ? undefined : publish()
    await Promise.all([reader.next(scenario.burst * copies), published])
  }
  for (let i = 0; i < warmUpBursts; i += 1) await runBurst()
  const costs: Cost[] = []
  let before = await work()
  for (let round = 0; round < rounds; round += 1) {
    for (let i = 0; i < scenario.bursts; i += 1) await runBurst()
    const after = await work()
    costs.push(difference(before, after, scenario.burst * scenario.bursts))
    before = after
  }
  publisher.socket.destroy()
  consumer.socket.destroy()
  return least(costs)
}

const keys = [
  'allocatedBytes',
  'socketReads',
  'socketWrites',
  'copiedBytes',
  'fileWrites',
  'fileBytes',
  'syncs',
] as const satisfies readonly (keyof Work)[]

function difference(before: Work, after: Work, messages: number): Cost {
  const entries = keys.map((key) => [key, (after[key] - before[key]) / messages])
  return Object.fromEntries(entries) as Cost
}

/** A busy machine and a compiler that is still at work only ever add. */
function least(costs: readonly Cost[]): Cost {
  const entries = keys.map((key) => [key, Math.min(...costs.map((cost) => cost[key]))])
  return Object.fromEntries(entries) as Cost
}

async function declare(publisher: RawClient, scenario: CostScenario): Promise<Target> {
  const { id, durable, fanout } = scenario
  const exchange = fanout > 0 ? `all of ${id}` : ''
  if (fanout > 0) await publisher.call(1, 'exchange.declare', { exchange, type: 'fanout' })
  if (durable) await publisher.call(1, 'confirm.select', {})
  for (const queue of queuesOf(scenario)) {
    await publisher.call(1, 'queue.declare', { queue, durable })
    if (fanout > 0) await publisher.call(1, 'queue.bind', { queue, exchange, routingKey: '' })
  }
  return { exchange, routingKey: `${id} 0` }
}

function queuesOf({ id, fanout }: CostScenario): readonly string[] {
  return Array.from({ length: Math.max(1, fanout) }, (_, i) => `${id} ${i}`)
}

/** Sends a burst, and waits until the broker has it where that can be told without a consumer. */
function publishing(
  publisher: RawClient,
  scenario: CostScenario,
  target: Target,
): () => Promise<void> {
  const burst = burstOf(scenario, target)
  const confirms = scenario.durable ? new Confirms(publisher) : null
  const queue = target.routingKey
  return async () => {
    publisher.socket.write(burst)
    if (confirms !== null) await confirms.next(scenario.burst)
    else if (scenario.backlog) await publisher.call(1, 'queue.declare', { queue, passive: true })
  }
}

/** Without an answer, which would count as a delivery. */
function consume(consumer: RawClient, scenario: CostScenario): void {
  const noAck = scenario.ackEach === 0
  for (const [i, queue] of queuesOf(scenario).entries())
    consumer.send(1, 'basic.consume', { queue, consumerTag: `c${i}`, noAck, noWait: true })
}

/** Counts by bytes, all deliveries being equally long: taking frames apart would take too long. */
class Deliveries {
  readonly #client: RawClient
  readonly #ackEach: number
  readonly #length: number
  readonly #bytes: Tally
  #tag = 0

  constructor(client: RawClient, scenario: CostScenario, target: Target) {
    this.#client = client
    this.#ackEach = scenario.ackEach
    this.#length = deliveryOf(scenario, target).length
    this.#bytes = new Tally(client)
  }

  async next(count: number): Promise<void> {
    await this.#bytes.more(count * this.#length)
    if (this.#ackEach === 0) return
    const acks: Buffer[] = []
    for (let done = 0; done < count; done += this.#ackEach) {
      this.#tag += this.#ackEach
      acks.push(method(1, 'basic.ack', { deliveryTag: this.#tag, multiple: this.#ackEach > 1 }))
    }
    this.#client.socket.write(Buffer.concat(acks))
  }
}

/** Waits for confirms, of which one may stand for many. */
class Confirms {
  #sent = 0
  #confirmed = 0
  #partial: Buffer = Buffer.alloc(0)
  #wake: (() => void) | null = null

  constructor({ socket }: RawClient) {
    socket.removeAllListeners('data')
    socket.on('data', (chunk: Buffer) => {
      const bytes = Buffer.concat([this.#partial, chunk])
      const whole = bytes.length - (bytes.length % confirmBytes)
      if (whole > 0) this.#confirmed = Number(bytes.readBigUInt64BE(whole - confirmBytes + 11))
      this.#partial = bytes.subarray(whole)
      this.#wake?.()
    })
  }

  async next(count: number): Promise<void> {
    this.#sent += count
    while (this.#confirmed < this.#sent) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

/** A basic.ack as a frame. */
const confirmBytes = 21

/** The bytes that a connection brings, and a wait for so many more. */
class Tally {
  #bytes = 0
  #wanted = 0
  #wake: (() => void) | null = null

  constructor({ socket }: RawClient) {
    socket.removeAllListeners('data')
    socket.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.length
      if (this.#bytes >= this.#wanted) this.#wake?.()
    })
  }

  async more(bytes: number): Promise<void> {
    this.#wanted += bytes
    while (this.#bytes < this.#wanted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    assert.equal(this.#bytes, this.#wanted, 'the client miscounts')
  }
}
