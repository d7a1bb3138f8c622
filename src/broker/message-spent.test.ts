// The memory of a long body is given back when nobody needs it any more, and never before.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LongBody } from '../protocol/amqp/long-body.ts'
import { encodeHeader } from '../protocol/amqp/properties.ts'
import { MemoryBudget } from './memory-budget.ts'
import { Message } from './message.ts'
import { makeEnvelope } from './publish-target.ts'

function newMessage() {
  const given: ArrayBuffer[] = []
  const long = new LongBody()
  const block = new ArrayBuffer(1000)
  const bytes = new Uint8Array(block).fill(7)
  long.pieces.push(bytes.subarray(0, 600), bytes.subarray(608, 1000))
  long.addBlock(block, { giveBack: (each) => given.push(each) })
  const header = encodeHeader(992, {})
  const range = { body: header, bodyStart: 0, bodyEnd: 992, headerStart: 0 }
  const content = { ...range, header, headerEnd: header.length, long }
  return { message: new Message(content, makeEnvelope('', 'q'), false, 0), long, block, given }
}

test('a message that is delivered for good gives its blocks back', () => {
  const { message, block, given } = newMessage()
  message.spent()
  assert.equal(given.length, 1)
  assert.equal(given[0]?.byteLength, 1000, 'the same memory under another name')
  assert.ok(block.detached, 'who still has the old name finds nothing')
  message.spent()
  assert.equal(given.length, 1)
  assert.throws(() => message.body, /the body of a spent message was asked for/)
})

test('while a queue holds the message it is not spent', () => {
  const { message, given } = newMessage()
  const budget = new MemoryBudget(1 << 20)
  budget.hold(message)
  budget.hold(message)
  budget.release(message)
  message.spent()
  assert.equal(given.length, 0)
  budget.release(message)
  message.spent()
  assert.equal(given.length, 1)
})

test('a socket that has it still to write keeps it', () => {
  const { message, long, given } = newMessage()
  long.use()
  message.spent()
  assert.equal(given.length, 0)
  long.done()
  assert.equal(given.length, 1)
})

test('whoever asked for the whole has a copy; the pieces are not needed any more', () => {
  const { message, given } = newMessage()
  const { body } = message
  assert.equal(given.length, 1)
  message.spent()
  assert.equal(given.length, 1)
  assert.deepEqual([...new Set(body)], [7])
})

test('a copy shares the pieces: then the collector finds out', () => {
  const { message, long, given } = newMessage()
  const copy = message.copy()
  message.spent()
  long.addBlock(new ArrayBuffer(8), { giveBack: (each) => given.push(each) })
  assert.equal(given.length, 0)
  assert.equal(copy.body.length, 992)
})
