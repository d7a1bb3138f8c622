import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { messageProperties } from '../../../test/support/amqp-arbitraries.ts'
import { TypedValue } from './field-table.ts'
import {
  encodeHeader,
  type MessageProperties,
  PropertyFlag,
  propertyPosition,
  readBodySize,
  readHeaderClassId,
  readProperties,
  readPropertyFlags,
  replaceProperties,
  skimDeliveryMode,
  skimPriority,
  validateHeader,
} from './properties.ts'
import { ProtocolError } from './protocol-error.ts'
import { readShortString } from './strings.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')
const decode = (header: Buffer): MessageProperties => readProperties(header, 0, header.length)
const bodySize = fc.oneof(fc.nat(1000), fc.maxSafeNat())

test('any properties come back, and what is skimmed agrees with them', () => {
  fc.assert(
    fc.property(messageProperties, bodySize, fc.nat(5), (properties, size, offset) => {
      const header = encodeHeader(size, properties)
      const bytes = Buffer.concat([Buffer.alloc(offset, 0xff), header, Buffer.alloc(offset, 0xff)])
      const end = offset + header.length
      validateHeader(bytes, offset, end)
      assert.deepEqual(readProperties(bytes, offset, end), properties)
      assert.equal(readHeaderClassId(bytes, offset), 60)
      assert.equal(readBodySize(bytes, offset), size)
      assert.equal(skimDeliveryMode(bytes, offset, end), properties.deliveryMode ?? 0)
      assert.equal(skimPriority(bytes, offset, end), properties.priority ?? 0)
      let flags = 0
      for (const name of Object.keys(properties)) {
        flags |= PropertyFlag[name as keyof MessageProperties]
      }
      assert.equal(readPropertyFlags(bytes, offset), flags)
      const expirationAt = propertyPosition(bytes, offset, PropertyFlag.expiration)
      if (properties.expiration === undefined) assert.equal(expirationAt, -1)
      else assert.equal(readShortString(bytes, expirationAt), properties.expiration)
    }),
    { numRuns: 500 },
  )
})

test('every property has its place and its form', () => {
  const properties: MessageProperties = {
    contentType: 'a',
    contentEncoding: 'b',
    headers: { h: true },
    deliveryMode: 2,
    priority: 9,
    correlationId: 'c',
    replyTo: 'd',
    expiration: 'e',
    messageId: 'f',
    timestamp: 0x65000000,
    type: 'g',
    userId: 'h',
    appId: 'i',
    clusterId: 'j',
  }
  assert.equal(
    encodeHeader(0x1_0000_0002, properties).toString('hex'),
    hex(
      '003c 0000 0000000100000002 fffc 0161 0162 00000004 01687401 02 09 0163 0164 0165 0166 ' +
        '0000000065000000 0167 0168 0169 016a',
    ).toString('hex'),
  )
  assert.equal(encodeHeader(0, {}).toString('hex'), '003c00000000000000000000'.concat('0000'))
})

test('the two lowest flags say nothing, as in RabbitMQ', () => {
  const header = hex('003c 0000 0000000000000005 8003 0161')
  validateHeader(header, 0, header.length)
  assert.deepEqual(decode(header), { contentType: 'a' })
  assert.equal(readPropertyFlags(header, 0), PropertyFlag.contentType)
})

test('a timestamp or body size beyond 2^53 is the nearest number', () => {
  const header = hex('003c 0000 ffffffffffffffff 0040 ffffffffffffffff')
  assert.deepEqual(decode(header), { timestamp: 2 ** 64 })
  assert.equal(readBodySize(header, 0), 2 ** 64)
})

test('properties that do not fill the header exactly are refused', () => {
  fc.assert(
    fc.property(messageProperties, (properties) => {
      const header = encodeHeader(1, properties)
      for (let end = 0; end < header.length; end += 1) {
        assert.throws(() => validateHeader(header, 0, end), { name: 'ProtocolError', code: 502 })
      }
      const longer = Buffer.concat([header, Buffer.from([0])])
      assert.throws(() => validateHeader(longer, 0, longer.length), ProtocolError)
    }),
  )
})

test('a header that was found valid can be read, whatever its octets', () => {
  let valid = 0
  fc.assert(
    fc.property(messageProperties, fc.nat(), fc.nat(255), (properties, at, octet) => {
      const header = encodeHeader(1, properties)
      header[12 + (at % (header.length - 12))] = octet
      try {
        validateHeader(header, 0, header.length)
      } catch (error) {
        assert.ok(error instanceof ProtocolError)
        assert.throws(() => decode(header), ProtocolError)
        return
      }
      valid += 1
      const properties2 = decode(header)
      assert.equal(skimDeliveryMode(header, 0, header.length), properties2.deliveryMode ?? 0)
      assert.deepEqual(decode(encodeHeader(1, properties2)), properties2)
    }),
    { numRuns: 1000 },
  )
  assert.ok(valid > 100)
})

test('changes set, replace and take away, and leave all else to the octet', () => {
  fc.assert(
    fc.property(messageProperties, messageProperties, bodySize, (before, changes, size) => {
      const header = encodeHeader(size, before)
      const removed = { ...changes, expiration: undefined, userId: undefined }
      const expected: Record<string, unknown> = { ...before, ...removed }
      for (const key of Object.keys(expected)) {
        if (expected[key] === undefined) delete expected[key]
      }
      const changed = replaceProperties(header, 0, header.length, removed)
      assert.deepEqual(decode(changed), expected)
      assert.equal(readBodySize(changed, 0), size)
      assert.ok(replaceProperties(header, 0, header.length, {}).equals(header))
    }),
    { numRuns: 300 },
  )
})

test('headers that are not changed keep their order and duplicates', () => {
  const header = hex('003c 0000 0000000000000000 2100 0000000c 01327400 01317401 01327401 0165')
  const changed = replaceProperties(header, 0, header.length, { expiration: undefined })
  assert.equal(changed.toString('hex', 14), '0000000c'.concat('013274000131740101327401'))
  const death = replaceProperties(header, 0, header.length, {
    headers: { n: new TypedValue('l', 1) },
  })
  assert.deepEqual({ ...decode(death).headers }, { n: new TypedValue('l', 1) })
})
