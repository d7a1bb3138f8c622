import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fieldTable, fieldValue } from '../../../test/support/amqp-arbitraries.ts'
import {
  encodeTable,
  type FieldTable,
  type FieldValue,
  plainValue,
  readTable,
  readTableEntries,
  TypedValue,
  tableValueTypeName,
} from './field-table.ts'
import { ProtocolError } from './protocol-error.ts'
import { tableDepthMax } from './table-check.ts'

const decode = (bytes: Buffer): FieldTable => readTable(bytes, 0, bytes.length)
const tableOf = (entries: string): Buffer => {
  const content = Buffer.from(entries.replaceAll(' ', ''), 'hex')
  return Buffer.concat([Buffer.from([0, 0, 0, content.length]), content])
}
const nullTable = (table: Record<string, FieldValue>): FieldTable =>
  Object.assign(Object.create(null), table)

test('any table comes back with every value and every type', () => {
  fc.assert(
    fc.property(fieldTable, (table) => {
      const bytes = encodeTable(table)
      assert.deepEqual(decode(bytes), table)
      assert.ok(encodeTable(decode(bytes)).equals(bytes))
    }),
    { numRuns: 500 },
  )
})

/** One value of every type, as its octets after the key `a`, its type name and its plain value. */
const samples: readonly [octets: string, type: string, plain: unknown][] = [
  ['53 00000002 6869', 'longstr', 'hi'],
  ['53 00000002 ff68', 'longstr', '\udcffh'],
  ['49 ffffffff', 'signedint', -1],
  ['44 02 0000007b', 'decimal', 1.23],
  ['54 0000000065000000', 'timestamp', 0x65000000],
  ['54 ffffffffffffffff', 'timestamp', 2n ** 64n - 1n],
  ['46 00000003 016274', 'table', null],
  ['41 00000004 7401 7400', 'array', [true, false]],
  ['62 80', 'byte', -128],
  ['42 80', 'unsignedbyte', 128],
  ['73 8000', 'short', -0x8000],
  ['75 8000', 'unsignedshort', 0x8000],
  ['69 80000000', 'unsignedint', 0x80000000],
  ['6c 0000000000000005', 'long', 5],
  ['6c 0000000080000000', 'long', 0x80000000],
  ['6c 7fffffffffffffff', 'long', 2n ** 63n - 1n],
  ['6c ffffffffffffffff', 'long', -1],
  ['64 3ff8000000000000', 'double', 1.5],
  ['64 3ff0000000000000', 'double', 1],
  ['64 8000000000000000', 'double', -0],
  ['64 7ff0000000000000', 'double', Number.POSITIVE_INFINITY],
  ['66 3fc00000', 'float', 1.5],
  ['74 01', 'bool', true],
  ['74 00', 'bool', false],
  ['56', 'void', null],
  ['78 00000002 ff00', 'binary', Buffer.from([0xff, 0])],
]
for (const [octets, type, plain] of samples) {
  if (type === 'table') continue
  test(`${octets} is a ${type} and stays one`, () => {
    const bytes = tableOf(`0161 ${octets}`)
    const value = decode(bytes).a!
    assert.equal(tableValueTypeName(value), type)
    assert.deepEqual(plainValue(value), plain)
    assert.equal(encodeTable({ a: value }).toString('hex'), bytes.toString('hex'))
  })
}

test('plain values take the type that AMQP clients expect of them', () => {
  const types = (value: FieldValue): string => tableValueTypeName(value)
  assert.deepEqual(
    [1, -(2 ** 31), 2 ** 31, 2 ** 53, 0.5, 'x', true, null, 7n, [], {}].map((v) => types(v)),
    'signedint signedint long double double longstr bool void long array table'.split(' '),
  )
})

test('L is read as a signed 64-bit integer and written as l', () => {
  const value = decode(tableOf('0161 4c ffffffffffffffff'))
  assert.deepEqual(value, nullTable({ a: new TypedValue('l', -1) }))
  assert.equal(
    encodeTable(value).toString('hex'),
    tableOf('0161 6c ffffffffffffffff').toString('hex'),
  )
})

test('the first of two equal keys counts, as in RabbitMQ', () => {
  assert.deepEqual(decode(tableOf('0161 7401 0161 7400')), nullTable({ a: true }))
})

