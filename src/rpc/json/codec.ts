// JSON text and values. What JSON has no type for: bytes travel as {"$bytes": base64}, dates as ISO
// strings, whole numbers beyond 2^53 as strings; NaN and infinities are refused, not made null.
import { RpcError } from '../error.ts'
import { isRecord } from '../value.ts'

export const defaultDepthMax = 128

const invalid = (message: string): RpcError => new RpcError('INVALID_ARGUMENT', message)

/** True when a value needs the slow way through a replacer. Refuses what cannot be sent at all. */
function needsReplacer(value: unknown, depthLeft: number): boolean {
  switch (typeof value) {
    case 'bigint':
      return true
    case 'number':
      if (!Number.isFinite(value)) throw invalid(`${value} cannot be sent as JSON`)
      return false
    case 'function':
    case 'symbol':
      throw invalid(`a ${typeof value} cannot be sent`)
    case 'object':
      break
    default:
      return false
  }
  if (value === null) return false
  if (depthLeft === 0) throw invalid('the value is nested too deeply')
  if (value instanceof Uint8Array) return true
  if (Array.isArray(value)) {
    let needs = false
    for (const item of value) needs = needsReplacer(item, depthLeft - 1) || needs
    return needs
  }
  let needs = false
  for (const key in value) {
    needs = needsReplacer((value as Record<string, unknown>)[key], depthLeft - 1) || needs
  }
  return needs
}

function replacer(this: unknown, key: string, given: unknown): unknown {
  // Buffer has a toJSON that runs before the replacer, so the holder is asked for the original.
  const value = (this as Record<string, unknown>)[key]
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : String(value)
  }
  if (value instanceof Uint8Array) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    return { $bytes: bytes.toString('base64') }
  }
  return given
}

export function encodeJson(value: unknown, depthMax: number = defaultDepthMax): string {
  // `undefined` is what a function without result returns; JSON's word for it is null.
  if (value === undefined) return 'null'
  return needsReplacer(value, depthMax) ? JSON.stringify(value, replacer) : JSON.stringify(value)
}

function reviveBytes(_key: string, value: unknown): unknown {
  if (!isRecord(value)) return value
  const text = value.$bytes
  return typeof text === 'string' && Object.keys(value).length === 1
    ? Buffer.from(text, 'base64')
    : value
}

/** How deeply brackets nest, so that nothing later can run out of stack. */
function tooDeep(text: string, depthMax: number): boolean {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at)
    if (char === 0x22) {
      at = text.indexOf('"', at + 1)
      if (at < 0) return false
      // An odd number of backslashes before it escapes the quote.
      for (;;) {
        let before = at - 1
        while (text.charCodeAt(before) === 0x5c) before -= 1
        if ((at - before) % 2 === 1) break
        at = text.indexOf('"', at + 1)
        if (at < 0) return false
      }
    } else if (char === 0x5b || char === 0x7b) {
      depth += 1
      if (depth > depthMax) return true
    } else if (char === 0x5d || char === 0x7d) depth -= 1
  }
  return false
}

/** Throws SyntaxError for what is not JSON and for what is too deep to be handled. */
export function decodeJson(text: string, depthMax: number = defaultDepthMax): unknown {
  if (text.length > depthMax && tooDeep(text, depthMax)) {
    throw new SyntaxError('JSON is nested too deeply')
  }
  return text.includes('"$bytes"') ? JSON.parse(text, reviveBytes) : JSON.parse(text)
}
