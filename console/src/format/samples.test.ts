import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countOf, levelColumns, rateColumns, rateOf } from './samples.ts'

const stats = {
  publish: 30,
  // The API sends the newest first.
  publish_details: {
    rate: 4,
    samples: [
      { timestamp: 15_000, sample: 30 },
      { timestamp: 10_000, sample: 10 },
      { timestamp: 5_000, sample: 0 },
    ],
  },
  ack_details: {
    rate: 0,
    samples: [
      { timestamp: 15_000, sample: 2 },
      { timestamp: 10_000, sample: 8 },
    ],
  },
}

test('levels come oldest first, with gaps where a name has no sample', () => {
  const { times, values } = levelColumns(stats, ['publish', 'ack', 'absent'])
  assert.deepEqual(times, [5, 10, 15])
  assert.deepEqual(values, [
    [0, 10, 30],
    [null, 8, 2],
    [null, null, null],
  ])
})

test('rates are differences by the second, and never negative', () => {
  const { times, values } = rateColumns(stats, ['publish', 'ack'])
  assert.deepEqual(times, [10, 15])
  assert.deepEqual(values, [
    [2, 4],
    [null, 0],
  ])
})

test('what never happened has neither count nor rate', () => {
  assert.equal(countOf(stats, 'publish'), 30)
  assert.equal(rateOf(stats, 'publish'), 4)
  assert.equal(countOf(stats, 'get'), undefined)
  assert.equal(rateOf(undefined, 'get'), undefined)
})
