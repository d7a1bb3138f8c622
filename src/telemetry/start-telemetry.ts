// Joins the parts: what follows messages, and what sends the spans away. Loaded where a collector is
// configured; without one nothing of this folder is.

import { randomFillSync } from 'node:crypto'
import type { Logger } from '../base/logger.ts'
import type { MessageSpans } from '../broker/message-spans.ts'
import { Collector } from './collector.ts'
import { MessageTelemetry } from './message-telemetry.ts'
import { encodeSpans } from './otlp-json.ts'
import { Sampler, type SamplerName } from './sampler.ts'
import type { Attributes } from './span.ts'
import { type ExporterFacts, SpanExporter } from './span-exporter.ts'

export interface TelemetryOptions {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly sampler: SamplerName
  readonly ratio: number
  readonly queueMax: number
  readonly batchMax: number
  readonly intervalMs: number
  readonly resource: Attributes
  readonly version: string
  readonly logger: Logger
}

export interface Telemetry {
  readonly spans: MessageSpans
  readonly facts: ExporterFacts
  stop(): Promise<void>
}

export function startTelemetry(options: TelemetryOptions): Telemetry {
  const collector = new Collector(options)
  const exporter = new SpanExporter({
    ...options,
    send: (spans) => collector.post(encodeSpans(spans, options)),
  })
  const ids = new Ids()
  const spans = new MessageTelemetry({
    sampler: new Sampler(options.sampler, options.ratio),
    now: preciseNow,
    newTraceId: () => ids.next(16),
    newSpanId: () => ids.next(8),
    finished: (span) => exporter.add(span),
  })
  return {
    spans,
    get facts() {
      return exporter.facts
    },
    stop: async () => {
      await exporter.stop()
      collector.close()
    },
  }
}

/**
 * The clock of the machine with the fractions that it lacks: the broker's times are whole milliseconds,
 * and most of what a span measures is shorter.
 */
function preciseNow(): number {
  const wholeMs = Date.now()
  const preciseMs = performance.timeOrigin + performance.now()
  // They part when somebody sets the clock; then it is the clock that counts.
  return Math.abs(preciseMs - wholeMs) <= 1 ? preciseMs : wholeMs
}

/** Random hexadecimal digits, drawn many at once. */
class Ids {
  readonly #pool = Buffer.alloc(4096)
  #at = this.#pool.length

  next(bytes: number): string {
    if (this.#at + bytes > this.#pool.length) {
      randomFillSync(this.#pool)
      this.#at = 0
    }
    const from = this.#at
    this.#at += bytes
    return this.#pool.toString('hex', from, this.#at)
  }
}
