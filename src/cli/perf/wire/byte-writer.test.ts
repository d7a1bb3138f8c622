import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByteWriter } from './byte-writer.ts'
import { headerFrame, methodFrame, publishHead } from './frames.ts'
import { METHOD } from './methods.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test('a table holds every kind of value as the specification lays it out', () => {
  const table = { a: 'x', b: true, c: 1, d: 2 ** 40, e: 1.5, f: { g: -1 } }
  assert.equal(
    hex(new ByteWriter(1).table(table).finish()),
    [
      '00000037',
      '0161' + '53' + '00000001' + '78',
      '0162' + '74' + '01',
      '0163' + '49' + '00000001',
      '0164' + '6c' + '0000010000000000',
      '0165' + '64' + '3ff8000000000000',
      '0166' + '46' + '00000007' + '0167' + '49' + 'ffffffff',
    ].join(''),
  )
})

test('a short string longer than 255 octets is refused', () => {
  assert.throws(() => new ByteWriter().shortString('ü'.repeat(128)), RangeError)
})

test('frames are those of the specification', () => {
  assert.equal(
    hex(methodFrame(1, METHOD.channelOpen, (w) => w.u8(0))),
    '01000100000005' + '0014000a' + '00' + 'ce',
  )
  assert.equal(
    hex(headerFrame(2, 5, { persistent: true, priority: 9, replyTo: 'q' })),
    '02000200000012' + '003c0000' + '0000000000000005' + '1a00' + '02' + '09' + '0171' + 'ce',
  )
  const head = publishHead(1, {
    exchange: 'e',
    routingKey: 'k',
    mandatory: true,
    properties: {},
    size: 0,
  })
  assert.equal(
    hex(head.subarray(0, 19)),
    '0100010000000b' + '003c0028' + '0000' + '0165' + '016b' + '01' + 'ce',
  )
})
