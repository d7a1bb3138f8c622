// Spans on both ends of a call, one the parent of the other, with a stand-in for OpenTelemetry's API.
import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { test } from 'node:test'
import { connect } from './connect.ts'
import { jsonRpc } from './json-rpc/server.ts'
import { serve } from './serve.ts'
import { service } from './service.ts'
import { type TracingApi, tracing, tracingClient } from './tracing.ts'

interface Recorded {
  readonly id: string
  readonly name: string
  readonly kind: number
  readonly parent: string | undefined
  readonly attributes: Record<string, string>
  failed: boolean
  ended: boolean
}

type Context = { readonly span?: string }

function recorder(): { api: TracingApi<Context>; spans: Recorded[] } {
  const spans: Recorded[] = []
  const storage = new AsyncLocalStorage<Context>()
  const ids = new WeakMap<object, string>()
  const api: TracingApi<Context> = {
    trace: {
      getTracer: () => ({
        startSpan: (name, { kind }, context) => {
          const id = String(spans.length + 1)
          const record: Recorded = {
            id,
            name,
            kind,
            parent: context.span,
            attributes: {},
            failed: false,
            ended: false,
          }
          spans.push(record)
          const span = {
            setAttribute: (key: string, value: string) => {
              record.attributes[key] = value
            },
            setStatus: () => {
              record.failed = true
            },
            recordException: () => {},
            end: () => {
              record.ended = true
            },
          }
          ids.set(span, id)
          return span
        },
      }),
      setSpan: (_context, span) => {
        const id = ids.get(span)
        return id === undefined ? {} : { span: id }
      },
    },
    context: {
      active: () => storage.getStore() ?? {},
      with: (context, run) => storage.run(context, run),
    },
    propagation: {
      inject: (context, carrier) => {
        if (context.span !== undefined) carrier.traceparent = `00-${context.span}`
      },
      extract: (context, carrier) =>
        carrier.traceparent === undefined ? context : { span: carrier.traceparent.slice(3) },
    },
    SpanKind: { SERVER: 1, CLIENT: 2 },
    SpanStatusCode: { ERROR: 2 },
  }
  return { api, spans }
}

test('a call has a span on each end, also when it fails or streams', async () => {
  const { api, spans } = recorder()
  const sample = service('Sample', {
    good: () => 1,
    bad: () => {
      throw new Error('x')
    },
    items: function* () {
      yield 1
    },
  })
  await using server = await serve(sample, [jsonRpc()], { use: [tracing(api)] })
  await using client = connect<{ good(): number; bad(): never; items(): Generator<number> }>(
    server.url('json-rpc').replace('http', 'ws'),
    { use: [tracingClient(api)] },
  )
  await client.good()
  await assert.rejects(client.bad())
  for await (const _ of client.items());
  assert.deepEqual(
    spans.map(({ name, kind, parent, failed, ended }) => [name, kind, parent, failed, ended]),
    [
      ['good', 2, undefined, false, true],
      ['good', 1, '1', false, true],
      ['bad', 2, undefined, true, true],
      ['bad', 1, '3', true, true],
      ['items', 2, undefined, false, true],
      ['items', 1, '5', false, true],
    ],
  )
  assert.equal(spans[1]?.attributes['rpc.system'], 'json-rpc')
})
