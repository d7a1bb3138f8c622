import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IdleMemory, type ProcessFigures } from './idle-memory.ts'

const mebibyte = 1 << 20

/** A process whose figures the test sets; a collection leaves 77 MB of it. */
function program(start: Partial<ProcessFigures> = {}) {
  const figures = { cpuMicros: 0, residentBytes: 86 * mebibyte, heapBytes: 12 * mebibyte, ...start }
  const seen = { collections: 0 }
  const idle = new IdleMemory(
    () => ({ ...figures }),
    () => {
      seen.collections += 1
      figures.cpuMicros += 60_000
      figures.residentBytes = 77 * mebibyte
    },
  )
  /** Seconds in each of which so much of a core is used. */
  const pass = (seconds: number, share: number): void => {
    for (let i = 0; i < seconds; i += 1) {
      figures.cpuMicros += share * 1e6
      idle.look()
    }
  }
  return { figures, seen, pass }
}

test('a program that has started gives back what the start took', () => {
  const { seen, pass } = program()
  pass(1, 0.4)
  pass(2, 0.003)
  assert.equal(seen.collections, 0)
  pass(1, 0.003)
  assert.equal(seen.collections, 1)
})

test('one collection in a rest, and none while there is work', () => {
  const { figures, seen, pass } = program()
  pass(4, 0.003)
  figures.residentBytes = 120 * mebibyte
  pass(100, 0.003)
  assert.equal(seen.collections, 1)
  pass(50, 0.03)
  assert.equal(seen.collections, 1)
  pass(3, 0.003)
  assert.equal(seen.collections, 2)
})

test('work that took little memory is no reason', () => {
  const { figures, seen, pass } = program()
  pass(4, 0.003)
  figures.residentBytes = 84 * mebibyte
  pass(5, 1)
  pass(10, 0.003)
  assert.equal(seen.collections, 1)
})

test('a heap that would be collected for long is left as it is', () => {
  const { seen, pass } = program({ heapBytes: 50 * mebibyte })
  pass(20, 0.003)
  assert.equal(seen.collections, 0)
})
