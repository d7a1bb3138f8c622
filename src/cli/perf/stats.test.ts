import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SequenceCheck } from './sequence-check.ts'
import {
  addCounters,
  Latencies,
  newCounters,
  newHistogram,
  record,
  subtractCounters,
  summarize,
} from './stats.ts'

test('percentiles are those of the values recorded', () => {
  const histogram = newHistogram()
  for (let us = 1; us <= 1000; us += 1) record(histogram, us)
  const summary = summarize(histogram)
  assert.equal(summary?.count, 1000)
  assert.equal(summary?.p50Us, 500)
  assert.equal(summary?.p99Us, 990)
  assert.equal(summary?.p999Us, 999)
  assert.equal(summary?.maxUs, 1000)
  assert.equal(summarize(newHistogram()), undefined)
})

test('a negative or absurdly long time is recorded at the edge, not refused', () => {
  const histogram = newHistogram()
  record(histogram, -5)
  record(histogram, 1e12)
  assert.equal(histogram.totalCount, 2)
})

test('latencies of several processes add up', () => {
  const merged = new Latencies()
  for (const us of [100, 300]) {
    const worker = new Latencies()
    record(worker.delivery, us)
    merged.add(worker.encode())
  }
  assert.equal(merged.delivery.totalCount, 2)
  assert.equal(summarize(merged.delivery)?.p50Us, 100)
  assert.equal(summarize(merged.delivery)?.maxUs, 300)
})

test('counters are added and subtracted name by name', () => {
  const sum = addCounters({ ...newCounters(), published: 5 }, { ...newCounters(), received: 2 })
  const difference = subtractCounters(sum, { ...newCounters(), published: 1 })
  assert.equal(difference.published, 4)
  assert.equal(difference.received, 2)
})

test('gaps and reversals are counted by producer and queue', () => {
  const counters = newCounters()
  const check = new SequenceCheck(counters, () => 2)
  for (const sequence of [0, 2, 4, 10, 8]) check.note({ producer: 1, queue: 1 }, sequence)
  for (const sequence of [1, 3]) check.note({ producer: 1, queue: 2 }, sequence)
  assert.equal(counters.missing, 2)
  assert.equal(counters.outOfOrder, 1)
  assert.deepEqual(check.range, { first: 0, last: 10 })
})
