import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SampleRing } from './sample-ring.ts'

function ringOf(capacity: number, values: readonly number[], stepMs = 1000): SampleRing {
  const ring = new SampleRing(2, capacity)
  for (const [index, value] of values.entries()) ring.push([value, -value], index * stepMs)
  return ring
}

test('a rate is the change per second between the last two samples', () => {
  assert.equal(ringOf(5, []).rate(0), 0)
  assert.equal(ringOf(5, [7]).rate(0), 0)
  const ring = ringOf(5, [0, 10, 40], 5000)
  assert.equal(ring.rate(0), 6)
  assert.equal(ring.rate(1), -6)
})

test('two samples at the same moment have no rate', () => {
  assert.equal(ringOf(5, [1, 2], 0).rate(0), 0)
})

test('only so many samples are kept, the newest', () => {
  const ring = ringOf(3, [1, 2, 4, 8, 16])
  assert.equal(ring.length, 3)
  assert.deepEqual(ring.samples(0, 60_000, 1000), [
    { sample: 16, timestamp: 4000 },
    { sample: 8, timestamp: 3000 },
    { sample: 4, timestamp: 2000 },
  ])
  assert.equal(ring.rate(0), 8)
})

test('samples go back as far as asked, in steps', () => {
  const ring = ringOf(
    20,
    Array.from({ length: 15 }, (_, index) => index),
  )
  const ages = ring.samples(0, 8000, 2000).map(({ timestamp }) => 14_000 - timestamp)
  assert.deepEqual(ages, [0, 2000, 4000, 6000, 8000])
  assert.equal(ring.averageRate(0, 8000), 1)
})
