import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { clientTraffic } from '../../../test/support/amqp-arbitraries.ts'
import { FrameKind, FrameReader, piecewiseBytesMin } from './frame-reader.ts'
import { ProtocolError } from './protocol-error.ts'

interface Frame {
  readonly type: number
  readonly channel: number
  readonly payload: Buffer
}

function encode(frames: readonly Frame[]): Buffer {
  const parts = frames.map(({ type, channel, payload }) => {
    const head = Buffer.alloc(7)
    head.writeUInt8(type)
    head.writeUInt16BE(channel, 1)
    head.writeUInt32BE(payload.length, 3)
    return Buffer.concat([head, payload, Buffer.from([0xce])])
  })
  return Buffer.concat(parts)
}

/** Pulls until nothing comes, and puts bodies in pieces together. */
function pull(reader: FrameReader, into: Frame[], parts: Buffer[]): void {
  for (let kind = reader.next(); kind !== FrameKind.none; kind = reader.next()) {
    assert.equal(reader.kind, kind)
    const bytes = reader.buffer.subarray(reader.start, reader.end)
    if (kind === FrameKind.bodyPart) {
      parts.push(bytes)
      continue
    }
    const isLast = kind === FrameKind.body && parts.length > 0
    const payload = isLast ? Buffer.concat([...parts.splice(0), bytes]) : Buffer.from(bytes)
    into.push({ type: kind, channel: reader.channel, payload })
  }
}

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = []
  let at = 0
  for (let i = 0; at < bytes.length; i += 1) {
    const end = at + Math.max(1, sizes[i % sizes.length]!)
    chunks.push(Buffer.from(bytes.subarray(at, end)))
    at = end
  }
  return chunks
}

const payload = (min: number, max: number): fc.Arbitrary<Buffer> =>
  fc
    .tuple(fc.integer({ min, max }), fc.nat(255))
    .map(([size, fill]) => Buffer.alloc(size, fill === 0 ? 0xce : fill))
const frame: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({ type: fc.constant(1), channel: fc.nat(0xffff), payload: payload(4, 5000) }),
  fc.record({ type: fc.constant(2), channel: fc.nat(0xffff), payload: payload(12, 200) }),
  fc.record({ type: fc.constant(3), channel: fc.nat(0xffff), payload: payload(0, 10_000) }),
  fc.record({ type: fc.constant(3), channel: fc.nat(0xffff), payload: payload(0, 30) }),
  fc.constant({ type: 8, channel: 0, payload: Buffer.alloc(0) }),
)
const frames = fc.array(frame, { maxLength: 8 })
const chunkSizes = fc.oneof(
  fc.constantFrom([1], [2, 1], [7], [8], [65_536]),
  fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 8 }),
  fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 }),
)

test('frames come out as they went in, however the stream is cut', () => {
  fc.assert(
    fc.property(frames, chunkSizes, (sent, sizes) => {
      const reader = new FrameReader(131_072)
      const got: Frame[] = []
      const parts: Buffer[] = []
      for (const chunk of cut(encode(sent), sizes)) {
        reader.push(chunk)
        pull(reader, got, parts)
      }
      assert.deepEqual(
        got,
        sent.map((each) => ({ ...each })),
      )
      assert.equal(reader.bufferedBytes, 0)
    }),
    { numRuns: 400 },
  )
})

test('a caller may stop pulling at any point while chunks come in', () => {
  fc.assert(
    fc.property(frames, chunkSizes, fc.array(fc.nat(3), { minLength: 1 }), (sent, sizes, pulls) => {
      const reader = new FrameReader(131_072)
      const got: Frame[] = []
      const parts: Buffer[] = []
      const stream = encode(sent)
      const chunks = cut(stream, sizes)
      let given = 0
      let taken = 0
      for (const [i, chunk] of chunks.entries()) {
        reader.push(chunk)
        given += chunk.length
        for (let n = pulls[i % pulls.length]!; n > 0; n -= 1) {
          const kind = reader.next()
          if (kind === FrameKind.none) break
          const bytes = Buffer.from(reader.buffer.subarray(reader.start, reader.end))
          taken += bytes.length
          parts.push(bytes)
          if (kind === FrameKind.bodyPart) continue
          got.push({ type: kind, channel: reader.channel, payload: Buffer.concat(parts.splice(0)) })
        }
        assert.ok(reader.bufferedBytes <= given - taken)
      }
      pull(reader, got, parts)
      assert.deepEqual(
        got,
        sent.map((each) => ({ ...each })),
      )
      assert.equal(reader.bufferedBytes, 0)
    }),
    { numRuns: 300 },
  )
})

