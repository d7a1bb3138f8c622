// One first-in-first-out lane of a queue: what came back, a window in memory, runs that were read back
// and not looked at, and a backlog on disk. A queue has one lane, a priority queue one for each
// priority in use.
//
//   head                                                                            tail
//   | returned (requeued, by sequence) | window (in memory) | runs | backlog (paged out) |
//
// Sequences rise from left to right at all times, so a requeued entry finds its old place.

import { Deque } from '../../base/deque.ts'
import type { MemoryBudget } from '../memory-budget.ts'
import { type Message, nowhere } from '../message.ts'
import type { LaneLog, LaneReference, MessageLog, OpenedLane, StoredRun } from '../ports.ts'
import { QueueEntry } from './entry.ts'

/** A lane keeps this many entries in memory even when the budget is spent: its next deliveries. */
const windowCountMin = 128
/** ... unless their bodies are larger than this together. */
const windowBytesMin = 256 << 10
/** Up to here more is loaded if its bodies are small, so that it is there before the last goes out. */
const refillCount = 1024
/** A list of returned entries is cut when more than this, and more than half of it, have gone. */
const sparseMin = 1024
/**
 * One read of the backlog asks for at most this much: messages that are delivered before the next
 * collection of garbage cost a third less than those that have to be moved in memory first.
 */
const takeCountMax = 1024
const takeBytesMax = 1 << 20

export interface LaneContext {
  readonly log: MessageLog
  readonly budget: MemoryBudget
  /** Called when entries that were asked for have arrived, in a turn of its own. */
  readonly loaded: () => void
  /** Called with each entry that leaves for good, save those that leave with all others. */
  readonly forgotten?: (entry: QueueEntry) => void
}

export class Lane implements LaneReference {
  readonly laneId: number
  /** The lane alone in a list: what a publish to a single queue passes to the log. */
  readonly alone: readonly [Lane] = [this]
  readonly index: number
  readonly log: LaneLog
  readonly #context: LaneContext
  #returned: QueueEntry[] = []
  #returnedHead = 0
  #returnedBytes = 0
  readonly #window = new Deque<QueueEntry>()
  #windowBytes = 0
  readonly #runs = new Deque<StoredRun>()
  #runCount = 0
  #runBytes = 0
  #paged = 0
  #nextSequence: number
  /** Who waits for messages of entries that are out, in order. */
  readonly #loads = new Deque<{ isLoaded: boolean; readonly done: () => void }>()
  #taking = false
  #reloading = false
  /** Rises when what waits is thrown away, so that a load under way knows it comes too late. */
  #generation = 0
  #dropped = false
  /** Messages up to here have been moved out of their chunks. */
  #unpinnedSequence = 0

  constructor(laneId: number, index: number, durable: boolean, context: LaneContext) {
    const opened: OpenedLane = context.log.openLane(laneId, durable)
    this.laneId = laneId
    this.index = index
    this.log = opened.lane
    this.#context = context
    this.#nextSequence = opened.nextSequence
    this.#returned = [...opened.returned]
    for (const entry of this.#returned) {
      entry.lane = index
      this.#returnedBytes += entry.bodyBytes
    }
    this.#paged = opened.lane.backlog.count
  }

  /** The sequence that the next message gets. */
  get sequence(): number {
    return this.#nextSequence
  }

  /** Entries that wait for delivery, wherever they are. */
  get count(): number {
    return this.inMemoryCount + this.#paged
  }

  get inMemoryCount(): number {
    return this.#returned.length - this.#returnedHead + this.#window.length + this.#runCount
  }

  /** Sum of the body sizes of what waits. */
  get bodyBytes(): number {
    return this.#returnedBytes + this.#windowBytes + this.#runBytes + this.log.backlog.bodyBytes
  }

