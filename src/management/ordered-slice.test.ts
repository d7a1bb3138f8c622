import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { orderedSlice } from './ordered-slice.ts'

const list = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 600 })
const place = fc.nat({ max: 600 })

test('a stretch is that of the sorted list, whatever the order before', () => {
  fc.assert(
    fc.property(list, place, place, (keys, a, b) => {
      const [from, to] = [Math.min(a, b, keys.length), Math.min(Math.max(a, b), keys.length)]
      const compare = (left: number, right: number): number =>
        keys[left]! - keys[right]! || left - right
      const whole = keys.map((_, index) => index).sort(compare)
      assert.deepEqual([...orderedSlice(keys.length, compare, { from, to })], whole.slice(from, to))
    }),
  )
})

test('orders that are bad for pivots still end, in few comparisons', () => {
  const count = 10_000
  const shapes: readonly ((index: number) => number)[] = [
    (index) => index,
    (index) => -index,
    (index) => index % 2,
    (index) => Math.abs(index - count / 2),
  ]
  for (const shape of shapes) {
    let comparisons = 0
    const compare = (left: number, right: number): number => {
      comparisons += 1
      return shape(left) - shape(right) || left - right
    }
    const found = [...orderedSlice(count, compare, { from: 5000, to: 5100 })]
    const sorted = Array.from({ length: count }, (_, index) => index).sort(
      (left, right) => shape(left) - shape(right) || left - right,
    )
    assert.deepEqual(found, sorted.slice(5000, 5100))
    assert.ok(comparisons < 14 * count, `${comparisons} comparisons`)
  }
})
