// A message log that keeps everything in memory: for brokers without a data directory and for tests
// of the core. Same behaviour as the log on disk, save that nothing survives the process.

import type { Message } from '../broker/message.ts'
import { nowhere } from '../broker/message.ts'
import type {
  Backlog,
  LaneLog,
  LaneReference,
  MessageLog,
  OpenedLane,
  Taken,
} from '../broker/ports.ts'
import { QueueEntry } from '../broker/queues/entry.ts'
import { MemoryRun } from './memory-run.ts'

/** Runs a task in a later turn. */
export type Later = (task: () => void) => void

interface Held {
  readonly message: Message
  references: number
}

export class MemoryLog implements MessageLog {
  onDurable: (() => void) | null = null
  onBlocked: ((reason: string | null) => void) | null = null
  readonly #later: Later
  readonly #held = new Map<number, Held>()
  readonly #lanes = new Map<number, MemoryLane>()
  #lastPosition = 0
  #lastSpill = 0
  #durablePosition = 0
  #noticePending = false

  constructor(later: Later) {
    this.#later = later
  }

  get durablePosition(): number {
    return this.#durablePosition
  }

  get appendedPosition(): number {
    return this.#lastPosition
  }

  publish(message: Message, lanes: readonly LaneReference[], _sync: boolean): number {
    this.#lastPosition += 1
    this.#held.set(this.#lastPosition, { message, references: lanes.length })
    for (const { laneId, sequence } of lanes) {
      this.#lanes.get(laneId)?.positions.set(sequence, this.#lastPosition)
    }
    return this.#lastPosition
  }

  spill(message: Message): number {
    this.#lastSpill -= 1
    this.#held.set(this.#lastSpill, { message, references: 0 })
    return this.#lastSpill
  }

  retain(position: number): void {
    const held = this.#held.get(position)
    if (held !== undefined) held.references += 1
  }

  release(position: number): void {
    const held = this.#held.get(position)
    if (held === undefined) return
    held.references -= 1
    if (held.references <= 0) this.#held.delete(position)
  }

  load(positions: readonly number[], done: (messages: (Message | null)[]) => void): void {
    const asked = [...positions]
    this.#later(() => done(asked.map((position) => this.#held.get(position)?.message ?? null)))
  }

  bodyBytesOf(position: number): number {
    return this.#held.get(position)?.message.bodyBytes ?? 0
  }

  openLane(laneId: number, _durable: boolean): OpenedLane {
    const lane = new MemoryLane(this, this.#later, () => this.#lanes.delete(laneId))
    this.#lanes.set(laneId, lane)
    return { lane, nextSequence: 1, returned: [] }
  }

  commitTurn(): void {
    if (this.#lastPosition === this.#durablePosition) return
    this.#durablePosition = this.#lastPosition
    if (this.#noticePending) return
    this.#noticePending = true
    this.#later(() => {
      this.#noticePending = false
      this.onDurable?.()
    })
  }

  /** Makes sure that a message can be found by position, and counts one more holder. */
  hold(message: Message): number {
    if (message.position === nowhere || !this.#held.has(message.position)) {
      message.position = this.spill(message)
    }
    this.retain(message.position)
    return message.position
  }
}

class MemoryLane implements LaneLog {
  /** Positions that the lane's entries outside the backlog hold, by sequence. */
  readonly positions = new Map<number, number>()
  readonly backlog: MemoryBacklog
  readonly #log: MemoryLog
  readonly #forget: () => void

  constructor(log: MemoryLog, later: Later, forget: () => void) {
    this.#log = log
    this.#forget = forget
    this.backlog = new MemoryBacklog(log, later, this.positions)
  }

  removed(entry: QueueEntry): void {
    const position = this.positions.get(entry.sequence)
    if (position === undefined) return
    this.positions.delete(entry.sequence)
    this.#log.release(position)
  }

  removedMany(firstSequence: number, count: number): number {
    let bodyBytes = 0
    for (const entry of this.entriesOf(firstSequence, count)) {
      bodyBytes += entry.bodyBytes
      this.removed(entry)
    }
    return bodyBytes
  }

  entriesOf(firstSequence: number, count: number): QueueEntry[] {
    const entries: QueueEntry[] = []
    for (let sequence = firstSequence; sequence < firstSequence + count; sequence += 1) {
      const position = this.positions.get(sequence)!
      entries.push(new QueueEntry(sequence, null, position, this.#log.bodyBytesOf(position)))
    }
    return entries
  }

  delivered(_sequence: number): void {}

  returned(_entry: QueueEntry): void {}

  drop(): void {
    this.backlog.clear()
    for (const position of this.positions.values()) this.#log.release(position)
    this.positions.clear()
    this.#forget()
  }
}

class MemoryBacklog implements Backlog {
  bodyBytes = 0
  readonly #log: MemoryLog
  readonly #later: Later
  // Entries before #head have been taken; they are cut off once they are the larger part.
  #entries: QueueEntry[] = []
  #head = 0
  // Raised by clear, so that a take that is under way finds itself cancelled.
  #generation = 0

  readonly #positions: Map<number, number>

  constructor(log: MemoryLog, later: Later, positions: Map<number, number>) {
    this.#log = log
    this.#later = later
    this.#positions = positions
  }

  get count(): number {
    return this.#entries.length - this.#head
  }

  push(entry: QueueEntry): void {
    if (entry.position === nowhere && entry.message !== null) {
      entry.position = this.#log.hold(entry.message)
    }
    this.#positions.delete(entry.sequence)
    this.#entries.push(entry)
    this.bodyBytes += entry.bodyBytes
  }

  take(countMax: number, bytesMax: number, done: Taken): void {
    const generation = this.#generation
    this.#later(() => {
      if (generation !== this.#generation) return
      const entries = this.#cut(countMax, bytesMax)
      if (MemoryRun.isRun(entries)) done([], new MemoryRun(entries))
      else done(entries, null)
    })
  }

  clear(): number {
    const cleared = this.count
    for (let i = this.#head; i < this.#entries.length; i += 1) {
      const entry = this.#entries[i]
      if (entry !== undefined && entry.position !== nowhere) this.#log.release(entry.position)
    }
    this.#entries = []
    this.#head = 0
    this.bodyBytes = 0
    this.#generation += 1
    return cleared
  }

  #cut(countMax: number, bytesMax: number): QueueEntry[] {
    const taken: QueueEntry[] = []
    let bytes = 0
    while (taken.length < countMax || taken.length === 0) {
      const entry = this.#entries[this.#head]
      if (entry === undefined) break
      if (taken.length > 0 && bytes + entry.bodyBytes > bytesMax) break
      bytes += entry.bodyBytes
      taken.push(entry)
      this.#positions.set(entry.sequence, entry.position)
      this.#head += 1
    }
    this.bodyBytes -= bytes
    if (this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head)
      this.#head = 0
    }
    return taken
  }
}
