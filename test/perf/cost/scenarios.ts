// The loads whose cost a message is held to bounds. Each is a burst that is sent with one write and
// waited for, over and over, so that the work of the broker depends on its code and not on the clock.

import { bodyFrame, headerFrame, method } from '../../support/raw-frames.ts'

export interface CostScenario {
  readonly id: string
  readonly bodyBytes: number
  /** Messages of a burst. */
  readonly burst: number
  readonly bursts: number
  readonly durable: boolean
  /** Queues that a fanout exchange sends each message to; 0: the default exchange and one queue. */
  readonly fanout: number
  /** Messages that one acknowledgement covers; 0: automatic. */
  readonly ackEach: number
  /** All messages are there, on disk, before the first is delivered, a burst being a prefetch. */
  readonly backlog: boolean
}

const light = { bodyBytes: 16, burst: 400, bursts: 60, durable: false, fanout: 0, ackEach: 0 }
const usual = { ...light, backlog: false }
const behind = { ...light, backlog: true, burst: 1000, bursts: 20, ackEach: 100 }

export const costScenarios: readonly CostScenario[] = [
  { ...usual, id: 'transient' },
  { ...usual, id: 'acks of 100', ackEach: 100 },
  { ...usual, id: 'acks of 1', ackEach: 1 },
  { ...usual, id: 'confirmed', bodyBytes: 1024, burst: 50, durable: true, ackEach: 50 },
  { ...usual, id: 'fanout to 10', burst: 40, fanout: 10 },
  { ...usual, id: 'bodies of 16 KB', bodyBytes: 16 << 10, burst: 16 },
  { ...usual, id: 'bodies of 1 MB', bodyBytes: 1 << 20, burst: 2, bursts: 20 },
  { ...behind, id: 'backlog' },
  { ...behind, id: 'persistent backlog', bodyBytes: 1024, burst: 200, durable: true },
]

export interface Target {
  readonly exchange: string
  readonly routingKey: string
}

const frameMax = 131_072

/** All frames of one burst. */
export function burstOf(scenario: CostScenario, { exchange, routingKey }: Target): Buffer {
  const publish = method(1, 'basic.publish', { exchange, routingKey })
  const message = Buffer.concat([publish, ...contentOf(scenario)])
  return Buffer.concat(Array.from({ length: scenario.burst }, () => message))
}

/** What a consumer gets of each message. */
export function deliveryOf(scenario: CostScenario, { exchange, routingKey }: Target): Buffer {
  const values = { consumerTag: 'c0', deliveryTag: 1, exchange, routingKey }
  return Buffer.concat([method(1, 'basic.deliver', values), ...contentOf(scenario)])
}

function contentOf({ bodyBytes, durable }: CostScenario): Buffer[] {
  const body = Buffer.alloc(bodyBytes, 'x')
  const parts = [headerFrame(1, bodyBytes, durable ? { deliveryMode: 2 } : {})]
  const step = frameMax - 8
  for (let at = 0; at < bodyBytes; at += step)
    parts.push(bodyFrame(1, body.subarray(at, at + step)))
  return parts
}
