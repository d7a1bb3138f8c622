// CRC-32 over a range of a buffer. For what is short a loop beats the call into native code: 60 ns
// against 140 ns for 80 bytes, 140 ns against 165 ns for 200.

import { crc32 } from 'node:zlib'

const loopBytesMax = 224
/** The polynomial of CRC-32 with its bits reversed [IEEE 802.3]. */
const polynomial = 0xedb88320
/** Eight tables of 256: what a byte does to the sum when 0 to 7 more bytes follow it. */
const tables: Int32Array = makeTables()

export function checksum(bytes: Uint8Array, start: number, end: number): number {
  return crc32(bytes.subarray(start, end))
}

/** The same for what lies between two offsets of a view. */
export function checksumOf(view: DataView, start: number, end: number): number {
  if (end - start > loopBytesMax) {
    return crc32(new Uint8Array(view.buffer, view.byteOffset + start, end - start))
  }
  let sum = -1
  let at = start
  for (const last = end - 8; at <= last; at += 8) {
    sum = eightBytes(sum, view.getInt32(at, true), view.getInt32(at + 4, true))
  }
  for (; at < end; at += 1) sum = (sum >>> 8) ^ tables[(sum ^ view.getUint8(at)) & 255]!
  return ~sum >>> 0
}

/** The sum of what `sum` is of and eight bytes behind it, given as two little-endian numbers. */
export function sumOnward(sum: number, first: number, second: number): number {
  return ~eightBytes(~sum, first, second)
}

/** `register`: a sum before its last inversion. */
function eightBytes(register: number, first: number, second: number): number {
  const t = tables
  const low = register ^ first
  return (
    t[1792 + (low & 255)]! ^
    t[1536 + ((low >>> 8) & 255)]! ^
    t[1280 + ((low >>> 16) & 255)]! ^
    t[1024 + (low >>> 24)]! ^
    t[768 + (second & 255)]! ^
    t[512 + ((second >>> 8) & 255)]! ^
    t[256 + ((second >>> 16) & 255)]! ^
    t[second >>> 24]!
  )
}

/** The largest number of bytes that `moveOn` takes. */
export const moveBytesMax = 1024
/** By the number of bytes: what each value of each half byte of a sum becomes. */
const moves: (Int32Array | undefined)[] = new Array(moveBytesMax + 1).fill(undefined)

/** What a sum becomes when `bytes` zero bytes follow: it is the xor of what its half bytes become. */
export function moveOn(sum: number, bytes: number): number {
  let t = moves[bytes]
  if (t === undefined) {
    t = makeMove(bytes)
    moves[bytes] = t
  }
  return (
    t[sum & 15]! ^
    t[16 + ((sum >>> 4) & 15)]! ^
    t[32 + ((sum >>> 8) & 15)]! ^
    t[48 + ((sum >>> 12) & 15)]! ^
    t[64 + ((sum >>> 16) & 15)]! ^
    t[80 + ((sum >>> 20) & 15)]! ^
    t[96 + ((sum >>> 24) & 15)]! ^
    t[112 + (sum >>> 28)]!
  )
}

function makeMove(bytes: number): Int32Array {
  const table = new Int32Array(8 * 16)
  for (let bit = 0; bit < 32; bit += 1) {
    let sum = 1 << bit
    for (let i = 0; i < bytes; i += 1) sum = (sum >>> 8) ^ tables[sum & 255]!
    const value = 1 << (bit & 3)
    const half = (bit >> 2) * 16
    for (let lower = 0; lower < value; lower += 1) {
      table[half + value + lower] = table[half + lower]! ^ sum
    }
  }
  return table
}

function makeTables(): Int32Array {
  const made = new Int32Array(8 * 256)
  for (let byte = 0; byte < 256; byte += 1) {
    let sum = byte
    for (let bit = 0; bit < 8; bit += 1) sum = (sum & 1 ? polynomial : 0) ^ (sum >>> 1)
    made[byte] = sum
  }
  for (let at = 256; at < made.length; at += 1) {
    const before = made[at - 256]!
    made[at] = (before >>> 8) ^ made[before & 255]!
  }
  return made
}
