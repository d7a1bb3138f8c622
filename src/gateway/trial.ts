// A call that somebody tries from the console: the same way as any other, except for the wire.

import { ServerCall } from '../rpc/call.ts'
import { RpcError } from '../rpc/error.ts'
import { encodeJson } from '../rpc/json/codec.ts'
import { isAsyncIterable } from '../rpc/value.ts'
import type { Trial, TrialOutcome } from './facts.ts'
import type { Listener } from './listener.ts'

/** Items of a stream that are shown. */
const itemsMax = 1000

export async function tryCall(listener: Listener, trial: Trial): Promise<TrialOutcome> {
  const startMs = performance.now()
  const elapsed = (): number => Math.round((performance.now() - startMs) * 100) / 100
  const call = new ServerCall({
    method: trial.method,
    args: trial.parameters,
    transport: 'console',
    peer: 'console',
    principal: { name: trial.user },
    timeoutMs: trial.timeoutMs,
  })
  try {
    const result = await listener.tried.dispatch(call)
    const shown = jsonSafe(isAsyncIterable(result) ? await collected(result) : result)
    return { ok: true, result: shown, milliseconds: elapsed() }
  } catch (reason) {
    const { code, message } = RpcError.from(reason, 'INTERNAL')
    return { ok: false, code, message, milliseconds: elapsed() }
  }
}

/** Bytes, dates and large numbers as JSON-RPC would show them. */
function jsonSafe(value: unknown): unknown {
  return JSON.parse(encodeJson(value))
}

async function collected(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const list: unknown[] = []
  for await (const item of items) {
    list.push(item)
    if (list.length === itemsMax) break
  }
  return list
}
