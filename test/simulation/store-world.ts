// A small world for tests of the store: queues that use lanes as the broker's queues do, a naive
// model of what they must find after a crash, and a simulated disk beneath. All from one seed.

import assert from 'node:assert/strict'
import type { Message } from '../../src/broker/message.ts'
import type { Clock, LaneLog, MessageLog, StoredRun } from '../../src/broker/ports.ts'
import { QueueEntry } from '../../src/broker/queues/entry.ts'
import type { DiskLog } from '../../src/storage/disk-log.ts'
import { openStore, type Store } from '../../src/storage/open-store.ts'
import type { Durability } from '../../src/storage/syncer.ts'
import { FaultFiles, SeededRandom } from './fault-files.ts'
import { bodyOf, testMessage } from './message-log.cases.ts'

export const directory = '/data'

/** What the model knows of one message in one lane. */
interface Known {
  readonly body: string
  readonly position: number
  delivered: boolean
  deliveryCount: number
  /** The log's end when the removal was committed; null while the message is there. */
  removedAt: number | null
}

class Timers implements Clock {
  #time = 0
  #timers: { at: number; task: () => void; cancelled: boolean }[] = []

  now(): number {
    return this.#time
  }

  after(delayMs: number, task: () => void): { cancel(): void } {
    const timer = { at: this.#time + delayMs, task, cancelled: false }
    this.#timers.push(timer)
    return {
      cancel: () => {
        timer.cancelled = true
      },
    }
  }

  advance(byMs: number): void {
    this.#time += byMs
    const due = this.#timers.filter((timer) => timer.at <= this.#time)
    this.#timers = this.#timers.filter((timer) => timer.at > this.#time)
    for (const timer of due) if (!timer.cancelled) timer.task()
  }

  clear(): void {
    this.#timers = []
  }
}

/** A queue of one lane. */
export class WorldQueue {
  readonly laneId: number
  readonly durable: boolean
  lane: LaneLog
  next: number
  window: QueueEntry[] = []
  unacked: QueueEntry[] = []
  taking = false
  /** By sequence. Transient messages are not in it. */
  readonly known: Map<number, Known> = new Map()
  readonly bodies: Map<number, string> = new Map()

  constructor(laneId: number, durable: boolean, log: MessageLog) {
    this.laneId = laneId
    this.durable = durable
    const opened = log.openLane(laneId, durable)
    this.lane = opened.lane
    this.next = opened.nextSequence
  }
}

/** What a crash must leave: messages up to `promised`, and of removals those up to `settled`. */
interface Bounds {
  readonly promised: number
  readonly settled: number
  /** Whether what is found now is on the disk. */
  readonly final: boolean
}

interface Seen {
  taken: number
  recovered: number
  crashes: number
  /** Entries that were copied forward. */
  moved: number
}

export interface WorldOptions {
  readonly seed: number
  readonly durability?: Durability
  readonly segmentBytes?: number
  /** Whether some of what a backlog gives is passed on as it is; else all of it becomes entries. */
  readonly passesOn?: boolean
}

export class World {
  readonly files: FaultFiles
  readonly clock: Timers = new Timers()
  readonly random: SeededRandom
  queues: WorldQueue[] = []
  store!: Store
  blocked: string | null = null
  /** Entries that were loaded or taken: proof that the tests reach what they test. */
  readonly seen: Seen = { taken: 0, recovered: 0, crashes: 0, moved: 0 }
  readonly #options: WorldOptions
  #tasks: (() => void)[] = []
  #generation = 0
  #nextLane = 1
  #nextBody = 1
  #passes = false

  constructor(options: WorldOptions) {
    this.#options = options
    this.files = new FaultFiles(options.seed)
    this.random = new SeededRandom(options.seed + 1)
  }

  get log(): DiskLog {
    return this.store.log as DiskLog
  }

  async open(): Promise<void> {
    this.#generation += 1
    const generation = this.#generation
    this.#tasks = []
    this.clock.clear()
    this.blocked = null
    this.#passes = this.#options.passesOn === true
    this.store = await openStore({
      directory,
      durability: this.#options.durability ?? 'fsync',
      segmentBytes: this.#options.segmentBytes ?? 8192,
      checkpointBytes: 20_000,
      pageEntries: 4,
      files: this.files,
      clock: this.clock,
      // What an earlier life of the broker wanted to do later does not happen.
      later: (task) => this.#tasks.push(() => this.#generation === generation && task()),
    })
    this.store.log.onBlocked = (reason) => {
      this.blocked = reason
    }
  }

