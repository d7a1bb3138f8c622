// From a method name to the handler's result: look-up, limits, deadline, validation, middleware,
// accounting and graceful drain. Knows no transport.
import { type Dispatcher, runAsCurrent, type ServerCall, type ServiceDescription } from './call.ts'
import { Deadlines } from './deadlines.ts'
import { ErrorExposure, exposed, RpcError } from './error.ts'
import { Limiter } from './limiter.ts'
import { type CallReport, chain, type Middleware } from './middleware.ts'
import { validate } from './schema.ts'
import { describeServices, type Method, methodTable, type Service } from './service.ts'
import { GuardedStream } from './stream.ts'
import { isAsyncIterable, isGenerator } from './value.ts'

export interface DispatcherOptions {
  /** The first is the outermost. */
  readonly use?: readonly Middleware[]
  /** Calls running at once. Default 256: beyond that a handler that waits only costs memory. */
  readonly runningMax?: number
  /** Calls waiting for a place. Default 1024; the next one is answered RESOURCE_EXHAUSTED. */
  readonly waitingMax?: number
  /** Upper limit of a call's time. Default none: the caller's deadline alone decides. */
  readonly timeoutMs?: number
  /** What a caller learns of an unexpected exception. Default `message`. */
  readonly errors?: ErrorExposure
  /** Told of every finished call: metrics, access logs. */
  readonly observe?: (report: CallReport) => void
}

export class ServiceDispatcher implements Dispatcher {
  readonly #methods: ReadonlyMap<string, Method>
  readonly #description: ServiceDescription
  readonly #options: DispatcherOptions
  readonly #limiter: Limiter
  readonly #run: (call: ServerCall) => Promise<unknown>
  readonly #active = new Set<ServerCall>()
  readonly #deadlines = new Deadlines<ServerCall>(
    () => new RpcError('DEADLINE_EXCEEDED', 'the deadline has passed'),
  )
  #draining = false
  #onIdle: (() => void) | undefined

  constructor(services: readonly Service[], options: DispatcherOptions = {}) {
    this.#methods = methodTable(services)
    this.#description = describeServices(services, this.#methods)
    this.#options = options
    this.#limiter = new Limiter({
      runningMax: options.runningMax ?? 256,
      waitingMax: options.waitingMax ?? 1024,
    })
    this.#run = chain(options.use ?? [], (call) => this.#invoke(call))
  }

  describe(): ServiceDescription {
    return this.#description
  }

  get activeCount(): number {
    return this.#active.size
  }

  dispatch(call: ServerCall): Promise<unknown> {
    const method = this.#methods.get(call.method)
    if (method === undefined) {
      const name = JSON.stringify(call.method.slice(0, 100))
      return Promise.reject(new RpcError('UNIMPLEMENTED', `there is no method ${name}`))
    }
    if (this.#draining) {
      return Promise.reject(new RpcError('UNAVAILABLE', 'the server is shutting down'))
    }
    const expose = (reason: unknown) =>
      exposed(reason, this.#options.errors ?? ErrorExposure.MESSAGE)
    return new Promise((resolve, reject) => {
      new RunningCall({
        call,
        timeoutMs: shortest(method.options.timeoutMs, this.#options.timeoutMs),
        limiter: this.#limiter,
        active: this.#active,
        deadlines: this.#deadlines,
        run: this.#run,
        ended: (error, startMs) => this.#ended(call, error, startMs),
        resolve,
        expose,
        reject,
      }).start()
    })
  }

  /**
   * Refuses new calls and waits for those under way. What is left after `graceMs` is aborted and
   * has another second; a handler that ignores its signal is then left behind.
   */
  async drain(graceMs: number): Promise<void> {
    this.#draining = true
    if (await this.#idleWithin(graceMs)) return
    for (const call of this.#active) {
      call.abort(new RpcError('UNAVAILABLE', 'the server is shutting down'))
    }
    await this.#idleWithin(1000)
  }

  async #idleWithin(ms: number): Promise<boolean> {
    if (this.#active.size === 0) return true
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve
      timer = setTimeout(resolve, ms)
    })
    clearTimeout(timer)
    return this.#active.size === 0
  }

  /** Without schemas nothing is waited for before the handler runs: most calls are such calls. */
  #invoke(call: ServerCall): Promise<unknown> {
    try {
      const method = this.#methods.get(call.method)
      if (method === undefined) {
        throw new RpcError('UNIMPLEMENTED', 'a middleware renamed the call')
      }
      const { input, output } = method.options
      if (input !== undefined || output !== undefined) return invokeChecked(method, call)
      const args = givenArguments(method, call)
      return Promise.resolve(runAsCurrent(call, () => method.invoke(args)))
    } catch (reason) {
      return Promise.reject(reason)
    }
  }

  #ended(call: ServerCall, error: RpcError | undefined, startMs: number): void {
    this.#options.observe?.({
      method: call.method,
      transport: call.transport,
      peer: call.peer,
      durationMs: performance.now() - startMs,
      code: error?.code ?? 'OK',
      ...(error === undefined ? {} : { error }),
    })
    if (this.#active.size === 0) this.#onIdle?.()
  }
}

