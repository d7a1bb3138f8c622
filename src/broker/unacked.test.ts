import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Delivery } from './delivery.ts'
import { QueueEntry } from './queues/entry.ts'
import type { Queue } from './queues/queue.ts'
import { Unacked } from './unacked.ts'

const queue = {} as Queue

function delivery(tag: number): Delivery {
  return {
    tag,
    entry: new QueueEntry(tag, null, 0, 0),
    queue,
    consumer: null,
    deliveredAtMs: 0,
    settled: false,
    abandoned: false,
  }
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('add'), tag: fc.nat(5) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('take'), tag: fc.nat(200) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('take up to'), tag: fc.nat(200) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restore'), tag: fc.nat(200) }) },
)

test('it knows what is out, in any order of acknowledgements', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
      const unacked = new Unacked()
      let out: number[] = []
      let taken: Delivery[] = []
      let last = 0
      for (const { do: name, tag } of steps) {
        if (name === 'add') {
          // Tags rise, with gaps where a consumer acknowledges nothing.
          last += 1 + tag
          unacked.add(delivery(last))
          out.push(last)
        } else if (name === 'take') {
          const found = unacked.take(tag)
          assert.equal(found?.tag, out.includes(tag) ? tag : undefined)
          out = out.filter((other) => other !== tag)
          if (found !== null) taken.push(found)
        } else if (name === 'take up to') {
          const tags: number[] = []
          for (let d = unacked.takeFirst(tag); d !== null; d = unacked.takeFirst(tag)) {
            tags.push(d.tag)
            taken.push(d)
          }
          assert.deepEqual(
            tags,
            out.filter((other) => other <= tag),
          )
          out = out.filter((other) => other > tag)
        } else {
          unacked.restore(taken)
          out = [...out, ...taken.map((one) => one.tag)].sort((a, b) => a - b)
          taken = []
        }
        assert.equal(unacked.count, out.length)
        assert.equal(unacked.has(tag), out.includes(tag))
      }
      for (const tag of out) assert.equal(unacked.takeFirst(Number.MAX_SAFE_INTEGER)?.tag, tag)
      assert.equal(unacked.takeFirst(Number.MAX_SAFE_INTEGER), null)
    }),
  )
})

test('acknowledging newest first leaves no holes behind', () => {
  const unacked = new Unacked()
  for (let tag = 1; tag <= 10_000; tag += 1) unacked.add(delivery(tag))
  for (let tag = 10_000; tag > 1; tag -= 1) assert.equal(unacked.take(tag)?.tag, tag)
  assert.equal(unacked.count, 1)
  assert.equal(unacked.take(1)?.tag, 1)
  assert.equal(unacked.count, 0)
})
