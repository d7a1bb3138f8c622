// The consumer acknowledgement timeout [RMQ: consumers, delivery acknowledgement timeout]. Off unless a
// queue asks for it. Who leaves a delivery unacknowledged for longer loses his consumer and the queue
// gets its messages back; his channel lives on, and what he still acknowledges does no harm.

import type { BrokerConnection } from './connection.ts'
import type { Consumer } from './consumer.ts'
import { every } from './every.ts'
import type { Clock, Timer } from './ports.ts'

/** How often deliveries are looked at: a timeout may come so much later. */
const sweepMs = 1000

export interface ConsumerTimeoutHost {
  readonly clock: Clock
  readonly connections: ReadonlySet<BrokerConnection>
}

export class ConsumerTimeouts {
  readonly #host: ConsumerTimeoutHost
  readonly #timer: Timer

  constructor(host: ConsumerTimeoutHost) {
    this.#host = host
    this.#timer = every(host.clock, sweepMs, () => this.sweep())
  }

  stop(): void {
    this.#timer.cancel()
  }

  sweep(): void {
    const nowMs = this.#host.clock.now()
    for (const { channels } of this.#host.connections) {
      for (const channel of channels.values()) {
        const late = [...channel.consumers.values()].filter((consumer) => isLate(consumer, nowMs))
        for (const consumer of late) channel.timeOut(consumer)
      }
    }
  }
}

/** Whether the consumer's oldest unacknowledged delivery is older than its queue allows. */
function isLate(consumer: Consumer, nowMs: number): boolean {
  const timeoutMs = consumer.queue.settings.consumerTimeoutMs
  if (timeoutMs === null || consumer.unackedCount === 0) return false
  const oldestMs = consumer.oldestDeliveryMs()
  return oldestMs !== null && nowMs - oldestMs > timeoutMs
}
