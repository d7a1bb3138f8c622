import assert from 'node:assert/strict'
import { test } from 'node:test'
import { QuickReads } from './quick-reads.ts'

test('reads are waited for as long as they are quick; a slow one sends the next ones beside', () => {
  let nowMs = 0
  const reads = new QuickReads(() => nowMs)
  const read = (tookMs: number): number =>
    reads.run(() => {
      nowMs += tookMs
      return 7
    })
  for (let i = 0; i < 1000; i += 1) {
    assert.equal(reads.next(), true)
    assert.equal(read(0.05), 7)
  }
  read(3)
  assert.equal(besideBeforeNext(reads), 8)
  read(3)
  assert.equal(besideBeforeNext(reads), 16)
  for (let i = 0; i < 20; i += 1) {
    read(3)
    besideBeforeNext(reads)
  }
  read(3)
  assert.equal(besideBeforeNext(reads), 512)
  read(0.05)
  read(0.05)
  read(3)
  assert.equal(besideBeforeNext(reads), 128)
})

/** How many reads go beside until one may be waited for again. */
function besideBeforeNext(reads: QuickReads): number {
  for (let count = 0; ; count += 1) if (reads.next()) return count
}

test('a read that fails after a while is a slow one too', () => {
  let nowMs = 0
  const reads = new QuickReads(() => nowMs)
  const fail = (): number => {
    nowMs += 50
    throw new Error('EIO')
  }
  assert.throws(() => reads.run(fail), /EIO/)
  assert.equal(reads.next(), false)
})
