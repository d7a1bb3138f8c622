// MessagePack: what the library gets wrong for us is mended, and hostile bytes cost nothing.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { double } from '../value.ts'
import { MessagePackCodec } from './codec.ts'
import { checkStructure, MessagePackError } from './structure.ts'

const codec = new MessagePackCodec()
const roundTrip = (value: unknown): unknown => codec.decode(Buffer.from(codec.encode(value)))
const hex = (value: unknown): string => Buffer.from(codec.encode(value)).toString('hex')

describe('MessagePack', () => {
  test('what was written is read back', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.constant(null),
        fc.boolean(),
        fc.maxSafeInteger(),
        fc.double({ noNaN: true }),
        fc.string({ unit: 'grapheme' }),
        fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
        fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
        fc.uint8Array(),
        fc.array(tie('any'), { maxLength: 5 }),
        fc.dictionary(
          fc.string().filter((key) => key !== '__proto__'),
          tie('any'),
          { maxKeys: 5, noNullPrototype: true },
        ),
      ),
    })).any
    fc.assert(
      fc.property(value, (given) => {
        const withoutNegativeZero = Object.is(given, -0) ? 0 : given
        assert.deepEqual(plain(roundTrip(given)), plain(withoutNegativeZero))
      }),
      { numRuns: 500 },
    )
  })

  test('integers keep their value and their type', () => {
    assert.equal(hex(2 ** 40), 'cf0000010000000000')
    assert.equal(hex(-(2 ** 40)), 'd3ffffff0000000000')
    assert.equal(hex(5n), '05')
    assert.equal(roundTrip(2 ** 53 - 1), 2 ** 53 - 1)
    assert.equal(roundTrip(2n ** 60n), 2n ** 60n)
    assert.deepEqual(roundTrip([1n, 2 ** 40, { a: 2n ** 62n }]), [1, 2 ** 40, { a: 2n ** 62n }])
    assert.throws(() => codec.encode(2n ** 64n), MessagePackError)
  })

  test('absent values are nil, dates are text, bytes are bytes', () => {
    assert.equal(hex(undefined), 'c0')
    assert.equal(roundTrip(new Date(0)), '1970-01-01T00:00:00.000Z')
    assert.equal(hex(Buffer.from([1, 2])), 'c4020102')
    assert.equal(roundTrip(double(3)), 3)
  })

  test('what cannot travel is refused', () => {
    for (const value of [() => 1, Symbol('x'), new Map(), new Set([1])]) {
      assert.throws(() => codec.encode([value]), MessagePackError)
    }
    const cycle: unknown[] = []
    cycle.push(cycle)
    assert.throws(() => codec.encode(cycle), MessagePackError)
  })

  test('the same keys in many maps are read right', () => {
    const maps = Array.from({ length: 50 }, (_, i) =>
      Object.fromEntries(Array.from({ length: 200 }, (_, k) => [`key-${k}-${i % 7}`, k])),
    )
    assert.deepEqual(roundTrip(maps), maps)
  })

  test('a key called __proto__ is refused', () => {
    const bytes = Buffer.concat([
      Buffer.from([0x81, 0xa9]),
      Buffer.from('__proto__'),
      Buffer.from([1]),
    ])
    assert.throws(() => codec.decode(bytes), MessagePackError)
  })
})

describe('the structure check', () => {
  test('counts are held against the bytes that are there', () => {
    for (const bytes of [
      'ddffffffff',
      'dfffffffff',
      'dbffffffff',
      'c6ffffffff',
      'c9ffffffff01',
      '9f',
      '',
    ]) {
      assert.throws(() => codec.decode(Buffer.from(bytes, 'hex')), MessagePackError, bytes)
    }
    // Nested arrays that each claim a million items would take gigabytes.
    const greedy = Buffer.concat(
      Array.from({ length: 2000 }, () => Buffer.from('dd000fffff', 'hex')),
    )
    assert.throws(() => codec.decode(greedy), MessagePackError)
  })

  test('depth is limited, and what follows the value is refused', () => {
    assert.doesNotThrow(() => checkStructure(Buffer.from(`${'91'.repeat(128)}c0`, 'hex'), 128))
    assert.throws(() => checkStructure(Buffer.from(`${'91'.repeat(129)}c0`, 'hex'), 128), /deep/)
    assert.throws(() => checkStructure(Buffer.from('c0c0', 'hex'), 128), /after/)
    assert.throws(() => checkStructure(Buffer.from('c1', 'hex'), 128), /0xc1/)
  })
})

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (Object.is(value, -0)) return 0
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
  }
  return value
}
