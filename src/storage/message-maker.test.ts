import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Message } from '../broker/message.ts'
import { makeEnvelope } from '../broker/publish-target.ts'
import { Keep } from '../broker/unpinning.ts'
import { wholeContent } from '../protocol/amqp/content.ts'
import { encodeHeader } from '../protocol/amqp/properties.ts'
import { MessageMaker } from './message-maker.ts'
import { RecordKind, writeMessage } from './records.ts'

const body = Buffer.from('the body')
const header = encodeHeader(body.length, { messageId: 'm1' })

/** A block with the record of one message in the middle. */
function stored(): { view: DataView; at: number } {
  const bytes = Buffer.alloc(256 << 10)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const message = new Message(wholeContent(header, body), makeEnvelope('x', 'key'), true, 1234)
  const at = writeMessage({ bytes, view, reserve: () => 4000 }, RecordKind.message, message, [])
  return { view, at }
}

function check(message: Message): void {
  const { envelope, headerStart, headerEnd, bodyStart, bodyEnd } = message
  assert.deepEqual([envelope.exchange, envelope.routingKey], ['x', 'key'])
  assert.deepEqual([message.persistent, message.publishedAtMs], [true, 1234])
  assert.deepEqual(
    Buffer.from(message.header.subarray(headerStart, headerEnd)),
    Buffer.from(header),
  )
  assert.deepEqual(Buffer.from(message.body.subarray(bodyStart, bodyEnd)), body)
}

test('a message of its own shares nothing with what was read', () => {
  const { view, at } = stored()
  const message = new MessageMaker().make(view, at, false)!
  new Uint8Array(view.buffer).fill(0)
  check(message)
  assert.ok(message.body.buffer.byteLength <= 16 << 10)
})

test('a message in its place copies nothing, and is moved out of the block if it stays', () => {
  const { view, at } = stored()
  const message = new MessageMaker().make(view, at, true)!
  check(message)
  assert.equal(message.body.buffer, view.buffer)
  assert.equal(message.header.buffer, view.buffer)
  message.unpin(new Keep())
  new Uint8Array(view.buffer).fill(0)
  check(message)
  assert.ok(message.body.buffer.byteLength <= 8 << 10)
})

test('what is no message is none', () => {
  const { view, at } = stored()
  view.setUint8(at + 8, RecordKind.page)
  assert.equal(new MessageMaker().make(view, at, true), null)
})
