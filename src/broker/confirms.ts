// Publisher confirms of one channel [RMQ: confirms]: each publish gets the next number and is
// answered when the log has made it safe. Answers go out in order, so that many become one
// `multiple`; a run of publishes that wait for the same position is one record here.

import { Deque } from '../base/deque.ts'
import type { Gate } from './gate.ts'

interface Run {
  readonly last: number
  /** The log position that must be durable first. */
  readonly position: number
  /** What has to be open as well, or null. */
  readonly gate: Gate | null
  readonly refused: boolean
}

export interface ConfirmSink {
  confirm(deliveryTag: number, multiple: boolean): void
  refuse(deliveryTag: number, multiple: boolean): void
}

export class Confirms {
  readonly #runs = new Deque<Run>()
  /** The number of the last publish that was answered. */
  #answered = 0
  /** The run that is still growing: publishes up to `#open`, waiting for `#openPosition`. */
  #open = 0
  #openPosition = 0
  #openGate: Gate | null = null
  #openRefused = false
  #next = 1

  get unconfirmedCount(): number {
    return this.#next - 1 - this.#answered
  }

  /**
   * A publish that is safe when `position` is durable, 0 if there is nothing to wait for, and the
   * gate is open.
   */
  expect(position: number, gate: Gate | null = null): void {
    this.#grow(Math.max(position, this.#openPosition), gate, false)
  }

  /** A publish that a queue has refused. */
  refuse(): void {
    this.#grow(this.#openPosition, null, true)
  }

  /** Answers what is safe by now; returns whether anything still waits. */
  settle(durablePosition: number, sink: ConfirmSink): boolean {
    let confirmed = 0
    for (let run = this.#runs.peek(); run !== undefined; run = this.#runs.peek()) {
      if (run.position > durablePosition || run.gate?.open === false) {
        return this.#send(confirmed, sink, true)
      }
      this.#runs.shift()
      if (run.refused) {
        this.#send(confirmed, sink, true)
        confirmed = 0
        this.#answer(run.last, sink, true)
      } else confirmed = run.last
    }
    if (this.#open > 0 && this.#openPosition <= durablePosition && this.#openGate?.open !== false) {
      const last = this.#open
      this.#open = 0
      if (!this.#openRefused) confirmed = last
      else {
        this.#send(confirmed, sink, true)
        confirmed = 0
        this.#answer(last, sink, true)
      }
    }
    return this.#send(confirmed, sink, this.#open > 0)
  }

  #grow(position: number, gate: Gate | null, refused: boolean): void {
    if (
      this.#open > 0 &&
      (position !== this.#openPosition || refused !== this.#openRefused || gate !== this.#openGate)
    ) {
      this.#runs.push({
        last: this.#open,
        position: this.#openPosition,
        gate: this.#openGate,
        refused: this.#openRefused,
      })
    }
    this.#open = this.#next
    this.#openPosition = position
    this.#openGate = gate
    this.#openRefused = refused
    this.#next += 1
  }

  #send(last: number, sink: ConfirmSink, waiting: boolean): boolean {
    if (last > 0) this.#answer(last, sink, false)
    return waiting
  }

  #answer(last: number, sink: ConfirmSink, refused: boolean): void {
    const multiple = last - this.#answered > 1
    this.#answered = last
    if (refused) sink.refuse(last, multiple)
    else sink.confirm(last, multiple)
  }
}
