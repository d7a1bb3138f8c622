// What the broker needs from outside, and all that it knows of it: time, randomness, a message log
// and a metadata store. Nothing here tells of files; implementations live in storage/ and node.ts.
//
// The unit of work is a turn: the broker's calls that follow one read of the sockets. Whatever is
// appended during a turn is gathered, and `commitTurn` hands it over as one atomic frame before
// any reply of that turn leaves. Recovery sees a frame whole or not at all.

import type { Content } from '../protocol/amqp/content.ts'
import type { Envelope, Message } from './message.ts'
import type { QueueEntry } from './queues/entry.ts'

export interface Timer {
  cancel(): void
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  after(delayMs: number, task: () => void): Timer
}

export interface Random {
  /** `bytes` random bytes as base64url text without padding, for generated names. */
  token(bytes: number): string
}

/** A queue's first-in-first-out part as the log sees it: a number and the next free place in it. */
export interface LaneReference {
  readonly laneId: number
  readonly sequence: number
}

export interface MessageLog {
  /**
   * Gathers one record that holds the message once and places it in every lane given.
   * Returns its position (> 0, rising) and counts one reference for each lane.
   * `sync` tells whether the durable position has to pass it without delay.
   */
  publish(message: Message, lanes: readonly LaneReference[], sync: boolean): number
  /** Stores a message without durability, so that its bytes may leave memory; position < 0, no references yet. */
  spill(message: Message): number
  /** One more, or one less, holder of a stored message; without holders its space is freed. */
  retain(position: number): void
  release(position: number): void
  /**
   * Reads messages back and calls `done` in a later turn, in the order asked. Null stands for a
   * record that is damaged or gone; it has been reported by then.
   */
  load(positions: readonly number[], done: (messages: (Message | null)[]) => void): void
  /** Opens a lane; `durable` lanes survive a restart, and bring back what they held. */
  openLane(laneId: number, durable: boolean): OpenedLane
  /** Writes what the turn gathered, and starts a sync if any of it asked for one. */
  commitTurn(): void
  /** The position of the last record of any kind: what a commit waits for. */
  readonly appendedPosition: number
  /** Everything at or before this position is as safe as the durability mode promises. */
  readonly durablePosition: number
  /** Called in a turn of its own whenever `durablePosition` has risen. */
  onDurable: (() => void) | null
  /** Called when the log stops (reason) or starts (null) taking records: disk full, I/O error. */
  onBlocked: ((reason: string | null) => void) | null
}

/** A lane as recovery found it. New and transient lanes come back empty. */
export interface OpenedLane {
  readonly lane: LaneLog
  readonly nextSequence: number
  /** Places before the delivery cursor that are still alive, in order; bodies not loaded. */
  readonly returned: readonly QueueEntry[]
  /** Everything behind the cursor waits in `lane.backlog`. */
}

/** The log of one lane. Calls on lanes that are not durable cost nothing. */
export interface LaneLog {
  /** The entry left the queue for good (acknowledged, expired, dropped): also releases its message. */
  removed(entry: QueueEntry): void
  /** Entries up to and with this sequence may have been seen by a consumer. */
  delivered(sequence: number): void
  /** As `removed`, for `count` entries whose sequences rise by one; returns their body sizes' sum. */
  removedMany(firstSequence: number, count: number): number
  /** Such entries, without their messages, while they are out. */
  entriesOf(firstSequence: number, count: number): QueueEntry[]
  /** The entry came back and counts `deliveryCount` from now on. */
  returned(entry: QueueEntry): void
  /** Forgets the lane, at any length quickly, and all that it held. */
  drop(): void
  /** The part of the lane that is not in memory. */
  readonly backlog: Backlog
}

/**
 * The paged-out tail of a lane: sequences rise from head to tail, and all of them are greater
 * than those in memory. It keeps positions, not messages, and pages those out as well.
 */
export interface Backlog {
  readonly count: number
  /** Sum of the bodies' sizes. */
  readonly bodyBytes: number
  /** Adds an entry at the tail; its message is stored or gets spilled, and may be forgotten. */
  push(entry: QueueEntry): void
  /**
   * Takes entries with their messages from the head, at least one and within the limits, and calls
   * `done` in a later turn; until then they still count here. They come as entries, or as a run. One
   * take may be under way. A record that cannot be read is reported, removed and left out. `clear`
   * or `drop` cancels it: `done` is then never called.
   */
  take(countMax: number, bytesMax: number, done: Taken): void
  /** Removes everything that waits here, also from the log, and returns how many that were. */
  clear(): number
}

export type Taken = (entries: readonly QueueEntry[], run: StoredRun | null) => void

/** A message as it was read back. */
export interface StoredMessage extends Content {
  readonly envelope: Envelope
}

/**
 * Messages that a backlog has read back and of which nobody has made objects: for who only passes them
 * on. They were never delivered before, and their sequences rise by one.
 */
export interface StoredRun {
  /** How many are left, and the sum of their body sizes. */
  readonly count: number
  readonly bodyBytes: number
  /** The sequence of the first one that is left. */
  readonly firstSequence: number
  /** What all of it holds in memory. */
  readonly memoryBytes: number
  /** The first one that is left. The object is used again: what is to be kept has to be copied. */
  first(): StoredMessage
  /** Leaves the first one out, since it has been delivered. */
  shift(): void
  /** Entries of all that is left, with their messages; nothing is left then. */
  unfold(): QueueEntry[]
}

/** What must survive a restart besides messages: vhosts, users, topology, policies. */
export interface MetadataStore {
  load(): Iterable<MetadataRecord>
  put(kind: string, key: string, value: unknown): void
  delete(kind: string, key: string): void
  /** Whether the last commit failed; it is tried again. Nothing durable may be promised meanwhile. */
  readonly blocked: boolean
  /** Makes all changes since the last commit durable, as one transaction; before replies leave. */
  commit(): void
}

export interface MetadataRecord {
  readonly kind: string
  readonly key: string
  readonly value: unknown
}
