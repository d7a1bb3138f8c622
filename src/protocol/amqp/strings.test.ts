import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { shortText } from '../../../test/support/amqp-arbitraries.ts'
import { asBuffer, encodeShortString, readName, readShortString } from './strings.ts'

test('short strings come back as they were', () => {
  fc.assert(
    fc.property(shortText, fc.nat(5), (text, offset) => {
      const bytes = Buffer.concat([Buffer.alloc(offset, 0xff), encodeShortString(text)])
      assert.equal(readShortString(bytes, offset), text)
      assert.equal(readName(bytes, offset), text)
    }),
  )
})

test('a short string holds 255 octets and not one more', () => {
  assert.equal(encodeShortString('é'.repeat(127)).length, 255)
  assert.throws(() => encodeShortString('é'.repeat(128)), RangeError)
})

test('a name that is not UTF-8 is refused in the words of RabbitMQ', () => {
  for (const octets of [[0xff], [0x61, 0xc3], [0xed, 0xa0, 0x80], [0xc0, 0xaf]]) {
    const bytes = Buffer.from([octets.length, ...octets])
    assert.throws(() => readName(bytes, 0), {
      code: 501,
      explanation: 'Malformed UTF-8 in shortstr',
    })
    assert.ok(readShortString(bytes, 0).includes('\ufffd'))
  }
})

test('memory is shared, not copied, to call Buffer methods on it', () => {
  const memory = new Uint8Array([1, 2, 3, 4]).subarray(1, 3)
  const buffer = asBuffer(memory)
  memory[0] = 9
  assert.deepEqual([...buffer], [9, 3])
  assert.equal(asBuffer(buffer), buffer)
})
