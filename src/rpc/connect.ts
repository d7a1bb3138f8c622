// The typed client: a proxy whose methods are calls. Deadline, abort signal, metadata, retries and
// middleware are done here, the same for every transport.
import {
  ClientCall,
  type ClientTransport,
  currentCall,
  type Metadata,
  noMetadata,
  type ServiceDescription,
} from './call.ts'
import type { CallOptions, Client } from './client-types.ts'
import { Deadlines } from './deadlines.ts'
import { RpcError } from './error.ts'
import { type ClientMiddleware, chain } from './middleware.ts'
import { asReply, type Reply } from './reply.ts'
import { type RetryOptions, withRetries } from './retry.ts'
import type { Service } from './service.ts'
import { type TransportOptions, transportOf } from './transports.ts'
import { isAsyncIterable } from './value.ts'

export interface ConnectOptions extends CallOptions, TransportOptions {
  /** Applies to idempotent methods only, since a lost answer may mean that the call was run. */
  readonly retry?: RetryOptions
  /** Which methods may be run twice: their names, all, or what the service declares. */
  readonly idempotent?: readonly string[] | 'all' | Service
  readonly use?: readonly ClientMiddleware[]
}

/** Connects on the first call. The scheme of the URL picks the transport; TypeError if it is unknown. */
export function connect<S = Record<string, (...args: unknown[]) => unknown>>(
  url: string,
  options: ConnectOptions = {},
): Client<S> {
  const open = transportOf(url)
  return clientOf<S>(() => open(options), options)
}

/** A client over a transport of one's own. */
export function clientOf<S>(
  open: () => Promise<ClientTransport>,
  options: ConnectOptions = {},
): Client<S> {
  return makeProxy<S>(new Core(open, options), options)
}

const defaultTimeoutMs = 30_000

function idempotentTest(given: ConnectOptions['idempotent']): (method: string) => boolean {
  if (given === undefined) return () => false
  if (given === 'all') return () => true
  if ('methods' in given) {
    return (name) => given.methods.get(name)?.description.idempotent ?? false
  }
  const names = new Set(given)
  return (name) => names.has(name)
}

class Core {
  readonly #open: () => Promise<ClientTransport>
  readonly #retry: RetryOptions
  readonly #idempotent: (method: string) => boolean
  readonly #run: (call: ClientCall) => Promise<unknown>
  readonly #deadlines = new Deadlines<ClientCall>(
    (call) => new RpcError('DEADLINE_EXCEEDED', `no answer to ${call.method} by the deadline`),
  )
  #opening: Promise<ClientTransport> | undefined
  #transport: ClientTransport | undefined
  #closed = false

  constructor(open: () => Promise<ClientTransport>, options: ConnectOptions) {
    this.#open = open
    this.#retry = options.retry ?? {}
    this.#idempotent = idempotentTest(options.idempotent)
    const send = (call: ClientCall) => this.#send(call)
    this.#run = chain(options.use ?? [], send)
  }

  async transport(): Promise<ClientTransport> {
    if (this.#closed) throw new RpcError('CANCELLED', 'the client is closed')
    this.#opening ??= this.#open()
    try {
      this.#transport = await this.#opening
      return this.#transport
    } catch (reason) {
      // The next call tries again: the peer may be up by then.
      this.#opening = undefined
      throw reason
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    const opening = this.#opening
    if (opening === undefined) return
    const transport = await opening.catch(() => undefined)
    await transport?.close()
  }

  call(method: string, args: readonly unknown[], options: CallOptions): Promise<unknown> {
    const call = newCall(method, args, options)
    return this.#supervised(call, options.signal, () => this.#run(call))
  }

  async notify(method: string, args: readonly unknown[], options: CallOptions): Promise<void> {
    const call = newCall(method, args, options)
    await this.#supervised(call, options.signal, async () => (await this.transport()).notify(call))
  }

  async batch(
    calls: readonly ClientCall[],
    options: CallOptions,
  ): Promise<PromiseSettledResult<unknown>[]> {
    const whole = newCall('', [], options)
    let settled: PromiseSettledResult<unknown>[] = []
    await this.#supervised(whole, options.signal, async () => {
      const transport = await this.transport()
      if (calls.length === 0) return
      settled =
        transport.batch === undefined
          ? await Promise.allSettled(
              calls.map((call) => this.#supervised(call, options.signal, () => this.#run(call))),
            )
          : await transport.batch(calls, whole)
    })
    return settled
  }

  async describe(options: CallOptions): Promise<ServiceDescription> {
    const whole = newCall('', [], options)
    const describe = async () => (await this.transport()).describe(whole)
    return (await this.#supervised(whole, options.signal, describe)) as ServiceDescription
  }

  /** Arms deadline and signal, and takes them off again when the result, or its last item, is there. */
  async #supervised(
    call: ClientCall,
    signal: AbortSignal | undefined,
    run: () => Promise<unknown>,
  ): Promise<unknown> {
    const abort = () => call.abort(new RpcError('CANCELLED', 'aborted', { cause: signal?.reason }))
    if (signal?.aborted === true) {
      throw new RpcError('CANCELLED', 'aborted', { cause: signal.reason })
    }
    signal?.addEventListener('abort', abort, { once: true })
    this.#deadlines.add(call)
    const disarm = () => {
      this.#deadlines.remove(call)
      signal?.removeEventListener('abort', abort)
    }
    try {
      const result = await run()
      if (!isAsyncIterable(result)) {
        disarm()
        return result
      }
      return disarmedAtEnd(result, disarm)
    } catch (reason) {
      disarm()
      throw RpcError.from(reason)
    }
  }

  #send(call: ClientCall): Promise<unknown> {
    if (this.#idempotent(call.method)) {
      return withRetries(call, this.#retry, () => this.#once(call))
    }
    return this.#once(call)
  }

  #once(call: ClientCall): Promise<unknown> {
    if (this.#transport !== undefined && !this.#closed) return this.#transport.call(call)
    return this.transport().then((transport) => {
      if (call.aborted !== undefined) throw call.aborted
      return transport.call(call)
    })
  }
}

