// OpenTelemetry: a span for each call on either end, and the trace carried from one to the other in
// the metadata (`traceparent`), which every transport with metadata has. The API is passed in, so
// that nothing depends on it: `tracing(await import('@opentelemetry/api'))`.
import type { ClientCall, ServerCall } from './call.ts'
import { RpcError } from './error.ts'
import type { Middleware } from './middleware.ts'
import { isAsyncIterable } from './value.ts'

interface Span {
  setAttribute(key: string, value: string): unknown
  setStatus(status: { code: number; message?: string }): unknown
  recordException(error: Error): unknown
  end(): void
}

/** The part of `@opentelemetry/api` that is used, with its context as something to pass on. */
export interface TracingApi<Context = unknown> {
  readonly trace: {
    getTracer(name: string): {
      startSpan(name: string, options: { kind: number }, context: Context): Span
    }
    setSpan(context: Context, span: Span): Context
  }
  readonly context: {
    active(): Context
    with<T>(context: Context, run: () => T): T
  }
  readonly propagation: {
    inject(context: Context, carrier: Record<string, string>): void
    extract(context: Context, carrier: Record<string, string>): Context
  }
  readonly SpanKind: { readonly SERVER: number; readonly CLIENT: number }
  readonly SpanStatusCode: { readonly ERROR: number }
}

interface Started<Context> {
  readonly span: Span
  readonly context: Context
}

function start<Context>(
  api: TracingApi<Context>,
  method: string,
  kind: number,
  parent: Context,
): Started<Context> {
  const span = api.trace.getTracer('warren/rpc').startSpan(method, { kind }, parent)
  span.setAttribute('rpc.method', method)
  return { span, context: api.trace.setSpan(parent, span) }
}

async function run<Context>(
  api: TracingApi<Context>,
  { span, context }: Started<Context>,
  next: () => Promise<unknown>,
): Promise<unknown> {
  const fail = (reason: unknown): never => {
    const error = RpcError.from(reason)
    span.setAttribute('rpc.error_code', error.code)
    span.setStatus({ code: api.SpanStatusCode.ERROR, message: error.message })
    span.recordException(error)
    span.end()
    throw reason
  }
  const result = await api.context.with(context, next).catch(fail)
  if (!isAsyncIterable(result)) {
    span.end()
    return result
  }
  return (async function* () {
    try {
      yield* result
    } catch (reason) {
      fail(reason)
    }
    span.end()
  })()
}

/** Middleware for `serve`. */
export function tracing<Context>(api: TracingApi<Context>): Middleware<ServerCall> {
  return (call, next) => {
    const parent = api.propagation.extract(api.context.active(), { ...call.metadata })
    const started = start(api, call.method, api.SpanKind.SERVER, parent)
    started.span.setAttribute('rpc.system', call.transport)
    return run(api, started, () => next(call))
  }
}

/** Middleware for `connect`. */
export function tracingClient<Context>(api: TracingApi<Context>): Middleware<ClientCall> {
  return (call, next) => {
    const started = start(api, call.method, api.SpanKind.CLIENT, api.context.active())
    const carrier: Record<string, string> = {}
    api.propagation.inject(started.context, carrier)
    call.addMetadata(carrier)
    return run(api, started, () => next(call))
  }
}
