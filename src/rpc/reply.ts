// What a client method returns: a promise that can also be iterated. `await` gives the result (for
// a stream, the stream), `for await` gives the items without a second await.
import { RpcError } from './error.ts'
import { isAsyncIterable } from './value.ts'

export type Reply<T> = Promise<T> &
  AsyncIterable<T extends AsyncIterable<infer Item> ? Item : never>

async function* items(this: Promise<unknown>): AsyncGenerator<unknown> {
  const result = await this
  if (!isAsyncIterable(result)) {
    throw new RpcError('FAILED_PRECONDITION', 'the method answered with a value, not with a stream')
  }
  yield* result
}

/** Adds iteration to a promise. An own property, because subclasses of Promise await slower. */
export function asReply<T>(promise: Promise<T>): Reply<T> {
  return Object.defineProperty(promise, Symbol.asyncIterator, { value: items }) as Reply<T>
}
