import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MessageSizes } from './message-sizes.ts'

test('a size is counted in the first range that holds it, bounds included', () => {
  const sizes = new MessageSizes()
  for (const bytes of [0, 100, 101, 1000, 1001, 100_000_000, 100_000_001]) sizes.count(bytes)
  assert.deepEqual([...sizes.counts], [2, 2, 1, 0, 0, 0, 0, 1, 1])
  assert.equal(sizes.bytes, 200_002_203)
})