test('a key called __proto__ is a key like any other', () => {
  const bytes = tableOf('095f5f70726f746f5f5f 46 00000004 0161 7401')
  const table = decode(bytes)
  assert.deepEqual(Object.keys(table), ['__proto__'])
  assert.equal(({} as Record<string, unknown>).a, undefined)
  assert.ok(encodeTable(table).equals(bytes))
  assert.deepEqual(Object.keys(plainValue(table) as object), ['__proto__'])
})

test('AMQPLAIN entries have no length before them', () => {
  const bytes = encodeTable({ LOGIN: 'guest', PASSWORD: 'secret' })
  assert.deepEqual(
    { ...readTableEntries(bytes, 4, bytes.length) },
    { LOGIN: 'guest', PASSWORD: 'secret' },
  )
  assert.throws(() => readTableEntries(bytes, 3, bytes.length), ProtocolError)
})

test('nesting ends at the limit, in reading as in writing', () => {
  const nested = (depth: number): FieldTable =>
    nullTable(
      depth === 1 ? {} : { a: depth % 2 === 0 ? nested(depth - 1) : null, b: nested(depth - 1) },
    )
  const chain = (depth: number): FieldTable => nullTable(depth === 1 ? {} : { a: chain(depth - 1) })
  assert.deepEqual(decode(encodeTable(nested(6))), nested(6))
  assert.deepEqual(decode(encodeTable(chain(tableDepthMax))), chain(tableDepthMax))
  assert.throws(() => encodeTable(chain(tableDepthMax + 1)), RangeError)
  const cyclic: FieldTable = {}
  cyclic.self = cyclic
  assert.throws(() => encodeTable(cyclic), RangeError)
})

test('a peer that nests without end is refused before the stack ends', () => {
  for (const letter of ['A', 'F']) {
    const key = letter === 'F' ? Buffer.alloc(1) : Buffer.alloc(0)
    const wrap = (content: Buffer): Buffer =>
      Buffer.concat([key, Buffer.from(letter), sized(content), content])
    let value: Buffer = Buffer.alloc(0)
    for (let i = 0; i < 5000; i += 1) value = wrap(value)
    const entry = letter === 'F' ? value : Buffer.concat([Buffer.alloc(1), value])
    const bytes = Buffer.concat([sized(entry), entry])
    assert.throws(() => decode(bytes), { code: 502, explanation: /nested deeper than 64/ })
  }
})

function sized(content: Buffer): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(content.length)
  return bytes
}

test('what does not fit its type cannot be written', () => {
  const wrong: FieldValue[] = [
    2n ** 63n,
    new TypedValue('b', 128),
    new TypedValue('B', -1),
    new TypedValue('u', 0x10000),
    new TypedValue('i', -1),
    new TypedValue('l', 2 ** 63),
    new TypedValue('D', { scale: 256, unscaled: 0 }),
  ]
  for (const value of wrong) assert.throws(() => encodeTable({ a: value }), RangeError)
  assert.throws(() => encodeTable({ ['k'.repeat(256)]: 1 }), RangeError)
  const untyped = { a: undefined } as unknown as FieldTable
  assert.throws(() => encodeTable(untyped), TypeError)
})

test('octets that are cut off or changed are read or refused, never worse', () => {
  fc.assert(
    fc.property(fieldTable, fc.nat(), fc.nat(255), (table, at, octet) => {
      const bytes = encodeTable(table)
      for (let end = 0; end < bytes.length; end += 1) {
        assert.throws(() => readTable(bytes, 0, end), ProtocolError)
      }
      bytes[at % bytes.length] = octet
      try {
        const read = decode(bytes)
        assert.deepEqual(decode(encodeTable(read)), read)
      } catch (error) {
        assert.ok(error instanceof ProtocolError)
        assert.equal(error.code, 502)
      }
    }),
    { numRuns: 300 },
  )
})

test('a decoded value does not keep the memory it was read from', () => {
  const bytes = encodeTable({ a: new TypedValue('x', Buffer.from('binary')), b: 'text' })
  const table = decode(bytes)
  bytes.fill(0)
  assert.deepEqual(plainValue(table), nullTable({ a: Buffer.from('binary') as never, b: 'text' }))
})

test('values of any width compare equal once they are plain', () => {
  fc.assert(
    fc.property(fieldValue, (value) => {
      const table = decode(encodeTable({ value }))
      assert.deepEqual(plainValue(table.value!), plainValue(value))
    }),
  )
  const fives = [5, 5n, new TypedValue('l', 5), new TypedValue('B', 5)]
  assert.deepEqual(
    fives.map((value) => Number(plainValue(value))),
    [5, 5, 5, 5],
  )
})
