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
  const t = tables
  let sum = -1
  let at = start
  for (const last = end - 8; at <= last; at += 8) {
    const low = sum ^ view.getInt32(at, true)
    const high = view.getInt32(at + 4, true)
    sum =
      t[1792 + (low & 255)]! ^
      t[1536 + ((low >>> 8) & 255)]! ^
      t[1280 + ((low >>> 16) & 255)]! ^
      t[1024 + (low >>> 24)]! ^
      t[768 + (high & 255)]! ^
      t[512 + ((high >>> 8) & 255)]! ^
      t[256 + ((high >>> 16) & 255)]! ^
      t[high >>> 24]!
  }
  for (; at < end; at += 1) sum = (sum >>> 8) ^ t[(sum ^ view.getUint8(at)) & 255]!
  return ~sum >>> 0
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
