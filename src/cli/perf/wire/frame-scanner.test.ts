import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readProducer, readSequence, writeSequence } from './body.ts'
import { ByteWriter } from './byte-writer.ts'
import { type FrameHandler, FrameScanner } from './frame-scanner.ts'
import { appendBody, headerFrame, methodFrame } from './frames.ts'
import { METHOD } from './methods.ts'

class Recorder implements FrameHandler {
  readonly events: string[] = []
  readonly scanner = new FrameScanner(this)

  onMethod(channel: number, method: number, at: number): void {
    const rest = Buffer.from(this.scanner.bytes.subarray(at, this.scanner.end)).toString('hex')
    this.events.push(`method ${channel} ${method} ${rest}`)
  }

  onHeader(channel: number, bodySize: number, at: number): void {
    const flags = this.scanner.view.getUint16(at + 12)
    this.events.push(`header ${channel} ${bodySize} ${flags}`)
  }

  onBody(channel: number, size: number, at: number): void {
    const visible = Math.min(size, 16)
    const start = Buffer.from(this.scanner.bytes.subarray(at, at + visible)).toString('hex')
    this.events.push(`body ${channel} ${size} ${start}`)
  }

  feed(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.scanner.feed(bytes, view, bytes.length)
  }
}

type Part = { kind: string; channel: number; size: number }

function bytesOf(parts: readonly Part[]): Buffer {
  const writer = new ByteWriter()
  for (const { kind, channel, size } of parts) {
    if (kind === 'method') {
      writer.append(methodFrame(channel, METHOD.queueDeclareOk, (w) => w.fill(size % 300, 7)))
    } else if (kind === 'header') {
      writer.append(headerFrame(channel, size * 2 ** 30, { headers: { key: 'v'.repeat(size) } }))
    } else if (kind === 'heartbeat') {
      writer.append(Buffer.from([8, 0, 0, 0, 0, 0, 0, 0xce]))
    } else appendBody(writer, channel, { size: size + 1, frameMax: 4096 })
  }
  return Buffer.from(writer.finish())
}

const part = fc.record({
  kind: fc.constantFrom('method', 'header', 'body', 'heartbeat'),
  channel: fc.integer({ min: 0, max: 65_535 }),
  size: fc.integer({ min: 0, max: 9000 }),
})

test('frames are the same however the stream is cut', () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), cuts, (parts, lengths) => {
      const bytes = bytesOf(parts)
      const whole = new Recorder()
      whole.feed(bytes)
      const pieces = new Recorder()
      for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
        const length = lengths[turn % lengths.length] as number
        // A copy, as a socket's reused memory would be: nothing may refer to it afterwards.
        const piece = Buffer.from(bytes.subarray(at, at + length))
        pieces.feed(piece)
        piece.fill(0xff)
        at += length
      }
      assert.deepEqual(pieces.events, whole.events)
      const bodyBytes = whole.events
        .filter((event) => event.startsWith('body'))
        .reduce((sum, event) => sum + Number(event.split(' ')[2]), 0)
      const wanted = parts
        .filter(({ kind }) => kind === 'body')
        .reduce((sum, { size }) => sum + size + 1, 0)
      assert.equal(bodyBytes, wanted)
    }),
    { numRuns: 200 },
  )
})

test('one octet at a time', () => {
  const parts = ['method', 'header', 'body', 'heartbeat', 'body'].map((kind) => ({
    kind,
    channel: 3,
    size: 40,
  }))
  const bytes = bytesOf(parts)
  const whole = new Recorder()
  whole.feed(bytes)
  const single = new Recorder()
  for (const octet of bytes) single.feed(Uint8Array.of(octet))
  assert.equal(whole.events.length, 4)
  assert.deepEqual(single.events, whole.events)
})

test('a frame without its end and a frame of unknown type are refused', () => {
  const broken = methodFrame(0, METHOD.channelOpenOk)
  broken[broken.length - 1] = 0
  assert.throws(() => new Recorder().feed(broken), /without its end/)
  const unknown = Buffer.from([5, 0, 0, 0, 0, 0, 0, 0xce])
  assert.throws(() => new Recorder().feed(unknown), /unknown type 5/)
})

test('a sequence number beyond 32 bits survives a body', () => {
  const view = new DataView(new ArrayBuffer(32))
  writeSequence(view, 4, { producer: 65_535, sequence: 2 ** 40 + 3 })
  assert.equal(readProducer(view, 4), 65_535)
  assert.equal(readSequence(view, 4), 2 ** 40 + 3)
})
