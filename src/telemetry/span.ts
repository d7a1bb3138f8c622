// A finished piece of a trace, before it is encoded.

import type { TraceContext } from './trace-context.ts'

/** As OTLP numbers them. */
export const SpanKind = { internal: 1, server: 2, producer: 4 } as const
export type SpanKind = (typeof SpanKind)[keyof typeof SpanKind]

export type Attributes = Readonly<Record<string, string | number | boolean>>

export interface Span {
  readonly traceId: string
  readonly spanId: string
  /** Empty where the trace begins. */
  readonly parentSpanId: string
  readonly traceState: string
  readonly name: string
  readonly kind: SpanKind
  /** Milliseconds since the epoch, with fractions. */
  readonly startMs: number
  readonly endMs: number
  readonly attributes: Attributes
  readonly links: readonly TraceContext[]
  /** Null: it went as it should. */
  readonly error: string | null
}
