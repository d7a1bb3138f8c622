// CRC-32 over a range of a buffer.

import { crc32 } from 'node:zlib'

export function checksum(bytes: Uint8Array, start: number, end: number): number {
  return crc32(bytes.subarray(start, end))
}