  addQueue(durable: boolean): WorldQueue {
    const queue = new WorldQueue(this.#nextLane, durable, this.log)
    this.#nextLane += 1
    this.queues.push(queue)
    return queue
  }

  publish(queues: readonly WorldQueue[], persistent: boolean, bodyBytes: number): void {
    const body = `${this.#nextBody}:${'x'.repeat(bodyBytes)}`
    this.#nextBody += 1
    const message = testMessage(body, persistent)
    const stored = persistent ? queues.filter((queue) => queue.durable) : []
    if (stored.length > 0) {
      const lanes = stored.map((queue) => ({ laneId: queue.laneId, sequence: queue.next }))
      message.position = this.log.publish(message, lanes, this.random.below(3) > 0)
    }
    for (const queue of queues) {
      this.#enqueue(queue, message, body, stored.includes(queue) ? message.position : 0)
    }
  }

  deliver(queue: WorldQueue): void {
    const entry = queue.window.shift()
    if (entry === undefined) {
      this.refill(queue)
      return
    }
    queue.unacked.push(entry)
    if (entry.position === 0) return
    queue.lane.delivered(entry.sequence)
    const known = queue.known.get(entry.sequence)
    if (known !== undefined) known.delivered = true
  }

  acknowledge(queue: WorldQueue): void {
    const [entry] = queue.unacked.splice(this.random.below(queue.unacked.length), 1)
    if (entry !== undefined) this.#remove(queue, entry)
  }

  requeue(queue: WorldQueue): void {
    const [entry] = queue.unacked.splice(this.random.below(queue.unacked.length), 1)
    if (entry === undefined) return
    entry.redelivered = true
    entry.deliveryCount += 1
    if (entry.position !== 0) queue.lane.returned(entry)
    const known = queue.known.get(entry.sequence)
    if (known !== undefined) known.deliveryCount = entry.deliveryCount
    queue.window.push(entry)
    queue.window.sort((a, b) => a.sequence - b.sequence)
  }

  refill(queue: WorldQueue): void {
    if (queue.taking || queue.lane.backlog.count === 0) return
    queue.taking = true
    const [countMax, bytesMax] = [1 + this.random.below(6), 100 + this.random.below(2000)]
    queue.lane.backlog.take(countMax, bytesMax, (given, run) => {
      queue.taking = false
      // A queue delivers what it has in memory first, and nothing while the store is being closed.
      const mayPass = this.#passes && queue.window.length === 0
      if (run !== null && mayPass && this.random.below(2) > 0) this.#passOn(queue, run)
      const entries = run?.unfold() ?? given
      for (const entry of entries) {
        assert.equal(bodyOf(entry.message), queue.bodies.get(entry.sequence))
        this.seen.taken += 1
      }
      queue.window.push(...entries)
    })
  }

  /** Delivers some of a run, and acknowledges the first of these. */
  #passOn(queue: WorldQueue, run: StoredRun): void {
    const { firstSequence } = run
    const count = 1 + this.random.below(run.count)
    for (let sequence = firstSequence; sequence < firstSequence + count; sequence += 1) {
      assert.equal(run.firstSequence, sequence)
      const { body, bodyStart, bodyEnd } = run.first()
      assert.equal(
        Buffer.from(body).toString('utf8', bodyStart, bodyEnd),
        queue.bodies.get(sequence),
      )
      run.shift()
      this.seen.taken += 1
      const known = queue.known.get(sequence)
      if (known !== undefined) known.delivered = true
    }
    queue.lane.delivered(firstSequence + count - 1)
    const entries = queue.lane.entriesOf(firstSequence, count)
    const gone = entries.splice(0, this.random.below(count + 1))
    const bytes = gone.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0)
    assert.equal(queue.lane.removedMany(firstSequence, gone.length), bytes)
    for (const { sequence } of gone) this.#forget(queue, sequence)
    queue.unacked.push(...entries)
  }

  purge(queue: WorldQueue): void {
    for (const entry of queue.window.splice(0)) this.#remove(queue, entry)
    const outside = new Set(queue.unacked.map((entry) => entry.sequence))
    queue.lane.backlog.clear()
    queue.taking = false
    for (const [sequence, known] of queue.known) {
      if (!outside.has(sequence)) known.removedAt ??= Number.POSITIVE_INFINITY
    }
  }

