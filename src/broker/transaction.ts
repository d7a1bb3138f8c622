// What a channel in transaction mode holds back until tx.commit: publishes and acknowledgements.
// All of it happens in one turn, hence in one frame of the log: whole or not at all.

import type { ChannelSink } from './channel-sink.ts'
import type { Delivery } from './delivery.ts'
import { preconditionFailed } from './errors.ts'
import type { Gate } from './gate.ts'
import type { Message } from './message.ts'
import type { PublishTarget } from './publish-target.ts'
import type { Unanswered } from './turn.ts'
import type { Unacked } from './unacked.ts'
import type { VirtualHost } from './vhost.ts'

/** `requeue`: rejected, back to the queue; `return`: given back without blame. */
export type Outcome = 'ack' | 'reject' | 'requeue' | 'return'

interface HeldPublish {
  readonly target: PublishTarget
  readonly message: Message
  readonly mandatory: boolean
}

interface HeldSettlement {
  readonly deliveries: readonly Delivery[]
  readonly outcome: Outcome
}

/** The channel that a transaction belongs to. */
export interface TransactionHost extends Unanswered {
  readonly connection: { readonly vhost: VirtualHost }
  readonly unacked: Unacked
  route(target: PublishTarget, message: Message, mandatory: boolean): boolean
  finish(deliveries: readonly Delivery[], outcome: Outcome): void
}

export class Transaction {
  readonly #channel: TransactionHost
  #publishes: HeldPublish[] = []
  #settlements: HeldSettlement[] = []
  #heldBytes = 0
  /** Commits that are not answered yet, and the log position that they wait for. */
  #commits = 0
  #waitingFor = 0
  /** What has to be open as well. */
  #gate: Gate | null = null

  constructor(channel: TransactionHost) {
    this.#channel = channel
  }

  get publishCount(): number {
    return this.#publishes.length
  }

  get settlementCount(): number {
    return this.#settlements.reduce((sum, { deliveries }) => sum + deliveries.length, 0)
  }

  publish(target: PublishTarget, message: Message, mandatory: boolean): void {
    this.#heldBytes += message.memoryBytes
    const { transactionBytesMax } = this.#channel.connection.vhost.limits
    if (this.#heldBytes > transactionBytesMax) {
      throw preconditionFailed(`transaction holds more than ${transactionBytesMax} bytes`)
    }
    this.#publishes.push({ target, message, mandatory })
  }

  settleLater(deliveries: readonly Delivery[], outcome: Outcome): void {
    this.#settlements.push({ deliveries, outcome })
  }

  commit(): void {
    const { vhost } = this.#channel.connection
    const publishes = this.#publishes
    const settlements = this.#settlements
    this.#clear()
    let complete = true
    for (const { target, message, mandatory } of publishes) {
      // Queues and bindings may have come and gone since it was published.
      complete = this.#channel.route(vhost.renew(target), message, mandatory) && complete
    }
    for (const { deliveries, outcome } of settlements) this.#channel.finish(deliveries, outcome)
    if (!complete) throw preconditionFailed('partial tx completion')
    this.#commits += 1
    this.#waitingFor = vhost.log.appendedPosition
    this.#gate = vhost.delays.gate ?? this.#gate
    vhost.expectConfirm(this.#channel)
  }

  rollback(): void {
    const settlements = this.#settlements
    this.#clear()
    this.#channel.unacked.restore(settlements.flatMap(({ deliveries }) => deliveries))
  }

  /** Sends commit-ok when the commit is durable; returns whether it still waits. */
  settle(durablePosition: number, sink: ChannelSink): boolean {
    if (this.#commits === 0) return false
    if (this.#waitingFor > durablePosition || this.#gate?.open === false) return true
    this.#gate = null
    for (; this.#commits > 0; this.#commits -= 1) sink.committed()
    return false
  }

  #clear(): void {
    this.#publishes = []
    this.#settlements = []
    this.#heldBytes = 0
  }
}
