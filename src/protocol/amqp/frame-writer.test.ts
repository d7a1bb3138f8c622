import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { anyMethod, shortText, valuesOf } from '../../../test/support/amqp-arbitraries.ts'
import type { Content } from './content.ts'
import { FrameKind, FrameReader } from './frame-reader.ts'
import { FrameWriter } from './frame-writer.ts'
import { readMethod } from './method-codec.ts'
import type { DecodedMethod } from './methods.ts'
import { encodeHeader, readBodySize, readProperties } from './properties.ts'
import { encodeShortString } from './strings.ts'

interface Said {
  readonly channel: number
  readonly method: DecodedMethod | 'heartbeat'
  readonly body?: Buffer
  readonly frameSizes?: readonly number[]
}

/** What a client would understand of the octets: methods with the content that belongs to them. */
function understand(pieces: readonly Buffer[], frameMax: number): Said[] {
  const reader = new FrameReader(frameMax - 8)
  reader.push(Buffer.concat(pieces))
  const said: Said[] = []
  let expected = 0
  let sizes: number[] = []
  let parts: Buffer[] = []
  for (let kind = reader.next(); kind !== FrameKind.none; kind = reader.next()) {
    const { channel, buffer, start, end } = reader
    const last = said.at(-1)
    if (kind === FrameKind.method) {
      said.push({ channel, method: readMethod(buffer, start, end) })
    } else if (kind === FrameKind.heartbeat) {
      said.push({ channel, method: 'heartbeat' })
    } else {
      assert.equal(channel, last?.channel)
      if (kind === FrameKind.header) {
        expected = readBodySize(buffer, start)
        readProperties(buffer, start, end)
        sizes = []
        parts = []
      } else {
        assert.ok(end > start)
        parts.push(buffer.subarray(start, end))
        sizes.push(end - start)
        expected -= end - start
      }
      assert.ok(expected >= 0)
      if (expected === 0) {
        said[said.length - 1] = { ...last!, body: Buffer.concat(parts), frameSizes: sizes }
      }
    }
  }
  assert.equal(reader.bufferedBytes, 0)
  return said
}

/** Content that lies somewhere within larger memory, as it does in a chunk that was read. */
function contentOf(body: Uint8Array, headerText = ''): Content {
  const header = encodeHeader(body.length, { deliveryMode: 2, contentType: headerText })
  const around = (bytes: Uint8Array): Uint8Array => {
    const memory = new Uint8Array(bytes.length + 20).fill(0xee)
    memory.set(bytes, 13)
    return memory
  }
  return {
    header: around(header),
    headerStart: 13,
    headerEnd: 13 + header.length,
    body: around(body),
    bodyStart: 13,
    bodyEnd: 13 + body.length,
  }
}
const bodyOf = (size: number): Buffer => {
  const body = Buffer.allocUnsafe(size)
  for (let i = 0; i < size; i += 1) body[i] = (i * 31 + (i >>> 8)) & 0xff
  return body
}
const targetOf = (exchange: string, routingKey: string): Buffer =>
  Buffer.concat([encodeShortString(exchange), encodeShortString(routingKey)])

function makeWriter(frameMax: number, chunkBytes = 65_536): FrameWriter {
  const allocate = (bytesMin: number): Buffer => Buffer.alloc(Math.max(bytesMin, chunkBytes), 0xdd)
  return new FrameWriter({ frameMax, allocate })
}

test('any methods are read back as they were written', () => {
  fc.assert(
    fc.property(fc.array(anyMethod, { maxLength: 6 }), fc.nat(0xffff), (methods, channel) => {
      const writer = makeWriter(131_072, 600)
      for (const method of methods) writer.method(channel, method.name, valuesOf(method))
      const pending = writer.pendingBytes
      const pieces = writer.take()
      assert.equal(Buffer.concat(pieces).length, pending)
      const said = understand(pieces, 131_072)
      assert.deepEqual(
        said.map(({ method }) => (method === 'heartbeat' ? null : [method.name, method.arguments])),
        methods.map(({ name, values }) => [name, { ...values }]),
      )
      assert.ok(said.every((each) => each.channel === channel))
    }),
    { numRuns: 200 },
  )
})

