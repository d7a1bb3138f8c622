// W3C Trace Context as it comes in a message's headers, and what is passed on in them [W3C: Trace
// Context, 3; W3C: Trace Context for AMQP]. Pure text; who asks decides what to do with it.

export interface TraceContext {
  /** 32 and 16 lower-case hexadecimal digits. */
  readonly traceId: string
  readonly spanId: string
  readonly sampled: boolean
  /** The header tracestate, passed on to the collector as it is. */
  readonly state: string
}

/** version "-" trace-id "-" parent-id "-" trace-flags; later versions may have more behind them. */
const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const noTrace = '0'.repeat(32)
const noSpan = '0'.repeat(16)
/** What a tracestate may have; a longer one is left out rather than cut [3.3.1.5]. */
const stateMax = 512
const sampledFlag = 1

/** Null where the text is no context: the message is then as one without. */
export function parseTraceparent(text: string, state: string): TraceContext | null {
  const match = pattern.exec(text)
  if (match === null) return null
  const [, version, traceId, spanId, flags, more] = match as unknown as string[]
  if (version === 'ff' || (version === '00' && more !== undefined)) return null
  if (traceId === noTrace || spanId === noSpan) return null
  return {
    traceId: traceId!,
    spanId: spanId!,
    sampled: (Number.parseInt(flags!, 16) & sampledFlag) !== 0,
    state: state.length <= stateMax ? state : '',
  }
}

/** For a trace that begins here; it is sampled, otherwise nobody would be told. */
export function formatTraceparent(traceId: string, spanId: string): string {
  return `00-${traceId}-${spanId}-01`
}
