// Hostile input: every prefix and thousands of corruptions of a client's real traffic, read as a
// server reads it. Nothing but ProtocolError may be thrown, nothing may hang, nothing may grow.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { clientTraffic } from '../../../test/support/amqp-arbitraries.ts'
import {
  acknowledgementBytes,
  basicAckKey,
  basicPublishKey,
  checkPublish,
  methodKey,
  publishBits,
  publishExchangeAt,
  publishRoutingKeyAt,
  readDeliveryTag,
} from './fast-methods.ts'
import { FrameKind, FrameReader } from './frame-reader.ts'
import { readMethod } from './method-codec.ts'
import {
  encodeHeader,
  readBodySize,
  readProperties,
  replaceProperties,
  skimDeliveryMode,
  skimPriority,
  validateHeader,
} from './properties.ts'
import { ProtocolError } from './protocol-error.ts'
import { readName } from './strings.ts'

const frameMax = 8192
const traffic = clientTraffic(frameMax)

interface Outcome {
  readonly frames: number
  readonly error: ProtocolError | null
}

/** Reads all that the server would, and refuses to go on for longer than there are octets. */
function serve(bytes: Buffer, chunkBytes: number): Outcome {
  const reader = new FrameReader(frameMax)
  let frames = 0
  try {
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      reader.push(bytes.subarray(at, at + chunkBytes))
      for (let kind = reader.next(); kind !== FrameKind.none; kind = reader.next()) {
        frames += 1
        assert.ok(frames <= bytes.length)
        assert.ok(reader.start >= 0 && reader.start <= reader.end)
        assert.ok(reader.end <= reader.buffer.length)
        decode(reader, kind)
      }
      assert.ok(reader.bufferedBytes <= frameMax + 1 + chunkBytes)
    }
  } catch (error) {
    if (error instanceof ProtocolError) return { frames, error }
    throw error
  }
  return { frames, error: null }
}

function decode({ buffer, start, end }: FrameReader, kind: FrameKind): void {
  if (kind === FrameKind.method) {
    const key = methodKey(buffer, start)
    if (key === basicPublishKey) {
      checkPublish(buffer, start, end)
      readName(buffer, publishExchangeAt(start))
      readName(buffer, publishRoutingKeyAt(buffer, start))
      publishBits(buffer, end)
    } else if (key === basicAckKey && end - start === acknowledgementBytes) {
      readDeliveryTag(buffer, start)
    }
    readMethod(buffer, start, end)
  } else if (kind === FrameKind.header) {
    validateHeader(buffer, start, end)
    readBodySize(buffer, start)
    skimDeliveryMode(buffer, start, end)
    skimPriority(buffer, start, end)
    // What dead-lettering does with a header must be possible with any header that was accepted.
    const properties = readProperties(buffer, start, end)
    encodeHeader(1, properties)
    const headers = properties.headers ?? {}
    replaceProperties(buffer, start, end, { headers, expiration: undefined })
  }
}

test('the traffic itself is read without an error', () => {
  const outcome = serve(traffic, traffic.length)
  assert.equal(outcome.error, null)
  assert.ok(outcome.frames >= 40)
})

test('every prefix of it is read without an error', () => {
  let frames = 0
  for (let end = 0; end <= traffic.length; end += end < 3000 ? 1 : 37) {
    const outcome = serve(traffic.subarray(0, end), 65_536)
    assert.equal(outcome.error, null)
    assert.ok(outcome.frames >= frames)
    frames = outcome.frames
  }
})

const chunkSize = fc.constantFrom(1, 7, 100, 4096, 65_536)
/** Errors lie in heads and arguments: the long bodies at the end of the traffic hide them. */
const place = fc.oneof(
  { weight: 3, arbitrary: fc.nat(2500) },
  { weight: 1, arbitrary: fc.nat(traffic.length) },
)

test('corrupted octets are read or refused', () => {
  const codes = new Map<number, number>()
  const change = fc.record({ at: place, octet: fc.nat(255) })
  fc.assert(
    fc.property(
      fc.array(change, { minLength: 1, maxLength: 4 }),
      chunkSize,
      (changes, chunkBytes) => {
        const bytes = Buffer.from(traffic)
        for (const { at, octet } of changes) bytes[at % bytes.length] = octet
        const { error } = serve(bytes, chunkBytes)
        if (error !== null) codes.set(error.code, (codes.get(error.code) ?? 0) + 1)
      },
    ),
    { numRuns: 4000 },
  )
  // Frames, arguments, tables and method numbers must all have been hit.
  assert.deepEqual([...codes.keys()].filter((code) => code !== 505).sort(), [501, 502, 503])
})

test('octets that were lost, doubled or put in are read or refused', () => {
  const cut = fc.record({ at: place, lost: fc.nat(20), put: fc.uint8Array({ maxLength: 20 }) })
  fc.assert(
    fc.property(cut, chunkSize, ({ at, lost, put }, chunkBytes) => {
      const bytes = Buffer.concat([traffic.subarray(0, at), put, traffic.subarray(at + lost)])
      serve(bytes, chunkBytes)
    }),
    { numRuns: 2000 },
  )
})

test('noise is read or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), chunkSize, (octets, chunkBytes) => {
      serve(Buffer.from(octets), chunkBytes)
    }),
    { numRuns: 2000 },
  )
})

test('methods of noise are read or refused', () => {
  const ids = fc.tuple(
    fc.constantFrom(10, 20, 30, 40, 50, 60, 85, 90),
    fc.constantFrom(10, 11, 20, 21, 30, 31, 40, 41, 50, 51, 60, 70, 71, 72, 80, 90, 100, 110, 120),
  )
  let read = 0
  fc.assert(
    fc.property(ids, fc.uint8Array({ maxLength: 60 }), ([classId, methodId], octets) => {
      const small = octets.map((octet, i) => (i % 3 === 0 ? octet : octet % 8))
      const bytes = Buffer.from([0, classId, 0, methodId, ...small])
      try {
        readMethod(bytes, 0, bytes.length)
        read += 1
      } catch (error) {
        assert.ok(error instanceof ProtocolError)
      }
    }),
    { numRuns: 4000 },
  )
  assert.ok(read > 0)
})
