// From the type of a service to the type of its client. Types only.
import type { ServiceDescription } from './call.ts'
import type { Reply } from './reply.ts'
import type { Service } from './service.ts'

type HandlersOf<S> = S extends Service<infer Handlers> ? Handlers : S

type ResultOf<R> =
  Awaited<R> extends Generator<infer Item>
    ? AsyncIterable<Item>
    : Awaited<R> extends AsyncIterable<infer Item>
      ? AsyncIterable<Item>
      : Awaited<R> extends undefined
        ? null
        : Awaited<R>

export type ClientMethod<F> = F extends (...args: infer Args) => infer Result
  ? (...args: Args) => Reply<ResultOf<Result>>
  : never

type NotifyMethod<F> = F extends (...args: infer Args) => unknown
  ? (...args: Args) => Promise<void>
  : never

type PublicNames<H> = {
  [K in keyof H]: K extends `_${string}`
    ? never
    : K extends string
      ? H[K] extends (...args: never[]) => unknown
        ? K
        : never
      : never
}[keyof H]

export type ClientMethods<S> = {
  readonly [K in PublicNames<HandlersOf<S>>]: ClientMethod<HandlersOf<S>[K]>
}

export type NotifyMethods<S> = {
  readonly [K in PublicNames<HandlersOf<S>>]: NotifyMethod<HandlersOf<S>[K]>
}

export interface CallOptions {
  /** How long to wait for the whole call, a stream included. Default 30 seconds; 0: no limit. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  readonly metadata?: Readonly<Record<string, string>>
}

type Settled<R extends readonly unknown[]> = {
  -readonly [K in keyof R]: PromiseSettledResult<Awaited<R[K]>>
}

export interface ClientControls<S> {
  /** A method by its name, for those that are no identifiers or not known to the type. */
  $call(method: string, args?: readonly unknown[], options?: CallOptions): Reply<unknown>
  /** The same client with other options. */
  $with(options: CallOptions): Client<S>
  /** Calls whose answer nobody waits for. */
  readonly $notify: NotifyMethods<S>
  /** Several calls in one exchange, where the protocol has it (JSON-RPC, XML-RPC), else at once. */
  $batch<const R extends readonly Promise<unknown>[]>(
    build: (client: ClientMethods<S>) => R,
  ): Promise<Settled<R>>
  /** What the server says it offers. */
  $describe(): Promise<ServiceDescription>
  $close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export type Client<S> = ClientMethods<S> & ClientControls<S>
