// Where messages wait for their time: what the broker asks of a store of delayed messages. Memory
// stays flat however many there are; they leave in the order in which they are due.
//
// As in the log, what a turn adds is gathered and `commit` writes it before replies leave. A due
// message is taken first and removed when the queues that got it have it on disk, so that a
// broker that dies in between hands it over again rather than not at all.

import type { Gate } from '../gate.ts'
import type { Message } from '../message.ts'

/** Who gets the message when it is due: the exchange routes it, the queue takes it. */
export interface DelayTarget {
  readonly vhost: string
  readonly kind: 'exchange' | 'queue'
  readonly name: string
}

export interface DueDelay {
  readonly id: number
  readonly target: DelayTarget
  readonly dueMs: number
  readonly message: Message
}

/** A delayed message as a list shows it. */
export interface ListedDelay {
  readonly id: number
  readonly target: DelayTarget
  readonly dueMs: number
  readonly addedMs: number
  /** Its body is empty here; `bodyBytes` tells the real size. */
  readonly message: Message
  readonly bodyBytes: number
}

/** Those of a virtual host, or of one exchange or queue in it; without a virtual host, all. */
export interface DelayFilter {
  readonly vhost?: string
  readonly kind?: 'exchange' | 'queue'
  readonly name?: string
}

/** A cancellation of many, done in steps so that none takes long. */
export interface Cancellation {
  readonly filter: DelayFilter
  /** Cancels a part of it. Returns how many that were, or -1 when nothing is left to look at. */
  step(): number
}

export interface DelayStore {
  /** When the first of those not taken is due; infinity when there is none. */
  readonly nextDueMs: number
  /** Opens when what this turn has added is safe; null when it has added nothing. */
  readonly gate: Gate | null
  /** Called in a turn of its own when a gate has opened. */
  onDurable: (() => void) | null
  /** Called when the store stops (reason) or starts (null) taking what is added. */
  onBlocked: ((reason: string | null) => void) | null
  /** Gathers a message; returns the number by which it can be cancelled. */
  add(target: DelayTarget, message: Message, dueMs: number): number
  /** Takes messages due by `untilMs`, first come first, at least one and within the limits. */
  take(untilMs: number, countMax: number, bytesMax: number): DueDelay[]
  /** What was taken has found its place elsewhere, or has none. */
  remove(ids: readonly number[]): void
  /** What a message waits for; null when there is none, or it has been taken. */
  find(id: number): DelayTarget | null
  /** Whether there was such a message and it had not been taken. */
  cancel(id: number, filter: DelayFilter): boolean
  /** Of all that match now, whenever they are due. */
  cancelAll(filter: DelayFilter): Cancellation
  count(filter: DelayFilter): number
  /** In the order in which they are due. */
  list(filter: DelayFilter, offset: number, countMax: number): ListedDelay[]
  /**
   * Writes what was gathered. `synced` has it on disk at the return, for messages that are about to
   * be given up elsewhere.
   */
  commit(synced: boolean): void
}

export function matchesDelay(filter: DelayFilter, target: DelayTarget): boolean {
  return (
    (filter.vhost === undefined || filter.vhost === target.vhost) &&
    (filter.kind === undefined || filter.kind === target.kind) &&
    (filter.name === undefined || filter.name === target.name)
  )
}
