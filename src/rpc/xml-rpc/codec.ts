// XML-RPC values, calls and answers as text: the writing half.
//
//   methodCall     = methodName params?            params = param*        param = value
//   methodResponse = params | fault(value{faultCode, faultString})
//   value          = i4|int|i8|boolean|string|double|dateTime.iso8601|base64|nil|struct|array | text
//   struct         = member*(name value)           array  = data(value*)
import { RpcError } from '../error.ts'
import { Double } from '../value.ts'
import type { Fault } from './errors.ts'
import { defaultDepthMax, type XmlRpcCodecOptions } from './options.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML 1.0 cannot carry.
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/
const special = /[&<>\r]/
const specials = /[&<>\r]/g
// A bare CR would be read as LF [XML 1.0, 2.11], so it travels as a character reference.
const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\r': '&#13;',
}

const invalid = (message: string): RpcError => new RpcError('INVALID_ARGUMENT', message)

export function escapeText(text: string): string {
  if (forbidden.test(text) || !text.isWellFormed()) {
    throw invalid('a string has characters that XML cannot carry: send bytes instead')
  }
  return special.test(text) ? text.replace(specials, (char) => entities[char] ?? char) : text
}

const two = (number: number): string => String(number).padStart(2, '0')

function dateText(date: Date, timeZone: 'utc' | 'local'): string {
  if (Number.isNaN(date.getTime())) throw invalid('an invalid Date cannot be sent')
  if (timeZone === 'utc') return date.toISOString().slice(0, 19).replaceAll('-', '')
  const day = `${String(date.getFullYear()).padStart(4, '0')}${two(date.getMonth() + 1)}`
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  return `${day}${two(date.getDate())}T${time}`
}

/** Writes one message; keeps the depth, because a cycle would otherwise never end. */
class Writer {
  readonly #options: XmlRpcCodecOptions
  readonly #depthMax: number
  #depth = 0

  constructor(options: XmlRpcCodecOptions) {
    this.#options = options
    this.#depthMax = options.depthMax ?? defaultDepthMax
  }

  value(value: unknown): string {
    switch (typeof value) {
      case 'string':
        return `<value><string>${escapeText(value)}</string></value>`
      case 'number':
        return `<value>${this.#number(value)}</value>`
      case 'boolean':
        return value ? '<value><boolean>1</boolean></value>' : '<value><boolean>0</boolean></value>'
      case 'bigint':
        return `<value>${this.#bigint(value)}</value>`
      case 'undefined':
        return this.#nil()
      case 'object':
        return value === null ? this.#nil() : this.#object(value)
      default:
        throw invalid(`a ${typeof value} cannot be sent`)
    }
  }

  #nil(): string {
    if (this.#options.allowNull === false) {
      throw new RpcError('INVALID_ARGUMENT', 'cannot marshal None unless allow_none is enabled', {
        remote: { name: 'TypeError' },
      })
    }
    return '<value><nil/></value>'
  }

  #number(value: number): string {
    if (!Number.isInteger(value)) return this.#double(value)
    if (value === (value | 0))
      return Object.is(value, -0) ? this.#double(value) : `<int>${value}</int>`
    if (!Number.isSafeInteger(value)) return this.#double(value)
    return this.#large(BigInt(value))
  }

  #double(value: number): string {
    if (!Number.isFinite(value)) {
      if (this.#options.nonFinite !== true) throw invalid(`${value} cannot be sent`)
      return `<double>${String(value).replace('Infinity', 'inf').toLowerCase()}</double>`
    }
    if (Object.is(value, -0)) return '<double>-0.0</double>'
    return `<double>${Number.isInteger(value) && Math.abs(value) < 1e21 ? `${value}.0` : value}</double>`
  }

  #bigint(value: bigint): string {
    return value === BigInt.asIntN(32, value) ? `<int>${value}</int>` : this.#large(value)
  }

  #large(value: bigint): string {
    if (this.#options.largeIntegers === 'double') return this.#double(Number(value))
    if (this.#options.largeIntegers === 'i8' && value === BigInt.asIntN(64, value)) {
      return `<i8>${value}</i8>`
    }
    throw new RpcError('INVALID_ARGUMENT', 'int exceeds XML-RPC limits', {
      remote: { name: 'OverflowError' },
    })
  }

  #object(value: object): string {
    if (Array.isArray(value)) {
      this.#enter()
      let text = '<value><array><data>\n'
      for (const item of value) text += `${this.value(item)}\n`
      this.#depth -= 1
      return `${text}</data></array></value>`
    }
    if (value instanceof Uint8Array) {
      return `<value><base64>\n${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')}\n</base64></value>`
    }
    if (value instanceof Date) {
      const text = dateText(value, this.#options.timeZone ?? 'utc')
      return `<value><dateTime.iso8601>${text}</dateTime.iso8601></value>`
    }
    if (value instanceof Double) return `<value>${this.#double(value.value)}</value>`
    this.#enter()
    let text = '<value><struct>\n'
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) continue
      text += `<member>\n<name>${escapeText(key)}</name>\n${this.value(item)}\n</member>\n`
    }
    this.#depth -= 1
    return `${text}</struct></value>`
  }

  #enter(): void {
    this.#depth += 1
    if (this.#depth > this.#depthMax) throw invalid('the value is nested too deeply')
  }
}

const prolog = "<?xml version='1.0'?>\n"

export function encodeCall(
  method: string,
  args: readonly unknown[],
  options: XmlRpcCodecOptions = {},
): string {
  const writer = new Writer(options)
  let params = ''
  for (const arg of args) params += `<param>\n${writer.value(arg)}\n</param>\n`
  const name = `<methodName>${escapeText(method)}</methodName>`
  return `${prolog}<methodCall>\n${name}\n<params>\n${params}</params>\n</methodCall>\n`
}

export function encodeResult(result: unknown, options: XmlRpcCodecOptions = {}): string {
  const value = new Writer(options).value(result)
  const params = `<params>\n<param>\n${value}\n</param>\n</params>`
  return `${prolog}<methodResponse>\n${params}\n</methodResponse>\n`
}

export function encodeFault(fault: Fault): string {
  // The text may quote anything that was thrown; what XML cannot carry must not hide the fault.
  const faultString = fault.faultString
    .toWellFormed()
    .replace(new RegExp(forbidden.source, 'g'), '\ufffd')
  const value = new Writer({}).value({ faultCode: fault.faultCode, faultString })
  return `${prolog}<methodResponse>\n<fault>\n${value}\n</fault>\n</methodResponse>\n`
}
