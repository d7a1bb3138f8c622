import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  anyMethod,
  methodCalled,
  methodNames,
  valuesOf,
} from '../../../test/support/amqp-arbitraries.ts'
import { ByteWriter } from './byte-writer.ts'
import { readMethod, writeMethod } from './method-codec.ts'
import { methodTable } from './method-table.ts'
import type { DecodedMethod, MethodArgumentsForWrite, MethodName } from './methods.ts'
import { ProtocolError } from './protocol-error.ts'

function encode<Name extends MethodName>(
  name: Name,
  values: MethodArgumentsForWrite<Name>,
): Buffer {
  const writer = new ByteWriter(8)
  writeMethod(writer, name, values)
  return Buffer.from(writer.view())
}
const decode = (bytes: Buffer): DecodedMethod => readMethod(bytes, 0, bytes.length)
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

for (const name of methodNames) {
  test(`${name} comes back with all its arguments`, () => {
    fc.assert(
      fc.property(methodCalled(name), fc.nat(9), (method, offset) => {
        const payload = encode(name, valuesOf(method))
        const bytes = Buffer.concat([Buffer.alloc(offset, 1), payload, Buffer.alloc(offset, 2)])
        const decoded = readMethod(bytes, offset, offset + payload.length)
        assert.equal(decoded.name, name)
        assert.deepEqual(decoded.arguments, { ...method.values })
        assert.deepEqual(
          [decoded.classId, decoded.methodId],
          [payload.readUInt16BE(0), payload.readUInt16BE(2)],
        )
      }),
      { numRuns: 50 },
    )
  })
}

/** A client that many projects use, and whose table came from the specification's XML. */
interface OtherMethod {
  readonly id: number
  readonly name: string
  readonly args: readonly { readonly type: string; readonly name: string }[]
}
interface Other {
  info(id: number): OtherMethod
  decode(id: number, bytes: Buffer): Record<string, unknown>
  encodeMethod(id: number, channel: number, fields: object): Buffer
}
const require = createRequire(import.meta.url)
const other: Other = require(join(dirname(require.resolve('amqplib')), 'lib/defs.js'))
const idOf = (name: MethodName): number =>
  methodTable[name].classId * 0x10000 + methodTable[name].methodId
const otherNames: Readonly<Record<string, string>> = { nowait: 'noWait' }
const reserved = new Set([
  'ticket',
  'capabilities',
  'insist',
  'knownHosts',
  'outOfBand',
  'channelId',
])

test('the table says what the table of amqplib says', () => {
  assert.equal(methodNames.length, 66)
  for (const name of methodNames) {
    const info = other.info(idOf(name))
    assert.equal(
      name.replace(/(^|[.-])(.)/g, (_, __, c) => c.toUpperCase()),
      info.name,
    )
    const fields: Readonly<Record<string, string>> = methodTable[name].fields
    assert.deepEqual(
      Object.values(fields),
      info.args.map((argument) => argument.type),
      name,
    )
    const isReserved = (field: string): boolean =>
      name === 'access.request-ok' ? false : reserved.has(field) || name === 'basic.get-empty'
    const theirs = info.args.map((a) => (isReserved(a.name) ? '' : (otherNames[a.name] ?? a.name)))
    const ours = Object.keys(fields).map((field) => (field.startsWith('reserved') ? '' : field))
    assert.deepEqual(ours, theirs, name)
  }
})

test('amqplib reads what is written here, and its own bytes are read here', () => {
  fc.assert(
    fc.property(anyMethod, ({ name, values }) => {
      const fields: Readonly<Record<string, string>> = methodTable[name].fields
      // amqplib has other notions of field values, and of tags beyond 32 bits.
      const simple: Record<string, unknown> = { ...values }
      for (const [field, type] of Object.entries(fields)) {
        if (type === 'table') simple[field] = { key: 'value', flag: true, number: 70_000 }
        if (type === 'longlong') simple[field] = Number(values[field]) % 2 ** 32
      }
      const args = other.info(idOf(name)).args
      const theirs = Object.fromEntries(
        args.map((a, i) => [a.name, simple[Object.keys(fields)[i]!]]),
      )
      const payload = encode(name, valuesOf({ name, values: simple }))
      const frame = other.encodeMethod(idOf(name), 7, theirs)
      assert.deepEqual([...payload], [...frame.subarray(7, -1)])
      assert.deepEqual({ ...other.decode(idOf(name), payload.subarray(4)) }, theirs)
      assert.equal(decode(frame.subarray(7, -1)).name, name)
    }),
    { numRuns: 1000 },
  )
})

