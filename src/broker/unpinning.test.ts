// Messages that stay leave the chunk they came in; those that do not are left alone.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeHeader } from '../protocol/amqp/properties.ts'
import { Message } from './message.ts'
import { makeEnvelope } from './publish-target.ts'
import { Keep } from './unpinning.ts'

const header = encodeHeader(5, { contentType: 'text/plain' })

function messageIn(chunkBytes: number, body: string): Message {
  const chunk = Buffer.from(new ArrayBuffer(chunkBytes))
  chunk.set(header, 10)
  chunk.write(body, 100)
  const content = {
    header: chunk,
    headerStart: 10,
    headerEnd: 10 + header.length,
    body: chunk,
    bodyStart: 100,
    bodyEnd: 100 + body.length,
  }
  return new Message(content, makeEnvelope('', 'q'), false, 0)
}

const bodyOf = (message: Message): string =>
  Buffer.from(message.body.subarray(message.bodyStart, message.bodyEnd)).toString()

test('a small message leaves a large chunk, with the same bytes', () => {
  const message = messageIn(64 << 10, 'hello')
  message.unpin(new Keep())
  assert.ok(message.body.buffer.byteLength <= 8 << 10)
  assert.equal(bodyOf(message), 'hello')
  assert.equal(message.bodyBytes, 5)
  const moved = Buffer.from(message.header.subarray(message.headerStart, message.headerEnd))
  assert.deepEqual(moved, Buffer.from(header))
})

test('small messages share blocks, so that each costs about what it is long', () => {
  const keep = new Keep()
  const messages = Array.from({ length: 1000 }, () => messageIn(64 << 10, 'hello'))
  for (const message of messages) message.unpin(keep)
  const blocks = new Set(messages.map((message) => message.body.buffer))
  const bytes = [...blocks].reduce((sum, block) => sum + block.byteLength, 0)
  assert.ok(bytes < 1000 * (header.length + 5) * 1.5, `${bytes} bytes`)
})

test('a message that fills its chunk stays where it is', () => {
  const message = messageIn(64 << 10, 'x'.repeat(60_000))
  const chunk = message.body
  message.unpin(new Keep())
  assert.equal(message.body, chunk)
})
