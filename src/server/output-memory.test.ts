import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LongBody } from '../protocol/amqp/long-body.ts'
import { OutputChunks, OutputMemory } from './output-memory.ts'

const chunkBytes = 64 << 10

/** The socket is given all that there is, and has written it. */
function finish(memory: OutputMemory): void {
  memory.taken()
  memory.written()
}

/** A memory whose connection has said so much that it gets whole chunks. */
function streaming(chunks: OutputChunks): OutputMemory {
  const memory = new OutputMemory(chunks)
  while (memory.allocate(1).length < chunkBytes);
  finish(memory)
  return memory
}

test('a connection that says little gets little, one that streams whole chunks', () => {
  const memory = new OutputMemory(new OutputChunks())
  assert.equal(memory.allocate(21).length, 512)
  assert.equal(memory.allocate(21).length, 1024)
  assert.equal(memory.allocate(21).length, 2048)
  assert.equal(memory.allocate(21).length, chunkBytes)
  assert.equal(memory.allocate(200_000).length, 200_000, 'what is longer than a chunk is its own')
})

test('a turn that used little begins the next one smaller', () => {
  const memory = streaming(new OutputChunks())
  for (let turn = 0; turn < 12; turn += 1) memory.release(memory.allocate(1).subarray(100))
  assert.equal(memory.allocate(1).length, 512)
})

test('a chunk is used again when it has been written, and not before', () => {
  const chunks = new OutputChunks()
  const memory = streaming(chunks)
  const other = streaming(chunks)
  const first = memory.allocate(1)
  assert.notEqual(other.allocate(1).buffer, first.buffer)
  assert.notEqual(memory.allocate(1).buffer, first.buffer)
  finish(memory)
  const again = [other.allocate(1), other.allocate(1), other.allocate(1)]
  assert.ok(again.some(({ buffer }) => buffer === first.buffer))
})

test('what is still being filled when the rest has been written is kept', () => {
  const chunks = new OutputChunks()
  const memory = streaming(chunks)
  const kept = chunks.keptCount
  memory.allocate(1)
  memory.taken()
  const filling = memory.allocate(1)
  memory.written()
  assert.equal(chunks.keptCount, kept)
  assert.notEqual(streaming(chunks).allocate(1).buffer, filling.buffer)
  finish(memory)
  assert.equal(chunks.keptCount, kept)
})

test('what the system may still read when a connection ends is not used again', () => {
  const chunks = new OutputChunks()
  const memory = streaming(chunks)
  const kept = chunks.keptCount
  assert.equal(memory.allocate(1).length, chunkBytes)
  memory.close()
  finish(memory)
  assert.equal(chunks.keptCount, kept - 1)
  assert.notEqual(memory.allocate(4096).length, chunkBytes, 'nor does it take another')
})

test('however many connections stream, few chunks are out and few are kept', () => {
  const chunks = new OutputChunks()
  const memories = Array.from({ length: 200 }, () => streaming(chunks))
  const taken = memories.map((memory) => memory.allocate(16_384))
  assert.equal(taken.filter(({ length }) => length === chunkBytes).length, 64)
  for (const memory of memories) finish(memory)
  assert.equal(chunks.keptCount, 16)
  for (const memory of memories) memory.close()
  const next = new OutputMemory(chunks)
  assert.equal(next.allocate(8192).length, chunkBytes, 'those that are gone make room')
})

test('a long body is needed until it has been written', () => {
  const given: ArrayBuffer[] = []
  const body = new LongBody()
  body.addBlock(new ArrayBuffer(8), { giveBack: (block) => given.push(block) })
  const memory = new OutputMemory(new OutputChunks())
  memory.refer(body)
  body.done()
  assert.equal(given.length, 0)
  finish(memory)
  assert.equal(given.length, 1)
  finish(memory)
  assert.equal(given.length, 1)
})