/** A call made while serving another inherits what is left of that one's time. */
function newCall(method: string, args: readonly unknown[], options: CallOptions): ClientCall {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs
  const own = timeoutMs === 0 ? undefined : Date.now() + timeoutMs
  const inherited = currentCall()?.deadline
  const deadline =
    own === undefined || inherited === undefined ? (own ?? inherited) : Math.min(own, inherited)
  return new ClientCall({ method, args, deadline, metadata: lowerCased(options.metadata) })
}

function lowerCased(metadata: Metadata | undefined): Metadata {
  if (metadata === undefined) return noMetadata
  return Object.fromEntries(
    Object.entries(metadata).map(([key, text]) => [key.toLowerCase(), text]),
  )
}

function disarmedAtEnd(
  source: AsyncIterable<unknown>,
  disarm: () => void,
): AsyncIterableIterator<unknown> {
  const iterator = source[Symbol.asyncIterator]()
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      try {
        const item = await iterator.next()
        if (item.done === true) disarm()
        return item
      } catch (reason) {
        disarm()
        throw RpcError.from(reason)
      }
    },
    async return() {
      disarm()
      await iterator.return?.()
      return { done: true, value: undefined }
    },
  }
}

function makeProxy<S>(core: Core, options: CallOptions): Client<S> {
  const call = (
    method: string,
    args: readonly unknown[],
    extra: CallOptions = {},
  ): Reply<unknown> => asReply(core.call(method, args, { ...options, ...extra }))
  const controls: Record<string | symbol, unknown> = {
    $call: (method: string, args: readonly unknown[] = [], extra?: CallOptions) =>
      call(method, args, extra),
    $with: (extra: CallOptions) => makeProxy(core, { ...options, ...extra }),
    $notify: namesTo(
      (method) =>
        (...args: unknown[]) =>
          core.notify(method, args, options),
    ),
    $batch: (build: (client: object) => readonly ClientCall[]) => {
      const collector = namesTo(
        (method) =>
          (...args: unknown[]) =>
            newCall(method, args, options),
      )
      return core.batch(build(collector), options)
    },
    $describe: () => core.describe(options),
    $close: () => core.close(),
    [Symbol.asyncDispose]: () => core.close(),
  }
  const make =
    (method: string) =>
    (...args: unknown[]) =>
      call(method, args)
  return namesTo(make, controls) as Client<S>
}

/** A proxy that makes a member for every name asked for, once. Not thenable: `await client` works. */
function namesTo(
  make: (name: string) => unknown,
  fixed: Record<string | symbol, unknown> = {},
): object {
  const made = new Map<string, unknown>()
  return new Proxy(Object.create(null), {
    get(_target, name) {
      if (Object.hasOwn(fixed, name)) return fixed[name]
      if (typeof name === 'symbol' || name === 'then' || name.startsWith('$')) return undefined
      let member = made.get(name)
      if (member === undefined) {
        member = make(name)
        made.set(name, member)
      }
      return member
    },
  })
}
