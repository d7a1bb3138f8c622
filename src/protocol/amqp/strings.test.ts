import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { shortText } from '../../../test/support/amqp-arbitraries.ts'
import { ByteWriter } from './byte-writer.ts'
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
    assert.ok(encodeShortString(readShortString(bytes, 0)).equals(bytes))
  }
})

test('any octets survive being text, whether they are UTF-8 or not', () => {
  const octet = fc.constantFrom(0, 0x41, 0x80, 0xbf, 0xc0, 0xc3, 0xe2, 0x82, 0xac, 0xed, 0xa0, 0xf0)
  const octets = fc.oneof(
    fc.uint8Array({ maxLength: 255 }),
    fc.array(octet, { maxLength: 100 }).map((list) => Uint8Array.from(list)),
  )
  fc.assert(
    fc.property(octets, (sent) => {
      const bytes = Buffer.from([sent.length, ...sent])
      const text = readShortString(bytes, 0)
      assert.ok(encodeShortString(text).equals(bytes))
      const writer = new ByteWriter(1)
      writer.shortString(text)
      writer.longString(text)
      assert.ok(writer.view().equals(Buffer.concat([bytes, Buffer.from([0, 0, 0]), bytes])))
      const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
      let expected: string | null = null
      try {
        expected = decoder.decode(sent)
      } catch {}
      if (expected === null) assert.ok(!text.isWellFormed())
      else assert.equal(text, expected)
    }),
    { numRuns: 2000 },
  )
})

test('surrogates that stand for no octet become U+FFFD, and pairs stay pairs', () => {
  assert.equal(readShortString(encodeShortString('a\ud800b'), 0), 'a\ufffdb')
  assert.equal(readShortString(encodeShortString('😀\udc80😀'), 0), '😀\udc80😀')
  assert.throws(() => encodeShortString('\udc80'.repeat(256)), RangeError)
})

test('memory is shared, not copied, to call Buffer methods on it', () => {
  const memory = new Uint8Array([1, 2, 3, 4]).subarray(1, 3)
  const buffer = asBuffer(memory)
  memory[0] = 9
  assert.deepEqual([...buffer], [9, 3])
  assert.equal(asBuffer(buffer), buffer)
})
