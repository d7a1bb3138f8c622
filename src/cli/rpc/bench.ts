// `warren rpc bench`: keeps calls under way for a while and prints rate and latencies.
import { build } from 'hdr-histogram-js'
import { RpcError } from '../../rpc/error.ts'
import { isAsyncIterable } from '../../rpc/value.ts'
import {
  type AnyClient,
  argumentsOf,
  type CallRequest,
  positiveNumber,
  withClient,
} from './connection.ts'

/** Before it counts: connections, compiled code. */
const warmUpMs = 500

interface Outcome {
  readonly calls: number
  readonly failed: ReadonlyMap<string, number>
  readonly seconds: number
  readonly latency: (percentile: number) => number
}

async function once(client: AnyClient, method: string, args: readonly unknown[]): Promise<void> {
  const result = await client.$call(method, args)
  if (!isAsyncIterable(result)) return
  // A stream counts as one call, when its last item is here.
  for await (const _ of result);
}

async function measure(run: () => Promise<void>, inFlight: number, ms: number): Promise<Outcome> {
  const histogram = build({ numberOfSignificantValueDigits: 3 })
  const failed = new Map<string, number>()
  let calls = 0
  const startMs = performance.now()
  const worker = async (): Promise<void> => {
    while (performance.now() - startMs < ms) {
      const beganMs = performance.now()
      try {
        await run()
        calls += 1
        histogram.recordValue(Math.max(1, Math.round((performance.now() - beganMs) * 1000)))
      } catch (reason) {
        const { code } = RpcError.from(reason)
        failed.set(code, (failed.get(code) ?? 0) + 1)
      }
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  const seconds = (performance.now() - startMs) / 1000
  return { calls, failed, seconds, latency: (p) => histogram.getValueAtPercentile(p) / 1000 }
}

export function bench({ url, method, args, flags }: CallRequest): Promise<void> {
  return withClient(url, flags, async (client) => {
    const inFlight = positiveNumber(flags.inFlight ?? '1', '--in-flight')
    const duration = positiveNumber(flags.duration ?? '5', '--duration')
    const values = argumentsOf(args, flags.text)
    const run = (): Promise<void> => once(client, method, values)
    // One call first: a wrong name or address should say so instead of being counted.
    await run()
    await measure(run, inFlight, warmUpMs)
    const { calls, failed, seconds, latency } = await measure(run, inFlight, duration * 1000)
    const rate = Math.round(calls / seconds)
    process.stdout.write(
      `${rate} calls/s, ${inFlight} in flight, ${calls} in ${seconds.toFixed(1)} s\n`,
    )
    const figures = [50, 90, 99, 99.9].map((p) => `p${p} ${latency(p).toFixed(3)}`)
    process.stdout.write(`latency in ms: ${figures.join('  ')}\n`)
    for (const [code, count] of failed) process.stdout.write(`${count} failed with ${code}\n`)
    if (failed.size > 0) process.exitCode = 1
  })
}
