// The work that a turn leaves for its end: queues to dispatch and channels to confirm. Doing it once
// per turn, not per message, is what makes the broker quick.

import type { Queue } from './queues/queue.ts'

/** Who waits for something to become durable. */
export interface Unanswered {
  /** Answers what is safe by now; returns whether something still waits. */
  settleConfirms(durablePosition: number): boolean
}

export interface TurnWork {
  /** The time of the current turn, milliseconds since the epoch. */
  readonly nowMs: number
  /** Has the turn ended soon; for work that no queue or channel stands for. */
  requestTurn(): void
  touch(queue: Queue): void
  confirm(channel: Unanswered): void
}
