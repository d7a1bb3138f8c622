// Walks an encoded field table without decoding or allocating, so that decoding it later cannot
// fail: lengths inside lengths, known types, and no deeper than the limit.
//
//   table:  | length u32 | { key: short string | type octet | value }* |
//   array:  | length u32 | { type octet | value }* |                       [AMQP 0-9-1, 4.2.5.5]

import { ProtocolError } from './protocol-error.ts'
import { ReplyCode } from './reply-codes.ts'

/** Tables and arrays inside one another. Nobody needs as many, and recursion has to end. */
export const tableDepthMax = 64

const unknown = -1
const string = -2
const table = -3
const array = -4

/** Octets of a value by its type, or one of the marks above. */
const sizes: Int8Array = new Int8Array(256).fill(unknown)
for (const letter of 'tbB') sizes[letter.charCodeAt(0)] = 1
for (const letter of 'su') sizes[letter.charCodeAt(0)] = 2
for (const letter of 'Iif') sizes[letter.charCodeAt(0)] = 4
for (const letter of 'lLdT') sizes[letter.charCodeAt(0)] = 8
for (const letter of 'Sx') sizes[letter.charCodeAt(0)] = string
sizes['D'.charCodeAt(0)] = 5
sizes['V'.charCodeAt(0)] = 0
sizes['F'.charCodeAt(0)] = table
sizes['A'.charCodeAt(0)] = array

export function malformedTable(what: string): ProtocolError {
  return new ProtocolError(ReplyCode.syntaxError, `malformed field table: ${what}`)
}

/** Checks the table whose length is at `start`, and returns where it ends. */
export function checkTable(bytes: Uint8Array, start: number, end: number): number {
  const contentEnd = sizedEnd(bytes, start, end)
  checkEntries(bytes, start + 4, contentEnd)
  return contentEnd
}

/** Checks a table's entries, which are all that lies between `start` and `end`. */
export function checkEntries(bytes: Uint8Array, start: number, end: number, depth = 1): void {
  if (depth > tableDepthMax) throw malformedTable(`nested deeper than ${tableDepthMax}`)
  let at = start
  while (at < end) {
    at += 1 + bytes[at]!
    if (at >= end) throw malformedTable('a key passes its end')
    at = checkValue(bytes, at, end, depth)
  }
}

function checkItems(bytes: Uint8Array, start: number, end: number, depth: number): void {
  if (depth > tableDepthMax) throw malformedTable(`nested deeper than ${tableDepthMax}`)
  let at = start
  while (at < end) at = checkValue(bytes, at, end, depth)
}

function checkValue(bytes: Uint8Array, at: number, end: number, depth: number): number {
  const size = sizes[bytes[at]!]!
  const valueAt = at + 1
  if (size >= 0) {
    if (valueAt + size > end) throw malformedTable('a value passes its end')
    return valueAt + size
  }
  if (size === unknown) throw malformedTable(`unknown type ${bytes[at]}`)
  const valueEnd = sizedEnd(bytes, valueAt, end)
  if (size === table) checkEntries(bytes, valueAt + 4, valueEnd, depth + 1)
  else if (size === array) checkItems(bytes, valueAt + 4, valueEnd, depth + 1)
  return valueEnd
}

/** Where the value ends whose length is at `at`. */
function sizedEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at + 4 > end) throw malformedTable('a length passes its end')
  const length =
    bytes[at]! * 0x1000000 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!)
  if (length > end - at - 4) throw malformedTable('a value passes its end')
  return at + 4 + length
}
