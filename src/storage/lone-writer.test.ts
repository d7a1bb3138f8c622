import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LoneWriter } from './lone-writer.ts'

/** How many syncs in a row may be waited for, each taking so long. */
function waits(writer: LoneWriter, milliseconds = 0): number {
  let count = 0
  while (writer.mayWait && count < 1000) {
    writer.waited(milliseconds)
    count += 1
  }
  return count
}

function calm(writer: LoneWriter, count: number): void {
  for (let i = 0; i < count; i += 1) writer.ran(0)
}

test('syncs are waited for once nothing happened during several, with a trial now and then', () => {
  const writer = new LoneWriter()
  calm(writer, 7)
  assert.equal(waits(writer), 0)
  calm(writer, 1)
  assert.equal(waits(writer), 32)
  calm(writer, 1)
  assert.equal(waits(writer), 32)
})

test('anything that happens during a trial ends it', () => {
  const writer = new LoneWriter()
  calm(writer, 8)
  waits(writer)
  writer.ran(1)
  calm(writer, 7)
  assert.equal(waits(writer), 0)
  calm(writer, 1)
  assert.equal(waits(writer), 32)
})

test('a slow disk is left to its own thread for long', () => {
  const writer = new LoneWriter()
  calm(writer, 8)
  assert.equal(waits(writer, 2), 1)
  writer.ran(3)
  calm(writer, 200)
  assert.equal(waits(writer), 0)
  calm(writer, 64)
  assert.equal(waits(writer), 32)
})
