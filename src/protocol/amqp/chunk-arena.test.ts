import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChunkArena } from './chunk-arena.ts'

test('what one writer leaves, the next one gets', () => {
  const arena = new ChunkArena(10_000)
  const first = arena.take(10)
  assert.equal(first.length, 10_000)
  arena.giveBack(first.subarray(4000))
  const second = arena.take(10)
  assert.equal(second.buffer, first.buffer)
  assert.equal(second.byteOffset, first.byteOffset + 4000)
  assert.notEqual(arena.take(10).buffer, first.buffer)
})

test('a rest that is too small is left alone', () => {
  const arena = new ChunkArena(10_000)
  const chunk = arena.take(1)
  arena.giveBack(chunk.subarray(9000))
  assert.equal(arena.take(1).length, 10_000)
  arena.giveBack(chunk.subarray(5000))
  assert.equal(arena.take(20_000).length, 20_000)
  assert.equal(arena.take(5001).length, 10_000)
  assert.equal(arena.take(5000).length, 5000)
})