function shortest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return Math.min(a, b)
}

async function invokeChecked(method: Method, call: ServerCall): Promise<unknown> {
  const { input, output } = method.options
  const given = givenArguments(method, call)
  const args = input === undefined ? given : await validate(input, given, 'input')
  if (!Array.isArray(args)) {
    throw new RpcError('INTERNAL', `the input schema of ${call.method} is not a tuple`)
  }
  const result = await runAsCurrent(call, () => method.invoke(args))
  if (output === undefined) return result
  if (isAsyncIterable(result) || isGenerator(result)) {
    return (async function* () {
      for await (const item of result) yield await validate(output, item, 'output')
    })()
  }
  return validate(output, result, 'output')
}

/** Named arguments become positional; too many are the caller's mistake, unless a schema says more. */
function givenArguments(method: Method, call: ServerCall): readonly unknown[] {
  const args = call.named === undefined ? call.args : positional(method, call.method, call.named)
  if (method.options.input !== undefined || call.ignoreSurplus) return args
  const most = method.description.parameters?.length ?? Number.POSITIVE_INFINITY
  if (args.length <= most) return args
  const takes = `${call.method} takes ${most} arguments`
  throw new RpcError('INVALID_ARGUMENT', `${takes}, ${args.length} were given`)
}

function positional(
  method: Method,
  name: string,
  named: Readonly<Record<string, unknown>>,
): unknown[] {
  const names = method.description.parameters?.map((parameter) => parameter.name)
  if (names === undefined) {
    throw new RpcError('INVALID_ARGUMENT', `${name} takes no arguments by name`)
  }
  const unknown = Object.keys(named).find((key) => !names.includes(key))
  if (unknown !== undefined) {
    throw new RpcError('INVALID_ARGUMENT', `${name} has no parameter ${unknown}`)
  }
  return names.map((key) => (Object.hasOwn(named, key) ? named[key] : undefined))
}

interface RunningOptions {
  readonly call: ServerCall
  readonly timeoutMs: number | undefined
  readonly limiter: Limiter
  readonly active: Set<ServerCall>
  readonly deadlines: Deadlines<ServerCall>
  readonly run: (call: ServerCall) => Promise<unknown>
  readonly ended: (error: RpcError | undefined, startMs: number) => void
  readonly resolve: (result: unknown) => void
  readonly reject: (error: RpcError) => void
  readonly expose: (reason: unknown) => RpcError
}

/**
 * One call between its arrival and its end. The caller's wait ends at the deadline or when it is
 * aborted; the place in the limiter is kept until the handler has really ended, so that handlers
 * which ignore their signal cannot pile up.
 */
class RunningCall {
  readonly #options: RunningOptions
  readonly #startMs = performance.now()
  #leaveQueue: (() => void) | undefined
  #started = false
  #answered = false

  constructor(options: RunningOptions) {
    this.#options = options
  }

  start(): void {
    const { call, timeoutMs, active, deadlines, limiter } = this.#options
    if (timeoutMs !== undefined) {
      call.deadline = Math.min(call.deadline ?? Number.POSITIVE_INFINITY, Date.now() + timeoutMs)
    }
    active.add(call)
    call.onAbort((error) => this.#aborted(error))
    if (this.#answered) return
    deadlines.add(call)
    try {
      this.#leaveQueue = limiter.enter(() => this.#run())
    } catch (reason) {
      this.#answer(RpcError.from(reason))
      this.#finish(RpcError.from(reason))
    }
  }

  #run(): void {
    this.#started = true
    const { call, limiter, run } = this.#options
    run(call).then(
      (result) => {
        if (isAsyncIterable(result) || isGenerator(result)) this.#stream(result)
        else {
          limiter.leave()
          this.#answer(undefined, result)
          this.#finish(call.aborted)
        }
      },
      (reason: unknown) => {
        limiter.leave()
        const error = this.#options.expose(reason)
        this.#answer(error)
        this.#finish(call.aborted ?? error)
      },
    )
  }

  #stream(source: AsyncIterable<unknown> | Iterable<unknown>): void {
    const { call, limiter } = this.#options
    const finish = (error: RpcError | undefined) => {
      limiter.leave()
      this.#finish(error)
    }
    const stream = new GuardedStream({ source, call, finish, expose: this.#options.expose })
    // When the call was aborted before its first item, the stream has just ended itself.
    this.#answer(undefined, stream)
  }

  #aborted(error: RpcError): void {
    this.#answer(error)
    if (this.#started) return
    this.#leaveQueue?.()
    this.#finish(error)
  }

  #answer(error: RpcError | undefined, result?: unknown): void {
    if (this.#answered) return
    this.#answered = true
    if (error !== undefined) this.#options.reject(error)
    else this.#options.resolve(result)
  }

  #finish(error: RpcError | undefined): void {
    const { call, active, deadlines, ended } = this.#options
    deadlines.remove(call)
    if (!active.delete(call)) return
    ended(error, this.#startMs)
  }
}
