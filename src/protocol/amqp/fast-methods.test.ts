import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { anyMethod, shortText, valuesOf } from '../../../test/support/amqp-arbitraries.ts'
import { ByteWriter } from './byte-writer.ts'
import {
  acknowledgementBytes,
  basicAckKey,
  basicGetKey,
  basicNackKey,
  basicPublishKey,
  basicRejectKey,
  checkPublish,
  copyPublishArguments,
  immediateBit,
  mandatoryBit,
  methodKey,
  multipleBit,
  nackRequeueBit,
  publishArgumentsEqual,
  publishBits,
  publishExchangeAt,
  publishRoutingKeyAt,
  readAcknowledgementBits,
  readDeliveryTag,
  rejectRequeueBit,
} from './fast-methods.ts'
import { readMethod, writeMethod } from './method-codec.ts'
import type { MethodArgumentsForWrite, MethodName } from './methods.ts'
import { ProtocolError } from './protocol-error.ts'
import { readShortString } from './strings.ts'

/** Behind three octets of something else, so that positions count from `start`. */
const start = 3
function encode<Name extends MethodName>(
  name: Name,
  values: MethodArgumentsForWrite<Name>,
): Buffer {
  const writer = new ByteWriter()
  writer.raw(Buffer.alloc(start, 0xff))
  writeMethod(writer, name, values)
  return Buffer.from(writer.view())
}

test('keys are class and method', () => {
  const hot = new Map<number, string>([
    [basicPublishKey, 'basic.publish'],
    [basicGetKey, 'basic.get'],
    [basicAckKey, 'basic.ack'],
    [basicRejectKey, 'basic.reject'],
    [basicNackKey, 'basic.nack'],
  ])
  fc.assert(
    fc.property(anyMethod, (method) => {
      const bytes = encode(method.name, valuesOf(method))
      const { classId, methodId, name } = readMethod(bytes, start, bytes.length)
      assert.equal(methodKey(bytes, start), (classId << 16) | methodId)
      const isHot = [...hot.values()].includes(name)
      assert.equal(hot.get(methodKey(bytes, start)), isHot ? name : undefined)
    }),
    { numRuns: 500 },
  )
})

test('acknowledgements read in place say what the table says', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.boolean(), fc.boolean(), (deliveryTag, one, two) => {
      const ack = encode('basic.ack', { deliveryTag, multiple: one })
      const nack = encode('basic.nack', { deliveryTag, multiple: one, requeue: two })
      const reject = encode('basic.reject', { deliveryTag, requeue: one })
      for (const bytes of [ack, nack, reject]) {
        assert.equal(bytes.length - start, acknowledgementBytes)
        assert.equal(readDeliveryTag(bytes, start), deliveryTag)
      }
      const bit = (bytes: Buffer, mask: number): boolean =>
        (readAcknowledgementBits(bytes, start) & mask) !== 0
      assert.equal(bit(ack, multipleBit), one)
      assert.equal(bit(nack, multipleBit), one)
      assert.equal(bit(nack, nackRequeueBit), two)
      assert.equal(bit(reject, rejectRequeueBit), one)
    }),
  )
})

test('a publish read in place says what the table says', () => {
  fc.assert(
    fc.property(
      shortText,
      shortText,
      fc.boolean(),
      fc.boolean(),
      (exchange, routingKey, one, two) => {
        const values = { exchange, routingKey, mandatory: one, immediate: two }
        const bytes = encode('basic.publish', values)
        const end = bytes.length
        checkPublish(bytes, start, end)
        assert.equal(readShortString(bytes, publishExchangeAt(start)), exchange)
        assert.equal(readShortString(bytes, publishRoutingKeyAt(bytes, start)), routingKey)
        assert.equal((publishBits(bytes, end) & mandatoryBit) !== 0, one)
        assert.equal((publishBits(bytes, end) & immediateBit) !== 0, two)
      },
    ),
  )
})

test('a publish is checked as strictly as readMethod checks it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), fc.nat(3), (octets, prefix) => {
      const short = octets.map((octet) => octet % 6)
      const key = [0, 60, 0, 40]
      const bytes = Buffer.from([...Buffer.alloc(prefix), ...key, ...short, 0, 0, 0, 0])
      const end = prefix + 4 + short.length
      let expected = 'fine'
      try {
        readMethod(bytes, prefix, end)
      } catch (error) {
        assert.ok(error instanceof ProtocolError)
        expected = error.message
      }
      if (expected === 'fine') checkPublish(bytes, prefix, end)
      else
        assert.throws(() => checkPublish(bytes, prefix, end), { message: expected, methodId: 40 })
    }),
    { numRuns: 3000 },
  )
})

test('only the very same arguments are equal to those of the previous publish', () => {
  const arguments_ = fc.record({
    exchange: fc.constantFrom('', 'a', 'ab'),
    routingKey: fc.constantFrom('', 'a', 'b', 'ab', 'k'.repeat(255)),
    mandatory: fc.boolean(),
    immediate: fc.boolean(),
  })
  fc.assert(
    fc.property(arguments_, arguments_, (first, second) => {
      const before = encode('basic.publish', first)
      const previous = copyPublishArguments(before, start, before.length)
      const now = encode('basic.publish', second)
      assert.ok(publishArgumentsEqual(before, start, before.length, previous))
      const isSame = isDeepStrictEqual({ ...first }, { ...second })
      assert.equal(publishArgumentsEqual(now, start, now.length, previous), isSame)
      before.fill(0)
      assert.equal(publishArgumentsEqual(now, start, now.length, previous), isSame)
    }),
    { numRuns: 500 },
  )
})
