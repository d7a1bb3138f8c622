import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BodyBlocks } from './body-blocks.ts'

function newBlocks() {
  const allocated: number[] = []
  return { blocks: new BodyBlocks((bytes) => allocated.push(bytes)), allocated }
}

test('blocks have few sizes, so that they fit again', () => {
  const { blocks, allocated } = newBlocks()
  for (const bytes of [1, 256 << 10, (256 << 10) + 1, 1 << 20]) blocks.take(bytes)
  assert.deepEqual(allocated, [256 << 10, 256 << 10, 512 << 10, 1 << 20])
})

test('what was given back is taken again', () => {
  const { blocks, allocated } = newBlocks()
  const block = blocks.take(300_000)
  blocks.giveBack(block)
  assert.equal(blocks.keptBytes, 512 << 10)
  assert.notEqual(blocks.take(200_000), block, 'another size')
  assert.equal(blocks.take(400_000), block)
  assert.equal(blocks.keptBytes, 0)
  assert.equal(allocated.length, 2)
})

test('no more than 12 MB are kept, the rest is freed at once', () => {
  const { blocks } = newBlocks()
  const taken = Array.from({ length: 20 }, () => blocks.take(1 << 20))
  for (const block of taken) blocks.giveBack(block)
  assert.equal(blocks.keptBytes, 12 << 20)
  assert.equal(taken.filter((block) => block.detached).length, 8)
})
