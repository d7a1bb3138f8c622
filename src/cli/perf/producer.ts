// Publishes from a ring of ready-made messages, as fast as the socket takes them or to a schedule.
//
// At a fixed rate every message is stamped with the time at which it should have been published, so a
// broker that stalls the publisher is charged for the wait (no coordinated omission).
import type { ConfirmWindow } from './confirm-window.ts'
import type { Paced } from './pacer.ts'
import { type Counters, type Latencies, record } from './stats.ts'
import type { Connection } from './wire/connection.ts'
import type { PublishRing } from './wire/publish-ring.ts'
import { Receiver } from './wire/receiver.ts'

/** One write to the socket; larger ones gain nothing and delay what is read in between. */
const SLICE_BYTES = 65_536
/** Slices handed to the socket in one turn of the loop, and slices it may hold unwritten. */
const SLICES_PER_TURN = 4

export type ProducerPlan = {
  readonly index: number
  /** Messages a second, 0 for as many as possible. */
  readonly rate: number
  /** How many messages to publish, Infinity for no end. */
  readonly limit: number
  readonly latency: boolean
  readonly verify: boolean
}

export type Ledger = {
  readonly clock: () => number
  readonly counters: Counters
  readonly latencies: Latencies
  readonly times: ActivityTimes
  readonly fail: (error: Error) => void
}

/** When the last of each happened, in microseconds; 0 for never. */
export type ActivityTimes = {
  published: number
  confirmed: number
  firstReceived: number
  received: number
}

export class Producer extends Receiver implements Paced {
  readonly #connection: Connection
  readonly #ring: PublishRing
  readonly #plan: ProducerPlan
  readonly #ledger: Ledger
  readonly #window: ConfirmWindow | undefined
  #sent = 0
  #slicesOpen = 0
  #isRunning = false
  #isPaused = false
  #isScheduled = false
  #startUs = 0

  constructor(
    connection: Connection,
    source: { readonly ring: PublishRing; readonly window: ConfirmWindow | undefined },
    plan: ProducerPlan,
    ledger: Ledger,
  ) {
    super()
    this.#connection = connection
    this.#ring = source.ring
    this.#window = source.window
    this.#plan = plan
    this.#ledger = ledger
    connection.setReceiver(this)
  }

  get unconfirmed(): number {
    return this.#window?.open ?? 0
  }

  start(): void {
    this.#isRunning = true
    this.#startUs = this.#ledger.clock()
    if (this.#plan.rate === 0) this.#pump()
  }

  stop(): void {
    this.#isRunning = false
  }

  tick(nowUs: number): void {
    const { rate, limit } = this.#plan
    // The first message is due at once, the others an interval after the one before.
    const due = Math.min(limit, Math.floor(((nowUs - this.#startUs) * rate) / 1e6) + 1)
    while (this.#sent < due && this.#mayWrite()) {
      if (this.#write(due - this.#sent, nowUs) === 0) return
    }
  }

  #mayWrite(): boolean {
    return this.#isRunning && !this.#isPaused && this.#slicesOpen < SLICES_PER_TURN
  }

  #pump(): void {
    for (let slice = 0; slice < SLICES_PER_TURN; slice += 1) {
      const left = this.#plan.limit - this.#sent
      if (left === 0 || !this.#mayWrite()) return
      const now = this.#plan.latency || this.#window !== undefined ? this.#ledger.clock() : 0
      if (this.#write(left, now) === 0) return
    }
    this.#schedule()
  }

  /** Goes on in the next turn of the loop, so that sockets are read between slices. */
  #schedule(): void {
    if (this.#isScheduled || this.#plan.rate > 0) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#pump()
    })
  }

  /** Publishes up to `wanted` messages in one write and returns how many it were. */
  #write(wanted: number, nowUs: number): number {
    const room = this.#window === undefined ? wanted : Math.min(wanted, this.#window.room)
    const count = this.#ring.available(room, SLICE_BYTES)
    if (count === 0) return 0
    this.#mark(count, nowUs)
    const slice = this.#ring.take(count)
    this.#sent += count
    this.#slicesOpen += 1
    this.#connection.socket.write(slice, (error) => this.#onWritten(count, error))
    return count
  }

  #onWritten(count: number, error: Error | null | undefined): void {
    this.#slicesOpen -= 1
    this.#ring.release(count)
    if (error) return
    this.#ledger.counters.published += count
    this.#ledger.times.published = this.#ledger.clock()
    this.#schedule()
  }

  #mark(count: number, nowUs: number): void {
    const { latency, verify, index } = this.#plan
    const isPaced = this.#plan.rate > 0
    for (let offset = 0; offset < count; offset += 1) {
      if (isPaced) this.#markPaced(offset, nowUs)
      else {
        // At full speed one message of each slice is sample enough and costs nothing.
        if (latency) this.#ring.stamp(offset, offset === 0 ? nowUs : 0)
        this.#window?.publish(nowUs)
      }
      if (verify) this.#ring.number(offset, index, this.#sent + offset)
    }
  }

  #markPaced(offset: number, nowUs: number): void {
    const intendedUs = this.#startUs + ((this.#sent + offset) * 1e6) / this.#plan.rate
    this.#ring.stamp(offset, intendedUs)
    this.#window?.publish(intendedUs)
    record(this.#ledger.latencies.lag, nowUs - intendedUs)
  }

  override onConfirm(tag: number, multiple: boolean, accepted: boolean): void {
    if (this.#window === undefined) return
    const { counters, latencies, times, clock } = this.#ledger
    const now = clock()
    times.confirmed = now
    const settled = this.#window.settle(tag, multiple, (sentAt) =>
      record(latencies.confirm, now - sentAt),
    )
    if (accepted) counters.confirmed += settled
    else counters.nacked += settled
  }

  override onReturn(): void {
    this.#ledger.counters.returned += 1
  }

  override onPause(paused: boolean): void {
    this.#isPaused = paused
    if (!paused) this.#schedule()
  }

  override onReadEnd(): void {
    if (this.#window !== undefined && this.#plan.rate === 0) this.#pump()
  }

  override onFailure(error: Error): void {
    this.#ledger.fail(error)
  }
}
