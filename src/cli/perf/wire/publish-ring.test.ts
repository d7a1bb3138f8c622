import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSequence } from './body.ts'
import { type FrameHandler, FrameScanner } from './frame-scanner.ts'
import type { Message } from './frames.ts'
import { PublishRing } from './publish-ring.ts'

const message = (size: number): Message => ({
  exchange: '',
  routingKey: 'q',
  mandatory: false,
  properties: {},
  size,
})

/** Reads what a ring writes, with the generator's own scanner. */
class Reader implements FrameHandler {
  readonly sizes: number[] = []
  readonly stamps: number[] = []
  readonly sequences: number[] = []
  readonly #scanner = new FrameScanner(this)
  #left = 0

  read(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#scanner.feed(bytes, view, bytes.length)
  }

  onMethod(): void {}

  onHeader(_channel: number, bodySize: number): void {
    this.sizes.push(bodySize)
    this.#left = bodySize
  }

  onBody(_channel: number, size: number, at: number): void {
    if (this.#left === this.sizes.at(-1) && size >= 16) {
      this.stamps.push(this.#scanner.view.getFloat64(at))
      this.sequences.push(readSequence(this.#scanner.view, at))
    }
    this.#left -= size
    assert.ok(this.#left >= 0)
  }
}

test('slices hold whole messages in turn, with what was written into them', () => {
  const sizes = [16, 100, 10_000]
  const ring = new PublishRing(sizes.map(message), {
    channel: 1,
    frameMax: 4096,
    bytesMin: 100_000,
    messagesMin: 4,
  })
  const reader = new Reader()
  let sent = 0
  while (sent < 100) {
    const count = ring.available(100 - sent, 20_000)
    assert.ok(count > 0)
    for (let offset = 0; offset < count; offset += 1) {
      ring.stamp(offset, 1e6 + sent + offset)
      ring.number(offset, 1, sent + offset)
    }
    reader.read(ring.take(count))
    ring.release(count)
    sent += count
  }
  const turns = Array.from({ length: 100 }, (_, index) => index)
  assert.deepEqual(
    reader.sizes,
    turns.map((turn) => sizes[turn % 3]),
  )
  assert.deepEqual(reader.sequences, turns)
  assert.deepEqual(
    reader.stamps,
    turns.map((turn) => 1e6 + turn),
  )
})

test('what is lent is not given out again before its release', () => {
  const ring = new PublishRing([message(8)], {
    channel: 1,
    frameMax: 4096,
    bytesMin: 0,
    messagesMin: 10,
  })
  assert.equal(ring.length, 10)
  ring.take(ring.available(7, 1e6))
  assert.equal(ring.available(100, 1e6), 3)
  ring.take(3)
  assert.equal(ring.available(100, 1e6), 0)
  ring.release(7)
  assert.equal(ring.available(100, 1e6), 7)
})

test('a message larger than a slice still goes, alone', () => {
  const ring = new PublishRing([message(200_000)], {
    channel: 1,
    frameMax: 131_072,
    bytesMin: 0,
    messagesMin: 4,
  })
  assert.equal(ring.available(100, 65_536), 1)
})
