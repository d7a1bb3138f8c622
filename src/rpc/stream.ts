// A stream of results that can be cut off: by the caller who went away, by the deadline, or by the
// consumer who has seen enough. Whoever ends it, the source is told and `finish` runs once.
import { runAsCurrent, type ServerCall } from './call.ts'
import { RpcError } from './error.ts'

function iteratorOf(source: AsyncIterable<unknown> | Iterable<unknown>): Iteratorlike {
  return Symbol.asyncIterator in source
    ? source[Symbol.asyncIterator]()
    : (source[Symbol.iterator]() as Iteratorlike)
}

interface Iteratorlike {
  next(): Promise<IteratorResult<unknown>> | IteratorResult<unknown>
  return?(value?: unknown): unknown
}

export interface GuardedStreamOptions {
  readonly source: AsyncIterable<unknown> | Iterable<unknown>
  readonly call: ServerCall
  readonly finish: (error: RpcError | undefined) => void
  /** What the caller may learn of an exception of the source. */
  readonly expose: (reason: unknown) => RpcError
}

export class GuardedStream implements AsyncIterableIterator<unknown> {
  readonly #source: Iteratorlike
  readonly #call: ServerCall
  readonly #finish: (error: RpcError | undefined) => void
  readonly #expose: (reason: unknown) => RpcError
  #done = false
  #failed: RpcError | undefined

  constructor(options: GuardedStreamOptions) {
    const { source, call, finish, expose } = options
    this.#source = iteratorOf(source)
    this.#call = call
    this.#finish = finish
    this.#expose = expose
    call.onAbort((error) => this.#end(error))
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<unknown>> {
    if (this.#failed !== undefined) return Promise.reject(this.#failed)
    if (this.#done) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve, reject) => {
      this.#call.onAbort((error) => {
        this.#end(error)
        reject(error)
      })
      const settle = (result: IteratorResult<unknown>) => {
        if (result.done === true) this.#end(undefined)
        resolve(result)
      }
      const fail = (reason: unknown) => {
        this.#close(RpcError.from(reason))
        reject(this.#expose(reason))
      }
      try {
        // A generator runs where it is asked, not where it was made: its handler is in its call again.
        const asked = runAsCurrent(this.#call, () => this.#source.next())
        Promise.resolve(asked).then(settle, fail)
      } catch (reason) {
        fail(reason)
      }
    })
  }

  return(): Promise<IteratorResult<unknown>> {
    this.#end(undefined)
    return Promise.resolve({ done: true, value: undefined })
  }

  #end(error: RpcError | undefined): void {
    if (this.#done) return
    this.#failed = error
    this.#close(error)
    // A generator that is suspended inside `await` answers `return` only later, and what it then
    // throws concerns nobody any more.
    try {
      const left = runAsCurrent(this.#call, () => this.#source.return?.())
      Promise.resolve(left).catch(() => undefined)
    } catch {
      // As above, for a synchronous generator.
    }
  }

  #close(error: RpcError | undefined): void {
    if (this.#done) return
    this.#done = true
    this.#finish(error)
  }
}
