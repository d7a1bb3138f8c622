// MessagePack values, by @msgpack/msgpack with its edges mended: structure is checked first, 64-bit
// integers are numbers when that is exact and bigints otherwise, dates are ISO text (Python would
// make its own Timestamp class of the extension), and what cannot travel is refused, not altered.
import { Decoder, Encoder } from '@msgpack/msgpack'
import { Double, isRecord } from '../value.ts'
import { KeyCache } from './key-cache.ts'
import { checkStructure, MessagePackError } from './structure.ts'

export const defaultDepthMax = 128

function keyOf(key: unknown): string | number {
  if (typeof key === 'string' || typeof key === 'number') return key
  // Python's bytes as keys, and integers that were read as bigints.
  if (key instanceof Uint8Array) return Buffer.from(key).toString('utf8')
  if (typeof key === 'bigint' || typeof key === 'boolean') return String(key)
  throw new MessagePackError('a map key is neither text nor number')
}

const plainObject = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value)
  return (
    prototype === Object.prototype ||
    prototype === null ||
    !(value instanceof Map || value instanceof Set)
  )
}

/** True when a value has something that must be replaced before the library writes it. */
function needsReplacing(value: unknown, depthLeft: number): boolean {
  switch (typeof value) {
    case 'bigint':
      return true
    case 'function':
    case 'symbol':
      throw new MessagePackError(`a ${typeof value} cannot be sent`)
    case 'object':
      break
    default:
      return false
  }
  if (value === null || value instanceof Uint8Array) return false
  if (value instanceof Date || value instanceof Double) return true
  if (depthLeft === 0) throw new MessagePackError('nested too deeply')
  if (Array.isArray(value)) {
    let needs = false
    for (const item of value) needs = needsReplacing(item, depthLeft - 1) || needs
    return needs
  }
  if (!plainObject(value)) throw new MessagePackError('a Map or Set cannot be sent')
  let needs = false
  for (const key in value) {
    needs = needsReplacing((value as Record<string, unknown>)[key], depthLeft - 1) || needs
  }
  return needs
}

/** Prepares a value for the encoder with bigints, which would write large safe numbers as floats. */
function replaced(value: unknown): unknown {
  if (typeof value === 'bigint') {
    if (value < -(2n ** 63n) || value >= 2n ** 64n) {
      throw new MessagePackError('an integer has more than 64 bits')
    }
    return value >= -0x8000_0000n && value < 0x1_0000_0000n ? Number(value) : value
  }
  if (typeof value === 'number') {
    const large = Number.isSafeInteger(value) && (value >= 0x1_0000_0000 || value < -0x8000_0000)
    return large ? BigInt(value) : value
  }
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Double) return value.value
  if (Array.isArray(value)) return value.map(replaced)
  if (isRecord(value) && !(value instanceof Uint8Array)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaced(item)]))
  }
  return value
}

/** Numbers where exact; only called when 64-bit integers occur. Changes the value in place. */
function withNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : value
  }
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) value[index] = withNumbers(item)
  } else if (isRecord(value) && !(value instanceof Uint8Array) && !(value instanceof Date)) {
    for (const [key, item] of Object.entries(value)) value[key] = withNumbers(item)
  }
  return value
}

/** One per connection owner: it has buffers and a key cache of its own. */
export class MessagePackCodec {
  readonly #depthMax: number
  readonly #encoder: Encoder
  readonly #bigEncoder: Encoder
  readonly #decoder: Decoder
  readonly #bigDecoder: Decoder

  constructor(depthMax: number = defaultDepthMax) {
    this.#depthMax = depthMax
    const shared = { keyDecoder: new KeyCache(), mapKeyConverter: keyOf }
    this.#encoder = new Encoder({ maxDepth: depthMax + 8 })
    this.#bigEncoder = new Encoder({ maxDepth: depthMax + 8, useBigInt64: true })
    this.#decoder = new Decoder(shared)
    this.#bigDecoder = new Decoder({ ...shared, useBigInt64: true })
  }

  encode(value: unknown): Uint8Array {
    if (needsReplacing(value, this.#depthMax)) return this.#bigEncoder.encode(replaced(value))
    return this.#encoder.encode(value)
  }

  /** Throws MessagePackError for everything that is not one value. */
  decode(bytes: Buffer): unknown {
    const { hasInt64 } = checkStructure(bytes, this.#depthMax)
    try {
      return hasInt64 ? withNumbers(this.#bigDecoder.decode(bytes)) : this.#decoder.decode(bytes)
    } catch (cause) {
      throw new MessagePackError('not decodable', { cause })
    }
  }
}
