import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Columns } from './columns.ts'
import { decodeEntries, encodeEntries } from './page.ts'

const entry = fc.record({
  gap: fc.integer({ min: 1, max: 1000 }),
  position: fc.oneof(
    fc.integer({ min: 1, max: 2 ** 40 }),
    fc.integer({ min: 2 ** 51, max: 2 ** 52 - 1 }),
  ),
  spilled: fc.boolean(),
  bodyBytes: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  redelivered: fc.boolean(),
})

test('a page decodes to the entries it was made of', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 60 }), fc.boolean(), (entries, durableOnly) => {
      const columns = new Columns()
      let sequence = 0
      for (const { gap, position, spilled, bodyBytes, redelivered } of entries) {
        sequence += gap
        columns.push(sequence, spilled ? -position : position, bodyBytes, redelivered ? 1 : 0)
      }
      const decoded = decodeEntries(encodeEntries(columns), columns.count, durableOnly)
      const rows = (from: Columns): number[][] => {
        const list: number[][] = []
        for (let at = from.head; at < from.tail; at += 1) {
          list.push([
            from.sequences[at]!,
            from.positions[at]!,
            from.bodyBytes[at]!,
            from.deliveries[at]!,
          ])
        }
        return list
      }
      const expected = rows(columns).filter((row) => !durableOnly || row[1]! > 0)
      assert.deepEqual(rows(decoded), expected)
    }),
  )
})

test('columns find, remove and pack entries as a sorted map would', () => {
  const action = fc.oneof(
    fc.record({ kind: fc.constant('push'), by: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ kind: fc.constant('remove'), by: fc.nat(200) }),
  )
  fc.assert(
    fc.property(fc.array(action, { maxLength: 300 }), (actions) => {
      const columns = new Columns()
      const model = new Map<number, number>()
      let sequence = 0
      for (const { kind, by } of actions) {
        if (kind === 'push') {
          sequence += by
          columns.push(sequence, sequence * 10, 5, 0)
          model.set(sequence, sequence * 10)
        } else {
          const at = columns.find(by)
          assert.equal(at >= 0, model.has(by))
          if (at >= 0) assert.equal(columns.positions[at], model.get(by))
          if (at >= 0) columns.removeAt(at)
          model.delete(by)
        }
        assert.equal(columns.count, model.size)
        const first = [...model.keys()][0] ?? Number.POSITIVE_INFINITY
        assert.equal(columns.firstSequence, first)
      }
    }),
  )
})
