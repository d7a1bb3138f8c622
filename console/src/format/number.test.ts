import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  formatShort,
  formatTime,
} from './number.ts'

test('counts carry separators, and unknown ones a dash', () => {
  assert.equal(formatCount(1_234_567), '1,234,567')
  assert.equal(formatCount(undefined), '–')
  assert.equal(formatCount(Number.NaN), '–')
})

test('short numbers stay short at every size', () => {
  const given = [0, 7, 0.25, 999, 9999, 10_000, 1_250_000, 3.2e9]
  assert.deepEqual(given.map(formatShort), ['0', '7', '0.3', '999', '9999', '10k', '1.3M', '3.2G'])
})

test('a small rate keeps a decimal, none and large ones do not', () => {
  assert.equal(formatRate(0.4), '0.4/s')
  assert.equal(formatRate(0), '0/s')
  assert.equal(formatRate(12_345.6), '12,346/s')
})

test('bytes are in powers of 1024', () => {
  assert.equal(formatBytes(1023), '1023 B')
  assert.equal(formatBytes(1536), '1.5 KiB')
  assert.equal(formatBytes(200 * 1024 ** 2), '200 MiB')
  assert.equal(formatBytes(null), '–')
})

test('durations show their two largest units', () => {
  assert.equal(formatDuration(59_999), '59 s')
  assert.equal(formatDuration(61_000), '1 min')
  assert.equal(formatDuration(3_600_000 * 5 + 60_000 * 7), '5 h 7 min')
  assert.equal(formatDuration(86_400_000 * 3 + 3_600_000), '3 d 1 h')
  assert.equal(formatDuration(-5), '0 s')
})

test('a time of another day brings its date', () => {
  const now = new Date(2026, 10, 23, 12).getTime()
  assert.equal(formatTime(new Date(2026, 10, 23, 9, 5, 3).getTime(), now), '09:05:03')
  assert.equal(formatTime(new Date(2026, 10, 2, 9, 5, 3).getTime(), now), '2026-11-02 09:05:03')
})