test('nothing is copied of what lies in one chunk, nor of a long body', () => {
  const reader = new FrameReader(131_072)
  const body = { type: 3, channel: 1, payload: Buffer.alloc(20_000, 1) }
  const stream = encode([{ type: 1, channel: 1, payload: Buffer.alloc(9) }, body, body])
  const first = Buffer.from(stream.subarray(0, 17 + 20_008 + 5000))
  const second = Buffer.from(stream.subarray(17 + 20_008 + 5000))
  const seen: [number, boolean, number][] = []
  for (const chunk of [first, second]) {
    reader.push(chunk)
    while (reader.next() !== FrameKind.none) {
      seen.push([reader.kind, reader.buffer === chunk, reader.end - reader.start])
    }
  }
  assert.deepEqual(seen, [
    [FrameKind.method, true, 9],
    [FrameKind.body, true, 20_000],
    [FrameKind.bodyPart, true, 5000 - 7],
    [FrameKind.body, true, 20_000 - 5000 + 7],
  ])
})

test('a short frame that straddles chunks is joined by itself', () => {
  const reader = new FrameReader(131_072)
  const short = { type: 3, channel: 1, payload: Buffer.alloc(piecewiseBytesMin - 1, 7) }
  const stream = encode([short, short])
  reader.push(Buffer.from(stream.subarray(0, 100)))
  assert.equal(reader.next(), FrameKind.none)
  const rest = Buffer.from(stream.subarray(100))
  reader.push(rest)
  assert.equal(reader.next(), FrameKind.body)
  assert.notEqual(reader.buffer, rest)
  assert.equal(reader.end - reader.start, piecewiseBytesMin - 1)
  assert.equal(reader.next(), FrameKind.body)
  assert.equal(reader.buffer, rest)
})

test('many small chunks do not pile up as objects while the caller waits', () => {
  const reader = new FrameReader(131_072)
  const sent = Array.from({ length: 2000 }, (_, i) => ({
    type: 3,
    channel: i,
    payload: Buffer.alloc(20, 1),
  }))
  for (const chunk of cut(encode(sent), [3])) reader.push(chunk)
  assert.equal(reader.bufferedBytes, 2000 * 28)
  const got: Frame[] = []
  pull(reader, got, [])
  assert.deepEqual(got, sent)
})