  push(message: Message, position: number): void {
    const entry = new QueueEntry(this.#nextSequence, message, position, message.bodyBytes)
    entry.lane = this.index
    this.#nextSequence += 1
    if (this.#paged > 0 || this.#mustPage()) {
      this.log.backlog.push(entry)
      this.#paged += 1
      return
    }
    if (this.#runCount > 0) this.#unfold()
    this.#intoWindow(entry, message)
  }

  /** The next entry for delivery, or null when there is none or its message is being loaded. */
  peek(): QueueEntry | null {
    if (this.#returnedHead < this.#returned.length) {
      const entry = this.#returned[this.#returnedHead]!
      if (entry.message !== null) return entry
      this.#reload()
      return null
    }
    if (this.#window.length === 0 && this.#runCount > 0) this.#unfold()
    const entry = this.#window.peek()
    if (entry !== undefined) return entry
    if (this.#paged > 0) this.#refill()
    return null
  }

  /** The run whose first message is the next one of the lane; null if that is no run's. */
  get run(): StoredRun | null {
    if (this.#runCount === 0 || this.#window.length > 0 || this.#returned.length > 0) return null
    return this.#runs.peek()!
  }

  /** The first ones of `run`, `count` with bodies of so many bytes, have been delivered. */
  passed(count: number, bodyBytes: number): void {
    this.#runCount -= count
    this.#runBytes -= bodyBytes
    const run = this.#runs.peek()!
    if (run.count === 0) {
      this.#runs.shift()
      this.#context.budget.giveBack(run.memoryBytes)
    }
    if (this.#paged > 0 && this.#isLow) this.#refill()
  }

  /** As `forget`, of `count` entries of runs, whose sequences rise by one; returns their body sizes' sum. */
  forgetMany(firstSequence: number, count: number): number {
    return this.#dropped ? 0 : this.log.removedMany(firstSequence, count)
  }

  /** Such entries, which are out. */
  entriesOf(firstSequence: number, count: number): QueueEntry[] {
    const entries = this.#dropped
      ? Array.from({ length: count }, (_, i) => new QueueEntry(firstSequence + i, null, nowhere, 0))
      : this.log.entriesOf(firstSequence, count)
    for (const entry of entries) entry.lane = this.index
    return entries
  }

  /** Takes the entry that `peek` has just returned. */
  shift(): QueueEntry {
    if (this.#returnedHead < this.#returned.length) {
      const entry = this.#returned[this.#returnedHead]!
      this.#returnedHead += 1
      this.#returnedBytes -= entry.bodyBytes
      if (this.#returnedHead === this.#returned.length) {
        this.#returned = []
        this.#returnedHead = 0
      } else if (this.#returnedHead > sparseMin && this.#returnedHead * 2 > this.#returned.length) {
        // What has gone out must not be held by the list of what has not.
        this.#returned = this.#returned.slice(this.#returnedHead)
        this.#returnedHead = 0
      }
      return entry
    }
    const entry = this.#window.shift()!
    this.#windowBytes -= entry.bodyBytes
    if (this.#paged > 0 && this.#isLow) this.#refill()
    return entry
  }

  /** Puts entries back at their original places. `entries` are sorted by sequence. */
  requeue(entries: readonly QueueEntry[]): void {
    for (const entry of entries) this.#returnedBytes += entry.bodyBytes
    if (this.#unshift(entries)) return
    const waiting = this.#returned
    const merged: QueueEntry[] = []
    let left = this.#returnedHead
    for (const entry of entries) {
      while (left < waiting.length && waiting[left]!.sequence < entry.sequence) {
        merged.push(waiting[left]!)
        left += 1
      }
      merged.push(entry)
    }
    while (left < waiting.length) merged.push(waiting[left++]!)
    this.#returned = merged
    this.#returnedHead = 0
  }

  /** The usual return is that of the last deliveries: their places before the head are still free. */
  #unshift(entries: readonly QueueEntry[]): boolean {
    const start = this.#returnedHead - entries.length
    const next = this.#returned[this.#returnedHead]
    if (start < 0 || next === undefined || entries.at(-1)!.sequence > next.sequence) return false
    for (let i = 0; i < entries.length; i += 1) this.#returned[start + i] = entries[i]!
    this.#returnedHead = start
    return true
  }

  /** Removes all that wait for delivery and returns how many they were. */
  purge(): number {
    const purged = this.count
    this.#unfold()
    for (let i = this.#returnedHead; i < this.#returned.length; i += 1) {
      this.forget(this.#returned[i]!)
    }
    this.#returned = []
    this.#returnedHead = 0
    this.#returnedBytes = 0
    for (let entry = this.#window.shift(); entry !== undefined; entry = this.#window.shift()) {
      this.forget(entry)
    }
    this.#windowBytes = 0
    this.log.backlog.clear()
    this.#abandonLoads()
    return purged
  }

  /** The entry has left the queue for good: neither memory nor log need to keep it. */
  forget(entry: QueueEntry): void {
    this.#context.forgotten?.(entry)
    if (entry.message !== null) this.#context.budget.release(entry.message)
    if (entry.position !== nowhere && !this.#dropped) this.log.removed(entry)
  }

  /** Lets the message of an entry that is out leave memory; it is loaded again if it comes back. */
  unload(entry: QueueEntry): void {
    if (entry.message === null || entry.position === nowhere) return
    this.#context.budget.release(entry.message)
    entry.message = null
  }

  /**
   * Calls `done` when the message of an entry that is out is in memory, or cannot be read: at once, or
   * in a later turn if it has to be loaded, and always in the order of the calls. Until it is
   * forgotten the log keeps it as out: after a crash it would be back.
   */
  whenLoaded(entry: QueueEntry, done: () => void): void {
    const isLoaded = entry.message !== null
    if (isLoaded && this.#loads.length === 0) {
      done()
      return
    }
    const load = { isLoaded, done }
    this.#loads.push(load)
    if (isLoaded) return
    this.#context.log.load([entry.position], ([message = null]) => {
      entry.message = message
      if (message !== null) this.#context.budget.hold(message)
      load.isLoaded = true
      while (this.#loads.peek()?.isLoaded === true) this.#loads.shift()!.done()
      this.#context.loaded()
    })
  }

  /** The queue is gone, with all that waits in it. */
  drop(): void {
    for (let i = this.#returnedHead; i < this.#returned.length; i += 1) {
      this.#releaseMemory(this.#returned[i]!)
    }
    for (let i = 0; i < this.#window.length; i += 1) this.#releaseMemory(this.#window.at(i)!)
    this.#returned = []
    this.#returnedHead = 0
    this.#returnedBytes = 0
    this.#window.clear()
    this.#windowBytes = 0
    this.#dropRuns()
    this.#abandonLoads()
    this.#dropped = true
    this.log.drop()
  }

  /** Moves messages that came before `beforeMs` out of the chunks they came in. */
  unpin(keep: { take(bytes: number): Buffer }, beforeMs: number): void {
    const window = this.#window
    let index = window.length
    // From the tail back to those that have been moved already, then forward again.
    while (index > 0 && window.at(index - 1)!.sequence > this.#unpinnedSequence) index -= 1
    for (; index < window.length; index += 1) {
      const { message, sequence } = window.at(index)!
      if (message === null || message.publishedAtMs >= beforeMs) return
      message.unpin(keep)
      this.#unpinnedSequence = sequence
    }
  }

  /** The waiting entries in memory, in order: for looking, not taking. */
  *waiting(): Generator<QueueEntry> {
    this.#unfold()
    for (let i = this.#returnedHead; i < this.#returned.length; i += 1) yield this.#returned[i]!
    for (let i = 0; i < this.#window.length; i += 1) yield this.#window.at(i)!
  }

  /** Removes some of the waiting entries in memory, wherever they stand, and returns which were there. */
  discard(entries: ReadonlySet<QueueEntry>): QueueEntry[] {
    // An entry without a message may be being loaded: it stays.
    const found = [...this.waiting()].filter(
      (entry) => entries.has(entry) && entry.message !== null,
    )
    if (found.length === 0) return found
    const gone = new Set(found)
    const kept = this.#returned.slice(this.#returnedHead).filter((entry) => !gone.has(entry))
    this.#returnedBytes = kept.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0)
    this.#returned = kept
    this.#returnedHead = 0
    for (let left = this.#window.length; left > 0; left -= 1) {
      const entry = this.#window.shift()!
      if (gone.has(entry)) this.#windowBytes -= entry.bodyBytes
      else this.#window.push(entry)
    }
    for (const entry of found) this.forget(entry)
    return found
  }

  #abandonLoads(): void {
    this.#paged = 0
    this.#taking = false
    this.#reloading = false
    this.#generation += 1
  }

  #releaseMemory(entry: QueueEntry): void {
    if (entry.message !== null) this.#context.budget.release(entry.message)
  }

  get #isLow(): boolean {
    const length = this.#window.length + this.#runCount
    const bytes = this.#windowBytes + this.#runBytes
    return length <= windowCountMin || (length <= refillCount && bytes < windowBytesMin)
  }

  #mustPage(): boolean {
    if (!this.#context.budget.exceeded) return false
    const length = this.#window.length + this.#runCount
    return length >= windowCountMin || this.#windowBytes + this.#runBytes >= windowBytesMin
  }

  #intoWindow(entry: QueueEntry, message: Message): void {
    this.#context.budget.hold(message)
    this.#window.push(entry)
    this.#windowBytes += entry.bodyBytes
  }

  #refill(): void {
    if (this.#taking) return
    this.#taking = true
    const generation = this.#generation
    this.log.backlog.take(takeCountMax, takeBytesMax, (entries, run) => {
      if (this.#generation !== generation) return
      this.#taking = false
      if (run !== null) this.#addRun(run)
      this.#addAll(entries)
      this.#paged = this.log.backlog.count
      this.#context.loaded()
    })
  }

  #addRun(run: StoredRun): void {
    // Whoever wants to hear of entries that leave gets to see them.
    if (this.#context.forgotten !== undefined) {
      this.#addAll(run.unfold())
      return
    }
    this.#runs.push(run)
    this.#runCount += run.count
    this.#runBytes += run.bodyBytes
    this.#context.budget.reserve(run.memoryBytes)
  }

  #addAll(entries: readonly QueueEntry[]): void {
    if (entries.length > 0 && this.#runCount > 0) this.#unfold()
    for (const entry of entries) {
      entry.lane = this.index
      this.#intoWindow(entry, entry.message!)
    }
  }

  /** Makes entries of all runs: somebody wants to look at them, or something has to come behind. */
  #unfold(): void {
    const unfolded: QueueEntry[] = []
    for (let i = 0; i < this.#runs.length; i += 1) unfolded.push(...this.#runs.at(i)!.unfold())
    this.#dropRuns()
    this.#addAll(unfolded)
  }

  #dropRuns(): void {
    for (let run = this.#runs.shift(); run !== undefined; run = this.#runs.shift()) {
      this.#context.budget.giveBack(run.memoryBytes)
    }
    this.#runCount = 0
    this.#runBytes = 0
  }

  /** Loads the bodies of entries that came back from a restart. */
  #reload(): void {
    if (this.#reloading) return
    this.#reloading = true
    const entries: QueueEntry[] = []
    let bytes = 0
    for (let i = this.#returnedHead; i < this.#returned.length; i += 1) {
      const entry = this.#returned[i]!
      if (entry.message !== null || entries.length >= windowCountMin) break
      bytes += entry.bodyBytes
      if (entries.length > 0 && bytes > takeBytesMax) break
      entries.push(entry)
    }
    const positions = entries.map((entry) => entry.position)
    const generation = this.#generation
    this.#context.log.load(positions, (messages) => {
      if (this.#generation === generation) this.#reloaded(entries, messages)
    })
  }

  #reloaded(entries: readonly QueueEntry[], messages: readonly (Message | null)[]): void {
    this.#reloading = false
    const lost = new Set<QueueEntry>()
    entries.forEach((entry, i) => {
      const message = messages[i] ?? null
      if (message === null) {
        lost.add(entry)
        return
      }
      entry.message = message
      this.#context.budget.hold(message)
    })
    if (lost.size > 0) {
      this.#returned = this.#returned.slice(this.#returnedHead).filter((entry) => !lost.has(entry))
      this.#returnedHead = 0
      for (const entry of lost) {
        this.#returnedBytes -= entry.bodyBytes
        this.log.removed(entry)
      }
    }
    this.#context.loaded()
  }
}
