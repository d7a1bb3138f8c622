// Long bodies pass through the broker in the pieces they came in; whoever looks sees one body.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Message } from '../broker/message.ts'
import { makeEnvelope } from '../broker/publish-target.ts'
import { FrameKind, FrameReader } from '../protocol/amqp/frame-reader.ts'
import { FrameWriter } from '../protocol/amqp/frame-writer.ts'
import { encodeHeader } from '../protocol/amqp/properties.ts'
import { IncomingContent } from './incoming-content.ts'

const envelope = makeEnvelope('', 'q')

function bodyOf(bytes: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: bytes }, (_, i) => (i * 31 + (i >> 8)) & 255))
}

/** A body cut into parts that are not next to each other in memory. */
function taken(body: Buffer, partBytes: (index: number) => number) {
  const counters = { copiedBytes: 0 }
  const content = new IncomingContent(counters)
  const header = Buffer.from(encodeHeader(body.length, {}))
  content.begin(header, 0, header.length, body.length)
  for (let at = 0, index = 0; at < body.length; index += 1) {
    const end = Math.min(body.length, at + partBytes(index))
    const chunk = Buffer.concat([Buffer.alloc(7, 3), body.subarray(at, end), Buffer.alloc(1, 0xce)])
    assert.equal(content.add(chunk, 7, 7 + end - at), true)
    at = end
  }
  assert.equal(content.complete, true)
  return { content, counters, message: new Message(content, envelope, false, 0) }
}

const whole = ({ body, bodyStart, bodyEnd }: Message): Buffer =>
  Buffer.from(body.subarray(bodyStart, bodyEnd))

/** The body that the client puts together of what the broker has written. */
function delivered(message: Message, frameMax: number): Buffer {
  const writer = new FrameWriter({ frameMax, allocate: (bytes) => Buffer.alloc(bytes + 4096) })
  writer.deliver(1, Buffer.from('\x01c'), 1, false, envelope.encoded, message)
  const reader = new FrameReader(frameMax)
  const parts: Buffer[] = []
  for (const piece of writer.take()) {
    reader.push(piece)
    for (let kind = reader.next(); kind !== FrameKind.none; kind = reader.next()) {
      const isBody = kind === FrameKind.body || kind === FrameKind.bodyPart
      if (isBody) parts.push(Buffer.from(reader.buffer.subarray(reader.start, reader.end)))
    }
  }
  return Buffer.concat(parts)
}

test('a long body in large pieces is not copied, and delivered in frames of any size', () => {
  const body = bodyOf(1 << 20)
  for (const frameMax of [4096, 65_537, 131_072, 0]) {
    const { counters, message } = taken(body, () => 50_000)
    assert.equal(counters.copiedBytes, 0)
    assert.equal(message.long?.pieces.length, 21)
    assert.equal(message.bodyBytes, body.length)
    assert.ok(delivered(message, frameMax === 0 ? 1 << 22 : frameMax).equals(body))
    assert.equal(message.long?.pieces.length, 21, 'they are still apart')
  }
})

test('whoever asks for the body gets the whole, again and again', () => {
  const body = bodyOf(700_000)
  const { message } = taken(body, (index) => (index % 2 === 0 ? 131_064 : 8))
  const other = message.copy()
  assert.ok(whole(message).equals(body))
  assert.equal(message.long, null)
  assert.equal(message.body, message.body)
  assert.ok(delivered(message, 131_072).equals(body))
  assert.ok(whole(other).equals(body))
  assert.ok(whole(message.withHeader(encodeHeader(body.length, { priority: 1 }))).equals(body))
})

test('a body in many small pieces is joined, so that a client cannot make it heavy', () => {
  const body = bodyOf(400_000)
  const { counters, message } = taken(body, () => 1000)
  assert.equal(message.long, null)
  assert.ok(whole(message).equals(body))
  assert.equal(counters.copiedBytes, body.length)
})

test('large pieces that are followed by small ones are joined as well', () => {
  const body = bodyOf(300_000)
  const { message } = taken(body, (index) => (index === 0 ? 100_000 : 500))
  assert.equal(message.long, null)
  assert.ok(whole(message).equals(body))
})

test('a body is the same however it was cut', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 140_000 }), { minLength: 1, maxLength: 12 })
  const total = fc.integer({ min: 1, max: 600_000 })
  const frameMax = fc.integer({ min: 4096, max: 200_000 })
  fc.assert(
    fc.property(total, sizes, frameMax, (bytes, cuts, max) => {
      const body = bodyOf(bytes)
      const { message } = taken(body, (index) => cuts[index % cuts.length]!)
      assert.ok(delivered(message, max).equals(body))
      assert.ok(whole(message).equals(body))
    }),
    { numRuns: 60 },
  )
})

test('more than was announced is refused, also in pieces', () => {
  const content = new IncomingContent({ copiedBytes: 0 })
  const chunk = Buffer.alloc(300_000)
  content.begin(chunk, 0, 14, 300_000)
  assert.equal(content.add(chunk, 0, 200_000), true)
  assert.equal(content.add(chunk, 0, 100_001), false)
})