  drop(queue: WorldQueue): void {
    queue.lane.drop()
    this.queues = this.queues.filter((other) => other !== queue)
  }

  /** Ends the turn: what was removed in it has its place in the log now. */
  commit(): void {
    this.log.commitTurn()
    const end = this.log.durable.journal.appendPosition
    for (const queue of this.queues) {
      for (const known of queue.known.values()) {
        if (known.removedAt === Number.POSITIVE_INFINITY) known.removedAt = end
      }
    }
  }

  /** Lets one thing happen that is under way; false if there is none. */
  step(): boolean {
    const choices = this.#tasks.length + this.files.pending
    if (choices === 0) return false
    if (this.random.below(choices) < this.#tasks.length) this.#tasks.shift()?.()
    else this.files.completeOne()
    return true
  }

  settle(): void {
    while (this.step()) {
      // Each step is one completion.
    }
  }

  /** Forgets what a power failure or kill may take, opens the store again, and checks it. */
  async crash(power: boolean): Promise<void> {
    if (process.env.DBG)
      console.log(
        'crash',
        power,
        this.log.durablePosition,
        this.log.durable.journal.writtenPosition,
        this.log.durable.journal.syncedPosition,
      )
    this.seen.crashes += 1
    const { durablePosition } = this.log
    const { syncedPosition, committedPosition } = this.log.durable.journal
    if (power) this.files.loosePower()
    else this.files.kill()
    const promised = power ? durablePosition : committedPosition - 1
    const settled = power ? syncedPosition : committedPosition
    await this.#reopen({ promised, settled, final: power })
  }

  /** Closes the store and opens it again: nothing may be missing, nothing come back. */
  async restart(): Promise<void> {
    this.commit()
    this.#passes = false
    const closing = this.store.close()
    let closed = false
    closing.then(
      () => {
        closed = true
      },
      () => {},
    )
    for (let i = 0; i < 20 && !closed; i += 1) {
      this.settle()
      await Promise.resolve()
    }
    assert.ok(closed, 'the store does not close')
    await closing
    const all = Number.POSITIVE_INFINITY
    await this.#reopen({ promised: all, settled: all, final: true })
  }

  /** Loads everything a queue holds, and compares it with what it should be. */
  async verify(): Promise<void> {
    for (const queue of this.queues) {
      for (let left = queue.lane.backlog.count; left > 0; left = queue.lane.backlog.count) {
        this.refill(queue)
        this.settle()
        assert.ok(queue.lane.backlog.count < left, 'a take brought nothing')
      }
      this.#loadMissing(queue)
      for (const entry of [...queue.window, ...queue.unacked]) {
        assert.equal(
          bodyOf(entry.message),
          queue.bodies.get(entry.sequence),
          `lane ${queue.laneId}`,
        )
      }
    }
  }

  #loadMissing(queue: WorldQueue): void {
    const missing = [...queue.window, ...queue.unacked].filter((entry) => entry.message === null)
    if (missing.length === 0) return
    const positions = missing.map((entry) => entry.position)
    this.log.load(positions, (messages) => {
      for (const [i, message] of messages.entries()) missing[i]!.message = message
    })
    this.settle()
  }

