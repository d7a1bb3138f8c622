import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Columns } from './columns.ts'

type Step =
  | { readonly kind: 'push' | 'append' | 'removeFirst'; readonly count: number }
  | { readonly kind: 'remove'; readonly count: number }

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('push', 'append', 'removeFirst', 'remove'),
    count: fc.integer({ min: 1, max: 60 }),
  }),
  { maxLength: 30 },
)

/** The sequences between head and tail that have not left, each with its columns as they belong. */
function sequencesOf(columns: Columns): number[] {
  const found: number[] = []
  for (let at = columns.head; at < columns.tail; at += 1) {
    if (columns.positions[at] === 0) continue
    const sequence = columns.sequences[at]!
    found.push(sequence)
    assert.equal(columns.positions[at], sequence * 100)
    assert.equal(columns.bodyBytes[at], sequence + 7)
    assert.equal(columns.deliveries[at], sequence & 1)
  }
  return found
}

function others(first: number, count: number): Columns {
  const columns = new Columns(count + 3)
  for (let i = -3; i < count; i += 1) pushOne(columns, first + i)
  return columns
}

function pushOne(columns: Columns, sequence: number): void {
  columns.push(sequence, sequence * 100, sequence + 7, sequence & 1)
}

test('columns hold what a list would, however entries come and go', () => {
  fc.assert(
    fc.property(steps, (taken) => {
      const columns = new Columns()
      let expected: number[] = []
      let next = 10
      for (const { kind, count } of taken) {
        if (kind === 'push') pushOne(columns, next)
        if (kind === 'append') columns.append(others(next, count), 3, count)
        if (kind === 'push' || kind === 'append') {
          const added = kind === 'push' ? 1 : count
          for (let i = 0; i < added; i += 1) expected.push(next + i)
          next += added
        }
        if (kind === 'remove' && expected.length > 0) {
          const sequence = expected[count % expected.length]!
          columns.removeAt(columns.find(sequence))
          expected = expected.filter((each) => each !== sequence)
        }
        // Only where there are no gaps.
        if (kind === 'removeFirst' && columns.tail - columns.head === columns.count) {
          const removed = Math.min(count, expected.length)
          columns.removeFirst(removed)
          expected = expected.slice(removed)
        }
        assert.deepEqual(sequencesOf(columns), expected)
        assert.equal(columns.count, expected.length)
        for (const sequence of expected) assert.ok(columns.find(sequence) >= 0)
      }
    }),
  )
})
