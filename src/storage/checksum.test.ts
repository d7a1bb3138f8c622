import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import { checksumOf } from './checksum.ts'

test('is the CRC-32 of zlib at every length, wherever the range begins', () => {
  const bytes = Buffer.from(Array.from({ length: 600 }, (_, i) => (i * 131 + (i >> 3)) & 255))
  const view = new DataView(bytes.buffer, bytes.byteOffset + 3, bytes.length - 3)
  for (let length = 0; length <= 500; length += 1) {
    for (const start of [0, 1, 7, 64]) {
      const expected = crc32(bytes.subarray(start + 3, start + 3 + length))
      assert.equal(checksumOf(view, start, start + length), expected, `${length} from ${start}`)
    }
  }
})