const head = (type: number, channel: number, size: number): Buffer => {
  const bytes = Buffer.alloc(7)
  bytes.writeUInt8(type)
  bytes.writeUInt16BE(channel, 1)
  bytes.writeUInt32BE(size, 3)
  return bytes
}
const framed = (type: number, channel: number, content: number[] | string, end = 0xce): Buffer => {
  const octets = Buffer.from(content as string, 'latin1')
  return Buffer.concat([head(type, channel, octets.length), octets, Buffer.from([end])])
}
const method = [0, 60, 0, 80]
const refused: readonly [what: string, bytes: Buffer, code: number, explanation: string][] = [
  [
    'a wrong end',
    framed(1, 1, method, 0xcd),
    501,
    'type 1, all octets = <<0,60,0,80>>: {invalid_frame_end_marker,205}',
  ],
  [
    'a wrong end of a longer frame',
    framed(3, 1, 'a longer body that prints', 0),
    501,
    'type 3, first 16 octets = <<"a longer body th">>: {invalid_frame_end_marker,0}',
  ],
  [
    'an unknown type',
    framed(99, 1, [1, 2, 3]),
    501,
    'type 99, all octets = <<1,2,3>>: unknown_frame',
  ],
  [
    'a method without an id',
    framed(1, 1, [0, 60]),
    501,
    'type 1, all octets = <<0,60>>: unknown_frame',
  ],
  [
    'a header too short',
    framed(2, 1, '01234567890'),
    501,
    'type 2, all octets = <<"01234567890">>: unknown_frame',
  ],
  ['a heartbeat with content', framed(8, 0, [1]), 501, 'type 8, all octets = <<1>>: unknown_frame'],
  [
    'a frame above the limit',
    head(1, 1, 4097),
    501,
    'type 1, all octets = <<>>: {frame_too_large,4097,4088}',
  ],
  [
    'a frame of 4 GB',
    head(65, 0x4d51, 0xffffffff),
    501,
    'type 65, all octets = <<>>: {frame_too_large,4294967295,4088}',
  ],
]
test('a heartbeat on a channel is an error that leaves what follows readable', () => {
  for (const sizes of [[1000], [1], [3, 5]]) {
    const reader = new FrameReader(4096)
    for (const chunk of cut(Buffer.concat([framed(8, 1, []), framed(3, 7, 'ok')]), sizes)) {
      reader.push(chunk)
    }
    const expected = { name: 'ProtocolError', code: 505, explanation: 'type 8, all octets = <<>>' }
    assert.throws(() => reader.next(), expected)
    assert.equal(reader.next(), FrameKind.body)
    assert.equal(reader.channel, 7)
  }
})

for (const [what, bytes, code, explanation] of refused) {
  test(`${what} is an error, whole or in pieces, and nothing comes after it`, () => {
    for (const sizes of [[1000], [1], [3, 5]]) {
      const reader = new FrameReader(4096)
      const got: Frame[] = []
      const feed = (): void => {
        for (const chunk of cut(Buffer.concat([framed(3, 7, 'ok'), bytes]), sizes)) {
          reader.push(chunk)
          pull(reader, got, [])
        }
      }
      assert.throws(feed, { name: 'ProtocolError', code, explanation })
      assert.equal(got.length, 1)
      reader.push(framed(3, 7, 'ok'))
      assert.equal(reader.next(), FrameKind.none)
      assert.equal(reader.bufferedBytes, 0)
    }
  })
}

test('the end of a long body is checked when it comes', () => {
  const bytes = framed(3, 1, 'x'.repeat(5000), 7)
  const reader = new FrameReader(8192)
  reader.push(bytes.subarray(0, 2000))
  assert.equal(reader.next(), FrameKind.bodyPart)
  assert.equal(reader.next(), FrameKind.none)
  reader.push(bytes.subarray(2000))
  assert.throws(() => reader.next(), { code: 501, explanation: /invalid_frame_end_marker,7/ })
})

test('the limit can change between frames, and allows eight octets more, as in RabbitMQ', () => {
  const reader = new FrameReader(4096)
  reader.push(framed(3, 1, 'x'.repeat(4096)))
  assert.equal(reader.next(), FrameKind.body)
  reader.frameMax = 8192
  reader.push(framed(3, 1, 'x'.repeat(8192)))
  assert.equal(reader.next(), FrameKind.body)
  assert.equal(reader.frameMax, 8192)
  reader.push(framed(3, 1, 'x'.repeat(8193)))
  assert.throws(() => reader.next(), ProtocolError)
})

test('the traffic of a client is read in any chunks', () => {
  const traffic = clientTraffic(8192)
  const whole: Frame[] = []
  const reader = new FrameReader(8192)
  reader.push(Buffer.from(traffic))
  pull(reader, whole, [])
  assert.ok(whole.length > 40)
  for (const size of [1, 2, 3, 5, 7, 11, 64, 1000, 4096, 5000]) {
    const other = new FrameReader(8192)
    const got: Frame[] = []
    const parts: Buffer[] = []
    for (const chunk of cut(traffic, [size])) {
      other.push(chunk)
      pull(other, got, parts)
    }
    assert.deepEqual(got, whole)
  }
})
