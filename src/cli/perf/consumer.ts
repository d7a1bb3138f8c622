// Receives messages, pushed by the broker or fetched one by one, and acknowledges them. Nothing is
// allocated per message, and a body is not looked at beyond its stamp.
import { AckWriter } from './ack-writer.ts'
import type { Ledger } from './producer.ts'
import type { SequenceCheck } from './sequence-check.ts'
import { record } from './stats.ts'
import type { Channel } from './wire/channel.ts'
import { methodFrame } from './wire/frames.ts'
import { METHOD } from './wire/methods.ts'
import { type Delivery, Receiver } from './wire/receiver.ts'

export type ConsumerPlan = {
  /** Queues by the number that serves as consumer tag. */
  readonly queues: readonly { readonly number: number; readonly name: string }[]
  /** Deliveries per acknowledgement, 0 for automatic acknowledgement. */
  readonly ackBatch: number
  readonly poll: boolean
  /** Stops asking for more after so many messages; Infinity for no end. */
  readonly limit: number
  readonly check: SequenceCheck | undefined
}

export class Consumer extends Receiver {
  readonly #channel: Channel
  readonly #plan: ConsumerPlan
  readonly #ledger: Ledger
  readonly #acks: AckWriter
  readonly #gets: readonly Buffer[]
  #nextGet = 0
  #lastGet = 0
  #received = 0
  #unacknowledged = 0
  #lastTag = 0
  #isRunning = true

  constructor(channel: Channel, plan: ConsumerPlan, ledger: Ledger) {
    super()
    this.#channel = channel
    this.#plan = plan
    this.#ledger = ledger
    this.#acks = new AckWriter(channel.id, (bytes, done) =>
      channel.connection.socket.write(bytes, done),
    )
    this.#gets = plan.queues.map((queue) =>
      methodFrame(channel.id, METHOD.basicGet, (writer) =>
        writer
          .u16(0)
          .shortString(queue.name)
          .u8(plan.ackBatch === 0 ? 1 : 0),
      ),
    )
    channel.connection.setReceiver(this)
  }

  async start(): Promise<void> {
    if (this.#plan.poll) {
      this.#get()
      return
    }
    for (const queue of this.#plan.queues) {
      await this.#channel.consume(queue.name, String(queue.number), this.#plan.ackBatch === 0)
    }
  }

  #get(): void {
    if (!this.#isRunning) return
    this.#channel.connection.socket.write(this.#gets[this.#nextGet] as Buffer)
    this.#lastGet = this.#nextGet
    this.#nextGet = (this.#nextGet + 1) % this.#gets.length
  }

  override onDelivery(delivery: Delivery): void {
    const { counters, latencies, clock } = this.#ledger
    counters.received += 1
    counters.receivedBytes += delivery.bodySize
    if (delivery.redelivered) counters.redelivered += 1
    if (delivery.stamp > 0) record(latencies.delivery, clock() - delivery.stamp)
    const { check, ackBatch } = this.#plan
    if (check !== undefined && delivery.sequence >= 0 && !delivery.redelivered) {
      const queue = this.#plan.poll ? this.#lastGet : delivery.consumer
      check.note({ producer: delivery.producer, queue }, delivery.sequence)
    }
    this.#received += 1
    if (ackBatch > 0) this.#acknowledge(delivery.deliveryTag, ackBatch)
    if (this.#plan.poll && this.#received < this.#plan.limit) this.#get()
  }

  #acknowledge(tag: number, batch: number): void {
    this.#lastTag = tag
    this.#unacknowledged += 1
    if (this.#unacknowledged < batch) return
    this.#acks.add(tag, batch > 1)
    this.#ledger.counters.acknowledged += this.#unacknowledged
    this.#unacknowledged = 0
  }

  override onGetEmpty(): void {
    this.#ledger.counters.emptyGets += 1
    setImmediate(() => this.#get())
  }

  override onReadEnd(): void {
    const { times, clock } = this.#ledger
    const now = clock()
    if (this.#received > 0) times.received = now
    if (times.firstReceived === 0 && this.#received > 0) times.firstReceived = now
    // The last, incomplete batch of a counted run would wait for ever.
    if (this.#received >= this.#plan.limit) this.#acknowledgeRest()
    this.#acks.flush()
  }

  #acknowledgeRest(): void {
    if (this.#unacknowledged > 0) this.#acknowledge(this.#lastTag, this.#unacknowledged)
  }

  /** Acknowledges what has come so far. */
  stop(): void {
    this.#isRunning = false
    this.#acknowledgeRest()
    this.#acks.flush()
  }

  override onFailure(error: Error): void {
    this.#ledger.fail(error)
  }
}
