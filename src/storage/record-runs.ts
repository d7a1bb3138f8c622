// Checks many records that lie one after the other at once: one CRC over all their bytes, which comes
// from native code, against the one that follows from the sums that the records bring. A quarter of
// what it costs to sum each of them, if they are short.
//
// For the CRC of A and B together: crc(A B) = crc(A), moved on by as many zero bytes as B has, xor
// crc(B). Moving on is linear, so that a table for each half byte of the sum does it [zlib, crc32_combine].

import { crc32 } from 'node:zlib'
import { moveBytesMax, moveOn, sumOnward } from './checksum.ts'
import { recordPrefixBytes } from './records.ts'

/** The bytes before what a record's sum is of: its length and the sum itself. */
const unsummedBytes = 8
/** Of longer records each is summed by native code as quickly. */
const recordBytesMax = unsummedBytes + moveBytesMax
/** For fewer it is not worth it. */
const recordsMin = 8

/** Where the record at this place ends; -1 if that is not in the view, or it is too long for a run. */
export function endInRun(view: DataView, at: number): number {
  if (at + recordPrefixBytes > view.byteLength) return -1
  const length = view.getUint32(at, true)
  if (length < recordPrefixBytes || length > recordBytesMax) return -1
  return at + length <= view.byteLength ? at + length : -1
}

/** Whether each of so many records from a place on is as its sum says; false may also mean: too few. */
export function isIntactRun(view: DataView, start: number, count: number): boolean {
  if (count < recordsMin) return false
  let at = start
  let sum = 0
  for (let i = 0; i < count; i += 1) {
    const length = view.getUint32(at, true)
    const recordSum = view.getInt32(at + 4, true)
    sum = moveOn(sumOnward(sum, length, recordSum), length - unsummedBytes) ^ recordSum
    at += length
  }
  const bytes = new Uint8Array(view.buffer, view.byteOffset + start, at - start)
  return crc32(bytes) === sum >>> 0
}
