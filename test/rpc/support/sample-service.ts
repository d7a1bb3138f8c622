// The service that every transport's tests serve: one method per thing that can happen to a call.
import { currentCall, method, RpcError, type Service, service } from '../../../src/rpc/index.ts'

export interface SampleState {
  /** Whether the last `sleep` was told to stop, and by what. */
  aborted: string | undefined
  flaky: number
  ticks: number
  running: number
  runningMost: number
}

const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason)
    })
  })

function signalOfCall(): AbortSignal {
  const call = currentCall()
  if (call === undefined) throw new Error('not in a call')
  return call.signal
}

export interface Sample {
  add(a: number, b: number): number
  echo(value: unknown): unknown
  nothing(): void
  count(n: number): AsyncGenerator<number>
  failingStream(n: number): Generator<number>
  endless(): AsyncGenerator<number>
  sleep(ms: number): Promise<string>
  fail(): never
  refuse(): never
  flaky(times: number): string
  meta(key: string): string
  remaining(): number
  _hidden(): string
}

function sampleHandlers(state: SampleState): Sample {
  return {
    add: (a: number, b: number): number => a + b,
    echo: (value: unknown): unknown => value,
    nothing: (): void => {},
    count: async function* (n: number): AsyncGenerator<number> {
      for (let i = 0; i < n; i++) yield i
    },
    failingStream: function* (n: number): Generator<number> {
      for (let i = 0; i < n; i++) yield i
      throw new RangeError('the stream broke')
    },
    endless: async function* (): AsyncGenerator<number> {
      for (;;) {
        state.ticks += 1
        yield state.ticks
      }
    },
    sleep: async (ms: number): Promise<string> => {
      state.running += 1
      state.runningMost = Math.max(state.runningMost, state.running)
      const signal = signalOfCall()
      try {
        await sleep(ms, signal)
        return 'done'
      } catch (reason) {
        state.aborted = RpcError.from(reason).code
        throw reason
      } finally {
        state.running -= 1
      }
    },
    fail: (): never => {
      throw new RangeError('out of the question')
    },
    refuse: (): never => {
      throw new RpcError('FAILED_PRECONDITION', 'not now', { details: { why: 'closed', tries: 3 } })
    },
    flaky: method({ idempotent: true }, (times: number): string => {
      state.flaky += 1
      if (state.flaky < times) throw new RpcError('UNAVAILABLE', 'try again')
      return `after ${state.flaky}`
    }),
    meta: (key: string): string => currentCall()?.metadata[key] ?? '',
    remaining: (): number => currentCall()?.remainingMs() ?? -1,
    _hidden: (): string => 'secret',
  }
}

export function sampleService(): { service: Service<Sample>; state: SampleState } {
  const state = { aborted: undefined, flaky: 0, ticks: 0, running: 0, runningMost: 0 }
  return { service: service('Sample', sampleHandlers(state)), state }
}