test('bodies from 0 octets to 1 MB are delivered within every frame size', () => {
  const sizes = [0, 1, 2, 16, 47, 2047, 2048, 2049, 4087, 4088, 4089, 65_536, 131_064, 1_048_576]
  for (const frameMax of [4096, 8192, 131_072]) {
    const writer = makeWriter(frameMax)
    for (const size of [
      ...sizes,
      frameMax - 9,
      frameMax - 8,
      frameMax - 7,
      frameMax,
      2 * frameMax,
    ]) {
      const body = bodyOf(size)
      const tag = 2 ** 40 + size
      const target = targetOf('ex', 'key')
      writer.deliver(3, encodeShortString('ctag'), tag, true, target, contentOf(body, 'text'))
      const [said] = understand(writer.take(), frameMax)
      assert.equal(said?.channel, 3)
      assert.deepEqual(said?.method, {
        name: 'basic.deliver',
        classId: 60,
        methodId: 60,
        arguments: {
          consumerTag: 'ctag',
          deliveryTag: tag,
          redelivered: true,
          exchange: 'ex',
          routingKey: 'key',
        },
      })
      assert.ok(said?.body?.equals(body), `${size} octets in frames of ${frameMax}`)
      const full = said?.frameSizes?.slice(0, -1) ?? []
      assert.ok(full.every((frameSize) => frameSize === frameMax - 8))
    }
  }
})

const arbitraryContent = fc
  .tuple(fc.oneof(fc.nat(60), fc.nat(5000), fc.nat(30_000)), shortText)
  .map(([size, text]) => ({ body: bodyOf(size), text }))
const step = fc.oneof(
  fc.record({ kind: fc.constantFrom('deliver', 'get', 'return'), content: arbitraryContent }),
  fc.record({ kind: fc.constantFrom('ack', 'nack', 'heartbeat', 'method', 'take') }),
)

test('whatever is written, in whatever chunks, is read back in order', () => {
  const plan = fc.array(step, { maxLength: 20 })
  const options = fc.record({
    frameMax: fc.constantFrom(4096, 5000, 131_072),
    chunkBytes: fc.constantFrom(1, 100, 1000, 65_536),
  })
  fc.assert(
    fc.property(plan, options, shortText, (steps, { frameMax, chunkBytes }, text) => {
      const writer = makeWriter(frameMax, chunkBytes)
      const pieces: Buffer[] = []
      const expected: unknown[] = []
      for (const [i, each] of steps.entries()) {
        const target = targetOf(text, 'k')
        const names = { exchange: text, routingKey: 'k' }
        if ('content' in each) {
          const { body } = each.content
          const content = contentOf(body, each.content.text)
          if (each.kind === 'deliver') {
            writer.deliver(i, encodeShortString(text), i, false, target, content)
            const values = { consumerTag: text, deliveryTag: i, redelivered: false, ...names }
            expected.push(['basic.deliver', i, values, body])
          } else if (each.kind === 'get') {
            const values = { deliveryTag: i, redelivered: true, messageCount: 70_000 }
            writer.getOk(i, { ...values, target }, content)
            expected.push(['basic.get-ok', i, { ...values, ...names }, body])
          } else {
            const values = { replyCode: 312, replyText: 'NO_ROUTE' }
            writer.basicReturn(i, { ...values, target }, content)
            expected.push(['basic.return', i, { ...values, ...names }, body])
          }
        } else if (each.kind === 'ack') {
          writer.ack(i, 2 ** 33 + i, true)
          expected.push(['basic.ack', i, { deliveryTag: 2 ** 33 + i, multiple: true }, undefined])
        } else if (each.kind === 'nack') {
          writer.nack(i, i, false)
          const values = { deliveryTag: i, multiple: false, requeue: false }
          expected.push(['basic.nack', i, values, undefined])
        } else if (each.kind === 'heartbeat') {
          writer.heartbeat()
          expected.push('heartbeat')
        } else if (each.kind === 'method') {
          writer.method(i, 'channel.flow', { active: true })
          expected.push(['channel.flow', i, { active: true }, undefined])
        } else {
          pieces.push(...writer.take())
          assert.equal(writer.pendingBytes, 0)
        }
      }
      pieces.push(...writer.take())
      assert.ok(pieces.every((piece) => piece.length > 0))
      const said = understand(pieces, frameMax).map(({ method, channel, body }) =>
        method === 'heartbeat' ? method : [method.name, channel, method.arguments, body],
      )
      assert.deepEqual(said, expected)
    }),
    { numRuns: 300 },
  )
})

