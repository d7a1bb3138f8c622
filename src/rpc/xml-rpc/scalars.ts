// The text of an XML-RPC scalar to a value, as liberal as Python's reader and no more.

import { MalformedError } from './errors.ts'
import type { XmlRpcCodecOptions } from './options.ts'

const wrong = (tag: string): MalformedError => new MalformedError('value', `invalid <${tag}>`)

/** More digits than 64 bits have are refused: turning them to a bigint takes quadratic time. */
const integerPattern = /^[+-]?\d{1,19}$/

/** What nearly every integer is: a few digits and nothing else. Negative when it is not. */
function shortInteger(text: string): number {
  if (text.length === 0 || text.length > 9) return -1
  let value = 0
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}

function integerOf(tag: string, text: string): number | bigint {
  const short = shortInteger(text)
  if (short >= 0) return short
  const trimmed = text.trim()
  if (!integerPattern.test(trimmed)) throw wrong(tag)
  const number = Number(trimmed)
  if (Number.isSafeInteger(number)) return number === 0 ? 0 : number
  return BigInt(trimmed.replace('+', ''))
}

function doubleOf(tag: string, text: string): number {
  const trimmed = text.trim()
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(trimmed)) return Number(trimmed)
  const [, sign, word] = /^([+-]?)(inf|infinity|nan)$/i.exec(trimmed) ?? []
  if (word === undefined) throw wrong(tag)
  if (word.toLowerCase() === 'nan') return Number.NaN
  return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
}

const datePattern =
  /^(\d{4})-?(\d\d)-?(\d\d)T(\d\d):?(\d\d):?(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?$/

/** `19980717T14:08:55` [XML-RPC], and the forms with dashes, fraction or zone that others send. */
function dateOf(tag: string, text: string, timeZone: 'utc' | 'local'): Date {
  const match = datePattern.exec(text.trim())
  if (match === null) throw wrong(tag)
  const [, year, month, day, hour, minute, second, fraction, zone] = match
  const millis = fraction === undefined ? '' : `.${fraction.padEnd(3, '0').slice(0, 3)}`
  const offset =
    zone === undefined ? (timeZone === 'utc' ? 'Z' : '') : zone.replace(/^(...)(\d\d)$/, '$1:$2')
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${millis}${offset}`)
  if (Number.isNaN(date.getTime())) throw wrong(tag)
  return date
}

function bytesOf(tag: string, text: string): Buffer {
  const packed = text.replace(/[ \t\r\n]/g, '')
  if (packed.length % 4 === 1 || !/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) throw wrong(tag)
  return Buffer.from(packed, 'base64')
}

export function scalarOf(tag: string, text: string, options: XmlRpcCodecOptions): unknown {
  switch (tag) {
    case 'string':
    case 'bigdecimal':
      return text
    case 'int':
    case 'i4':
    case 'i8':
    case 'i1':
    case 'i2':
    case 'biginteger':
      return integerOf(tag, text)
    case 'boolean': {
      const trimmed = text.trim()
      if (trimmed !== '0' && trimmed !== '1') throw wrong(tag)
      return trimmed === '1'
    }
    case 'double':
    case 'float':
      return doubleOf(tag, text)
    case 'dateTime.iso8601':
      return dateOf(tag, text, options.timeZone ?? 'utc')
    case 'base64':
      return bytesOf(tag, text)
    default:
      if (text.trim() !== '') throw wrong(tag)
      return null
  }
}
