// google.protobuf.Value by hand.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { double } from '../value.ts'
import {
  decodeList,
  decodeValue,
  encodeList,
  encodeStatus,
  encodeValue,
  statusDetails,
} from './codec.ts'
import { WireError } from './wire.ts'

const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.double(),
    fc.string({ unit: 'grapheme' }).filter((text) => text.isWellFormed()),
    fc.array(tie('any'), { maxLength: 5 }),
    fc.dictionary(fc.string(), tie('any'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).any

describe('google.protobuf.Value', () => {
  test('what was written is read back', () => {
    fc.assert(
      fc.property(value, fc.array(value, { maxLength: 3 }), (one, several) => {
        assert.deepEqual(decodeValue(encodeValue(one)), one)
        assert.deepEqual(decodeList(encodeList(several)), several)
      }),
      { numRuns: 500 },
    )
  })

  test("the bytes are those of Google's own library", () => {
    // As Python's struct_pb2 writes {"a": [1, None, True, "x"]}.
    assert.equal(
      encodeValue({ a: [1, null, true, 'x'] }).toString('hex'),
      '2a210a1f0a0161121a32180a0911000000000000f03f0a0208000a0220010a031a0178',
    )
  })

  test('what Value has no word for has a form', () => {
    assert.deepEqual(decodeValue(encodeValue(Buffer.from([1, 2]))), Buffer.from([1, 2]))
    assert.equal(decodeValue(encodeValue(new Date(0))), '1970-01-01T00:00:00.000Z')
    assert.equal(decodeValue(encodeValue(12n)), 12)
    assert.equal(decodeValue(encodeValue(2n ** 60n)), String(2n ** 60n))
    assert.equal(decodeValue(encodeValue(undefined)), null)
    assert.equal(decodeValue(encodeValue(double(2))), 2)
    assert.deepEqual(decodeValue(encodeValue({ a: undefined, b: 1 })), { b: 1 })
    assert.throws(() => encodeValue(() => 1), { code: 'INVALID_ARGUMENT' })
  })

  test('depth and lengths are limited', () => {
    let nested: unknown = 1
    for (let i = 0; i < 200; i++) nested = [nested]
    assert.throws(() => encodeValue(nested), { code: 'INVALID_ARGUMENT' })
    assert.throws(() => decodeValue(Buffer.from('1aff', 'hex')), WireError)
    assert.throws(() => decodeValue(Buffer.from('ffffffffffffffffffffff', 'hex')), WireError)
    let deep: Buffer = encodeValue(1)
    for (let i = 0; i < 200; i++) {
      const list = Buffer.concat([Buffer.from([0x0a]), varint(deep.length), deep])
      deep = Buffer.concat([Buffer.from([0x32]), varint(list.length), list])
    }
    assert.throws(() => decodeValue(deep), WireError)
  })

  test('large values are written whole', () => {
    const large = { text: 'ü'.repeat(100_000), list: Array.from({ length: 10_000 }, (_, i) => i) }
    assert.deepEqual(decodeValue(encodeValue(large)), large)
  })

  test('details of a status come back', () => {
    const packed = encodeStatus(9, 'not now', { details: { why: 'closed' }, name: 'X' })
    assert.deepEqual(statusDetails(packed), { details: { why: 'closed' }, name: 'X' })
  })
})

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80)
    rest >>>= 7
  }
  return Buffer.from([...bytes, rest])
}
