import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Recent } from './recent.ts'

test('the newest come first, and no more than the limit is kept', () => {
  const recent = new Recent<number>(3)
  assert.equal(recent.last, undefined)
  assert.deepEqual(recent.newest(5), [])
  for (let i = 1; i <= 7; i += 1) {
    recent.add(i)
    assert.equal(recent.last, i)
    const kept = [i, i - 1, i - 2].filter((n) => n > 0)
    assert.deepEqual(recent.newest(10), kept)
    assert.deepEqual(recent.newest(2), kept.slice(0, 2))
  }
})
