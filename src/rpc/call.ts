// One call on its way through a server: what was asked, by whom, until when. Also the seams between
// the core and the transports: a server transport knows a Dispatcher, never a service.
import { AsyncLocalStorage } from 'node:async_hooks'
import { Abortable } from './abortable.ts'

/** Text pairs beside the arguments; keys are lower case. Carried as headers of each protocol. */
export type Metadata = Readonly<Record<string, string>>

export const noMetadata: Metadata = Object.freeze({})

/** Who a transport's `authenticate` said the caller is. */
export interface Principal {
  readonly name: string
  readonly [key: string]: unknown
}

export interface ServerCallOptions {
  readonly method: string
  readonly args: readonly unknown[]
  /** Arguments by name, where the protocol has them (JSON-RPC); `args` is then empty. */
  readonly named?: Readonly<Record<string, unknown>> | undefined
  readonly metadata?: Metadata
  readonly transport: string
  /** A function where it costs something to find out and few ask. */
  readonly peer?: string | (() => string)
  readonly principal?: Principal | undefined
  /** Milliseconds the caller still waits. */
  readonly timeoutMs?: number | undefined
  /** The caller waits for no answer. */
  readonly oneWay?: boolean
  /** The protocol always sends one argument, so a handler without parameters is no mistake. */
  readonly ignoreSurplus?: boolean
}

/** A call being served. The transport aborts it when the caller is gone. */
export class ServerCall extends Abortable {
  readonly method: string
  readonly args: readonly unknown[]
  readonly named: Readonly<Record<string, unknown>> | undefined
  readonly metadata: Metadata
  readonly transport: string
  readonly principal: Principal | undefined
  readonly oneWay: boolean
  readonly ignoreSurplus: boolean
  /** In milliseconds of the Unix epoch; undefined when the caller waits for ever. */
  deadline: number | undefined
  #peer: string | (() => string)

  constructor(options: ServerCallOptions) {
    super()
    this.method = options.method
    this.args = options.args
    this.named = options.named
    this.metadata = options.metadata ?? noMetadata
    this.transport = options.transport
    this.#peer = options.peer ?? ''
    this.principal = options.principal
    this.oneWay = options.oneWay ?? false
    this.ignoreSurplus = options.ignoreSurplus ?? false
    this.deadline = options.timeoutMs === undefined ? undefined : Date.now() + options.timeoutMs
  }

  get peer(): string {
    if (typeof this.#peer !== 'string') this.#peer = this.#peer()
    return this.#peer
  }

  remainingMs(): number | undefined {
    return this.deadline === undefined ? undefined : this.deadline - Date.now()
  }
}

const storage = new AsyncLocalStorage<ServerCall | undefined>()

/** The call that the running handler serves; undefined outside of a handler. */
export function currentCall(): ServerCall | undefined {
  return storage.getStore()
}

export function runAsCurrent<T>(call: ServerCall, run: () => T): T {
  return storage.run(call, run)
}

/** For what outlives the running call and is not its business. */
export function runOutsideOfCalls<T>(run: () => T): T {
  return storage.run(undefined, run)
}

export interface ParameterDescription {
  readonly name: string
  /** JSON Schema, when the service has one. */
  readonly schema?: unknown
  readonly optional?: boolean
}

export interface MethodDescription {
  readonly name: string
  readonly doc: string
  /** Undefined when nothing is known about the parameters. */
  readonly parameters: readonly ParameterDescription[] | undefined
  /** JSON Schema of the result, when the service has one. */
  readonly result?: unknown
  readonly stream: boolean
  readonly idempotent: boolean
}

export interface ServiceDescription {
  readonly name: string
  readonly doc: string
  readonly methods: readonly MethodDescription[]
}

/**
 * What a server transport needs from behind it: services here, queues of a broker in the gateways.
 * The result may be an async iterable, which the transport then streams if its protocol can.
 */
export interface Dispatcher {
  dispatch(call: ServerCall): Promise<unknown>
  describe(): ServiceDescription
}

/** A listening server. `stop` refuses new work, `close` ends what is left. */
export interface Endpoint {
  readonly transport: string
  readonly url: string
  stop(): Promise<void>
  close(): Promise<void>
}

export interface ServerTransport {
  readonly name: string
  listen(dispatcher: Dispatcher): Promise<Endpoint>
}

export interface ClientCallOptions {
  readonly method: string
  readonly args: readonly unknown[]
  readonly metadata?: Metadata
  readonly deadline?: number | undefined
}

/** One call as a client transport sends it. The transport rejects it when it is aborted. */
export class ClientCall extends Abortable {
  readonly method: string
  readonly args: readonly unknown[]
  #metadata: Metadata
  /** In milliseconds of the Unix epoch. */
  readonly deadline: number | undefined

  constructor(options: ClientCallOptions) {
    super()
    this.method = options.method
    this.args = options.args
    this.#metadata = options.metadata ?? noMetadata
    this.deadline = options.deadline
  }

  get metadata(): Metadata {
    return this.#metadata
  }

  /** For middleware, before the call is sent. */
  addMetadata(more: Metadata): void {
    this.#metadata = { ...this.#metadata, ...more }
  }

  remainingMs(): number | undefined {
    return this.deadline === undefined ? undefined : this.deadline - Date.now()
  }
}

/** The other end of a server transport. A result that is an async iterable is a stream. */
export interface ClientTransport {
  call(call: ClientCall): Promise<unknown>
  notify(call: ClientCall): Promise<void>
  /** `whole` has the deadline and the abort of the exchange. */
  describe(whole: ClientCall): Promise<ServiceDescription>
  /** Several calls in one exchange; undefined where the protocol has none. */
  batch?(calls: readonly ClientCall[], whole: ClientCall): Promise<PromiseSettledResult<unknown>[]>
  close(): Promise<void>
}
