// Spans on their way to the collector: a bounded queue that leaves in batches, one at a time. What does
// not fit is dropped and counted; messages never wait for it.

import type { Logger } from '../base/logger.ts'
import type { Span } from './span.ts'

export type Sent =
  | { readonly kind: 'taken'; readonly rejectedCount: number; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string }
  /** The collector is busy or away; `afterMs` is what it asked for. */
  | { readonly kind: 'again'; readonly reason: string; readonly afterMs: number | null }

export interface ExporterOptions {
  readonly queueMax: number
  readonly batchMax: number
  readonly intervalMs: number
  readonly logger: Logger
  readonly send: (spans: readonly Span[]) => Promise<Sent>
}

export interface ExporterFacts {
  readonly exported: number
  /** For want of room: the collector did not keep up. */
  readonly dropped: number
  /** What the collector did not take, or could not be given in time. */
  readonly failed: number
  readonly queued: number
}

const attemptsMax = 5
const firstWaitMs = 1000
const waitMaxMs = 30_000
/** What the collector gets at the end. */
const stopMs = 2000
/** Trouble that goes on is told no more often than this. */
const complainMs = 60_000

export class SpanExporter {
  readonly #options: ExporterOptions
  #queue: Span[] = []
  #exported = 0
  #dropped = 0
  #failed = 0
  #sending: Promise<void> | null = null
  #stopped = false
  #wake: (() => void) | null = null
  readonly #timer: NodeJS.Timeout
  #complainedAtMs = Number.NEGATIVE_INFINITY
  #toldDropped = 0

  constructor(options: ExporterOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.#startSending(), options.intervalMs)
    this.#timer.unref()
  }

  get facts(): ExporterFacts {
    return {
      exported: this.#exported,
      dropped: this.#dropped,
      failed: this.#failed,
      queued: this.#queue.length,
    }
  }

  add(span: Span): void {
    const { queueMax, batchMax } = this.#options
    if (this.#queue.length >= queueMax) {
      this.#dropped += 1
      return
    }
    this.#queue.push(span)
    if (this.#queue.length >= batchMax) this.#startSending()
  }

  /** Sends what there is, once and without patience: a collector that hangs does not hold up the end. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    this.#wake?.()
    const sent = async (): Promise<void> => {
      await this.#sending
      this.#startSending()
      await this.#sending
    }
    let patience: NodeJS.Timeout | undefined
    const enough = new Promise<void>((resolve) => {
      patience = setTimeout(resolve, stopMs)
    })
    await Promise.race([sent(), enough])
    clearTimeout(patience)
  }

  #startSending(): void {
    if (this.#sending !== null || this.#queue.length === 0) return
    this.#sending = this.#sendAll().finally(() => {
      this.#sending = null
    })
  }

  async #sendAll(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, this.#options.batchMax)
      const sent = await this.#sendBatch(batch)
      if (sent.kind === 'taken') {
        const rejected = Math.min(Math.max(sent.rejectedCount, 0), batch.length)
        this.#exported += batch.length - rejected
        this.#failed += rejected
        if (rejected > 0) this.#complain(sent.reason)
      } else {
        this.#failed += batch.length
        this.#complain(sent.reason)
      }
      if (this.#dropped > this.#toldDropped) this.#complain('more spans than the collector takes')
    }
  }

  async #sendBatch(batch: readonly Span[]): Promise<Sent> {
    for (let attempt = 1; ; attempt += 1) {
      const sent = await this.#options.send(batch)
      if (sent.kind !== 'again' || attempt === attemptsMax || this.#stopped) return sent
      const waitMs = Math.min(sent.afterMs ?? firstWaitMs * 2 ** (attempt - 1), waitMaxMs)
      await this.#wait(waitMs)
    }
  }

  /** Until the time has passed, or the end is near. */
  #wait(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, waitMs)
      timer.unref()
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #complain(reason: string): void {
    const nowMs = performance.now()
    if (nowMs - this.#complainedAtMs < complainMs) return
    this.#complainedAtMs = nowMs
    this.#toldDropped = this.#dropped
    this.#options.logger.warn('traces are lost', { reason, ...this.facts })
  }
}
