import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Deque } from './deque.ts'

const step = fc.constantFrom('push', 'push', 'unshift', 'shift', 'pop', 'clear', 'many', 'drain')

test('a deque does what an array does', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const deque = new Deque<number>()
      const array: number[] = []
      let next = 0
      for (const name of steps) {
        next += 1
        if (name === 'push' || name === 'unshift') {
          deque[name](next)
          array[name](next)
        } else if (name === 'shift' || name === 'pop') {
          assert.equal(deque[name](), array[name]())
        } else if (name === 'many') {
          // Past the size at which the ring shrinks again.
          for (let i = 0; i < 1500; i += 1) {
            deque.push(next + i)
            array.push(next + i)
          }
        } else if (name === 'drain') {
          while (array.length > 3) assert.equal(deque.shift(), array.shift())
        } else {
          deque.clear()
          array.length = 0
        }
        assert.equal(deque.length, array.length)
        assert.equal(deque.peek(), array[0])
        assert.equal(deque.peekLast(), array.at(-1))
        const middle = array.length >> 1
        assert.equal(deque.at(middle), array[middle])
        assert.equal(deque.at(array.length), undefined)
        assert.equal(deque.at(-1), undefined)
      }
      const rest = Array.from({ length: deque.length }, () => deque.shift())
      assert.deepEqual(rest, array)
    }),
  )
})