test('reserved fields need not be given, and are written as nothing', () => {
  const bits = { passive: false, durable: true, exclusive: false, autoDelete: true, noWait: false }
  assert.equal(
    encode('queue.declare', { queue: 'q', ...bits, arguments: { a: 1 } }).toString('hex'),
    hex('0032 000a 0000 01 71 0a 00000007 01 61 49 00000001').toString('hex'),
  )
  assert.equal(encode('connection.open', { virtualHost: '/' }).toString('hex'), '000a0028012f0000')
  assert.equal(encode('channel.open-ok', {}).toString('hex'), '0014000b00000000')
})

test('a delivery tag beyond 2^53 is the nearest number', () => {
  const decoded = decode(hex('003c 0050 ffffffffffffffff 01'))
  assert.deepEqual(decoded.arguments, { deliveryTag: 2 ** 64, multiple: true })
})

const refused: readonly [what: string, octets: string, code: number, explanation: string][] = [
  ['an unknown method', '003c 03e7 01', 503, 'unimplemented method'],
  ['an unknown class', '0063 0001', 503, 'unimplemented method'],
  ['an argument too short', '003c 0050 0000000000000001', 501, 'cannot decode <<0,0,0,0,0,0,0,1>>'],
  ['an octet too many', '005a 000a 07', 501, 'cannot decode <<7>>'],
  ['a short string past the end', '003c 001e 05 6162', 501, 'cannot decode <<5,97,98>>'],
  ['a name that is not UTF-8', '003c 001e 01 ff 00', 501, 'Malformed UTF-8 in shortstr'],
  ['a long string past the end', '000a 0014 00000002 61', 501, 'cannot decode <<0,0,0,2,97>>'],
  [
    'a table past the end',
    '0032 0032 0000 00 00 00 00000001',
    501,
    'cannot decode <<0,0,0,0,0,0,0,0,1>>',
  ],
  [
    'a table with an unknown type',
    '0032 0032 0000 00 00 00 00000002 007a',
    502,
    'malformed field table: unknown type 122',
  ],
]
for (const [what, octets, code, explanation] of refused) {
  test(`${what} is refused with ${code}`, () => {
    const bytes = hex(octets)
    const [classId, methodId] = [bytes.readUInt16BE(0), bytes.readUInt16BE(2)]
    assert.throws(() => decode(bytes), {
      name: 'ProtocolError',
      code,
      explanation,
      classId,
      methodId,
    })
  })
}

test('cut or changed arguments are read or refused, never worse', () => {
  fc.assert(
    fc.property(anyMethod, fc.nat(), fc.nat(255), (method, at, octet) => {
      const bytes = encode(method.name, valuesOf(method))
      for (let end = 0; end < bytes.length; end += 1) {
        assert.throws(() => readMethod(bytes, 0, end), ProtocolError)
      }
      bytes[at % bytes.length] = octet
      try {
        decode(bytes)
      } catch (error) {
        assert.ok(error instanceof ProtocolError)
      }
    }),
    { numRuns: 500 },
  )
})

test('a value that does not fit its field cannot be written', () => {
  const consume = { consumerTag: 'x'.repeat(256), noWait: false }
  assert.throws(() => encode('basic.cancel', consume), RangeError)
  const tune = { channelMax: 65_536, frameMax: 0, heartbeat: 0 }
  assert.throws(() => encode('connection.tune', tune), RangeError)
})
