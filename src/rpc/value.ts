// The values that every transport can carry, and the few helpers to tell them apart.
// What each transport loses on the way is in docs/rpc.md.

/** What may be an argument, a result or an item of a stream on every transport. */
export type RpcValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Date
  | readonly RpcValue[]
  | { readonly [key: string]: RpcValue | undefined }

/**
 * A number that must travel as a floating point number even when it is whole. JavaScript has one
 * number type, so 1.0 would otherwise reach a typed peer as an integer.
 */
export class Double {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }

  valueOf(): number {
    return this.value
  }

  toJSON(): number {
    return this.value
  }
}

/** Wraps a number so that XML-RPC sends `<double>` even for a whole value. */
export function double(value: number): Double {
  return new Double(value)
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { [Symbol.asyncIterator]?: unknown })[Symbol.asyncIterator] === 'function'
  )
}

/**
 * True for what a `function*` returns. Arrays, strings and maps are iterable as well, but they are
 * values; only a generator is meant as a stream.
 */
export function isGenerator(value: unknown): value is Generator<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.prototype.toString.call(value) === '[object Generator]'
  )
}

/**
 * Sets a key that came from the wire. A plain assignment of `__proto__` would change the prototype
 * of the object instead of adding a key.
 */
export function setKey(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    })
  } else {
    target[key] = value
  }
}
