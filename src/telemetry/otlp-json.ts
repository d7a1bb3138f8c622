// Spans as OTLP/HTTP carries them in JSON [OTLP 1.x, JSON Protobuf Encoding]: ids in hexadecimal, 64-bit
// numbers as text, enumerations as numbers.

import type { Attributes, Span } from './span.ts'
import type { TraceContext } from './trace-context.ts'

export interface TraceSource {
  /** service.name and whatever else tells nodes apart. */
  readonly resource: Attributes
  readonly version: string
}

export function encodeSpans(spans: readonly Span[], { resource, version }: TraceSource): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeSpans: [{ scope: { name: 'warren', version }, spans: spans.map(spanOf) }],
      },
    ],
  })
}

const statusError = 2
/** The flags of a link or parent that came from another process [OTLP: SpanFlags]. */
const remoteFlags = 0x300
const sampledFlag = 1

function spanOf(span: Span): object {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.traceState === '' ? {} : { traceState: span.traceState }),
    ...(span.parentSpanId === '' ? {} : { parentSpanId: span.parentSpanId }),
    name: span.name,
    kind: span.kind,
    startTimeUnixNano: nanoseconds(span.startMs),
    endTimeUnixNano: nanoseconds(span.endMs),
    attributes: attributesOf(span.attributes),
    ...(span.links.length === 0 ? {} : { links: span.links.map(linkOf) }),
    ...(span.error === null ? {} : { status: { code: statusError, message: span.error } }),
  }
}

function linkOf({ traceId, spanId, state, sampled }: TraceContext): object {
  return {
    traceId,
    spanId,
    ...(state === '' ? {} : { traceState: state }),
    flags: remoteFlags | (sampled ? sampledFlag : 0),
  }
}

function attributesOf(attributes: Attributes): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }))
}

function anyValue(value: string | number | boolean): object {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}

/** Microseconds are all that a double has at this distance from the epoch. */
function nanoseconds(ms: number): string {
  return `${Math.round(ms * 1000)}000`
}