test('a short body is copied, a long one is handed on where it lies', () => {
  const writer = makeWriter(131_072)
  const short = contentOf(bodyOf(2000))
  const long = contentOf(bodyOf(50_000))
  const deliver = (content: Content): void =>
    writer.deliver(1, encodeShortString('c'), 1, false, targetOf('', 'q'), content)
  deliver(short)
  deliver(long)
  const pieces = writer.take()
  assert.equal(pieces.length, 3)
  assert.equal(pieces[1]?.buffer, long.body.buffer)
  assert.equal(pieces[1]?.byteOffset, long.bodyStart)
  assert.equal(pieces[1]?.length, 50_000)
})

test('a chunk is used to its end, and memory is asked for only to write', () => {
  const asked: number[] = []
  const allocate = (bytesMin: number): Buffer => {
    asked.push(bytesMin)
    return Buffer.alloc(Math.max(bytesMin, 100))
  }
  const writer = new FrameWriter({ frameMax: 4096, allocate })
  assert.deepEqual(writer.take(), [])
  assert.deepEqual(asked, [])
  for (let i = 0; i < 4; i += 1) {
    writer.ack(1, i, false)
    assert.equal(writer.pendingBytes, 21)
    assert.equal(writer.take().length, 1)
  }
  assert.deepEqual(asked, [21])
  writer.ack(1, 5, false)
  assert.deepEqual(asked, [21, 21])
})

test('what is given back can go to another writer, and none writes over another', () => {
  let rest: Buffer = Buffer.alloc(0)
  const allocate = (bytesMin: number): Buffer => {
    const chunk = rest.length >= bytesMin ? rest : Buffer.alloc(Math.max(bytesMin, 8192))
    rest = Buffer.alloc(0)
    return chunk
  }
  const release = (unused: Buffer): void => {
    rest = unused
  }
  const options = { frameMax: 4096, allocate, release }
  const writers = [new FrameWriter(options), new FrameWriter(options), new FrameWriter(options)]
  const taken: Buffer[][] = [[], [], []]
  for (let round = 0; round < 50; round += 1) {
    for (const [i, writer] of writers.entries()) {
      if ((round + i) % 3 === 0) continue
      writer.deliver(
        i,
        encodeShortString('c'),
        round,
        false,
        targetOf('', 'q'),
        contentOf(bodyOf(round * 60)),
      )
    }
    for (const [i, writer] of writers.entries())
      if ((round + i) % 2 === 0) taken[i]?.push(...writer.take())
  }
  for (const [i, writer] of writers.entries()) {
    taken[i]?.push(...writer.take())
    const said = understand(taken[i]!, 4096)
    const rounds = Array.from({ length: 50 }, (_, round) => round).filter((r) => (r + i) % 3 !== 0)
    assert.deepEqual(
      said.map((each) => each.body?.length),
      rounds.map((round) => round * 60),
    )
    assert.ok(
      said.every((each) => each.body?.equals(bodyOf(each.body.length)) && each.channel === i),
    )
  }
})

test('a method that cannot be written leaves nothing behind', () => {
  const writer = makeWriter(4096)
  writer.heartbeat()
  const reason = 'x'.repeat(300)
  assert.throws(() => writer.method(0, 'connection.blocked', { reason }), RangeError)
  const tooLong = { replyCode: 312, replyText: reason, target: targetOf('', '') }
  assert.throws(() => writer.basicReturn(1, tooLong, contentOf(bodyOf(1))), RangeError)
  assert.equal(Buffer.concat(writer.take()).toString('hex'), '08000000000000ce')
})

test('the protocol header is the eight octets of AMQP 0-9-1', () => {
  const writer = makeWriter(4096)
  writer.protocolHeader()
  assert.equal(Buffer.concat(writer.take()).toString('latin1'), 'AMQP\x00\x00\x09\x01')
})

test('the frame size can change, and 0 is no limit', () => {
  const writer = makeWriter(4096)
  assert.equal(writer.frameMax, 4096)
  writer.frameMax = 0
  writer.deliver(1, encodeShortString('c'), 1, false, targetOf('', ''), contentOf(bodyOf(300_000)))
  const [said] = understand(writer.take(), 2 ** 31)
  assert.deepEqual(said?.frameSizes, [300_000])
})