  #enqueue(queue: WorldQueue, message: Message, body: string, position: number): void {
    const entry = new QueueEntry(queue.next, message, position, message.bodyBytes)
    queue.next += 1
    queue.bodies.set(entry.sequence, body)
    if (position > 0) {
      const known = { body, position, delivered: false, deliveryCount: 0, removedAt: null }
      queue.known.set(entry.sequence, known)
    }
    if (queue.lane.backlog.count > 0 || queue.window.length >= 3) queue.lane.backlog.push(entry)
    else queue.window.push(entry)
  }

  #remove(queue: WorldQueue, entry: QueueEntry): void {
    if (entry.position !== 0) queue.lane.removed(entry)
    this.#forget(queue, entry.sequence)
  }

  #forget(queue: WorldQueue, sequence: number): void {
    const known = queue.known.get(sequence)
    if (known !== undefined) known.removedAt = Number.POSITIVE_INFINITY
  }

  async #reopen(bounds: Bounds): Promise<void> {
    await this.open()
    assert.equal(this.store.damage.count, 0, JSON.stringify(this.store.damage.listed))
    const before = this.queues.filter((queue) => queue.durable)
    this.queues = []
    for (const queue of before) this.#recovered(queue, bounds)
    this.store.finishRecovery()
  }

  /** Opens a queue's lane again and holds what came back against the model. */
  #recovered(old: WorldQueue, { promised, settled, final }: Bounds): void {
    const opened = this.log.openLane(old.laneId, true)
    const queue = old
    queue.lane = opened.lane
    queue.next = opened.nextSequence
    queue.unacked = []
    queue.taking = false
    queue.window = [...opened.returned]
    const sequences: number[] = []
    for (const entry of opened.returned) {
      assert.equal(entry.redelivered, true)
      sequences.push(entry.sequence)
      const known = queue.known.get(entry.sequence)
      assert.ok(known, `lane ${queue.laneId}: ${entry.sequence} was never published`)
      assert.equal(entry.bodyBytes, known.body.length)
      assert.ok(entry.deliveryCount <= known.deliveryCount)
      if (settled === Number.POSITIVE_INFINITY) {
        assert.equal(entry.deliveryCount, known.deliveryCount)
      }
      known.deliveryCount = entry.deliveryCount
    }
    const cursor = sequences.at(-1) ?? 0
    sequences.push(...this.#listBacklog(queue))
    assert.deepEqual(
      sequences,
      [...new Set(sequences)].sort((a, b) => a - b),
      'in order',
    )
    assert.ok(opened.nextSequence > (sequences.at(-1) ?? 0))
    const there = new Set(sequences)
    for (const [sequence, known] of queue.known) {
      const label = `lane ${queue.laneId} sequence ${sequence} at ${known.position}`
      const mustBeThere = known.removedAt === null && known.position <= promised
      if (process.env.DBG && mustBeThere && !there.has(sequence))
        console.log({
          sequence,
          known,
          promised,
          settled,
          sequences,
          next: opened.nextSequence,
          laneId: old.laneId,
          start: this.log.durable.journal.readStart,
          nums: this.log.durable.segments.numbers,
        })
      if (mustBeThere) assert.ok(there.has(sequence), `lost: ${label}`)
      const mustBeGone = known.removedAt !== null && known.removedAt <= settled
      if (process.env.DBG && mustBeGone && there.has(sequence))
        console.log(
          old.laneId,
          sequence,
          known.position,
          known.removedAt,
          settled,
          final,
          opened.returned.length,
          sequences,
        )
      if (mustBeGone) assert.ok(!there.has(sequence), `came back: ${label}`)
      // A removal that a kill has left in the page cache may still be lost with the power.
      const remembered = !final && known.removedAt !== null
      if (there.has(sequence)) known.removedAt = null
      else if (!remembered) {
        if (process.env.DBG)
          console.log(
            'del',
            old.laneId,
            sequence,
            known.position,
            known.removedAt,
            promised,
            settled,
          )
        queue.known.delete(sequence)
      }
      if (sequence > cursor && there.has(sequence)) {
        known.delivered = false
        known.deliveryCount = 0
      }
    }
    for (const sequence of there) assert.ok(queue.known.has(sequence), `made up: ${sequence}`)
    this.seen.recovered += there.size
    this.queues.push(queue)
  }

  /** What the backlog holds, without taking it: pages on disk are read by a lane of their own. */
  #listBacklog(queue: WorldQueue): number[] {
    const sequences: number[] = []
    const taken: QueueEntry[] = []
    for (let left = queue.lane.backlog.count; left > 0; left = queue.lane.backlog.count) {
      queue.lane.backlog.take(1000, 1e9, (entries, run) => {
        taken.push(...(run?.unfold() ?? entries))
      })
      this.settle()
      assert.ok(queue.lane.backlog.count < left, 'a take brought nothing')
    }
    for (const entry of taken) {
      assert.equal(entry.redelivered, false)
      if (process.env.DBG && bodyOf(entry.message) !== queue.known.get(entry.sequence)?.body)
        console.log(
          'BAD',
          queue.laneId,
          entry.sequence,
          entry.position,
          bodyOf(entry.message),
          [...queue.known].map(([s, k]) => [s, k.position, k.removedAt].join(' ')).join('; '),
          taken.map((e) => e.sequence),
        )
      assert.equal(bodyOf(entry.message), queue.known.get(entry.sequence)?.body)
      sequences.push(entry.sequence)
    }
    queue.window.push(...taken)
    return sequences
  }
}
