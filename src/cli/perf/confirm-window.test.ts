import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ConfirmWindow } from './confirm-window.ts'

const step = fc.record({
  publish: fc.integer({ min: 0, max: 20 }),
  pick: fc.integer({ min: 0 }),
  multiple: fc.boolean(),
})

test('every message is settled once, whatever the order of the confirms', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.array(step, { maxLength: 60 }),
      (size, steps) => {
        const window = new ConfirmWindow(size)
        const open = new Set<number>()
        let next = 1
        for (const { publish, pick, multiple } of steps) {
          for (let count = 0; count < publish && window.room > 0; count += 1) {
            window.publish(next)
            open.add(next)
            next += 1
          }
          assert.ok(open.size <= size)
          const tags = [...open]
          const tag = tags[pick % tags.length]
          if (tag === undefined) continue
          const settled: number[] = []
          const count = window.settle(tag, multiple, (sentAt) => settled.push(sentAt))
          const wanted = multiple ? tags.filter((other) => other <= tag) : [tag]
          assert.deepEqual(settled, wanted)
          assert.equal(count, wanted.length)
          for (const one of wanted) open.delete(one)
          assert.equal(window.open, open.size)
        }
        // All confirmed: the whole window is free again.
        window.settle(0, true, () => {})
        assert.equal(window.room, size)
      },
    ),
  )
})

test('tag 0 with multiple means all, and a repeated confirm counts for nothing', () => {
  const window = new ConfirmWindow(10)
  for (let count = 0; count < 5; count += 1) window.publish(count)
  assert.equal(
    window.settle(3, false, () => {}),
    1,
  )
  assert.equal(
    window.settle(3, false, () => {}),
    0,
  )
  assert.equal(
    window.settle(0, true, () => {}),
    4,
  )
  assert.throws(() => window.settle(6, false, () => {}), /not published/)
})
