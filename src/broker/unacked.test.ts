import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Consumer } from './consumer.ts'
import type { Delivery } from './delivery.ts'
import { DeliveryRun } from './delivery-run.ts'
import { QueueEntry } from './queues/entry.ts'
import type { Lane } from './queues/lane.ts'
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

/** A run of a lane whose sequences are the tags. */
function runOf(firstTag: number, count: number): DeliveryRun {
  const entriesOf = (first: number, of: number): QueueEntry[] =>
    Array.from({ length: of }, (_, i) => new QueueEntry(first + i, null, 0, 0))
  const first = { tag: firstTag, sequence: firstTag, atMs: 0 }
  return new DeliveryRun({ queue } as Consumer, { entriesOf } as unknown as Lane, first, count)
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('add'), tag: fc.nat(5) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('take'), tag: fc.nat(200) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('add run'), tag: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('acknowledge up to'), tag: fc.nat(200) }) },
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
        } else if (name === 'add run') {
          const run = runOf(last + 2, 1 + tag)
          unacked.addRun(run)
          for (let i = 0; i < run.count; i += 1) out.push(last + 2 + i)
          last += 1 + run.count
        } else if (name === 'acknowledge up to') {
          const tags = unacked.takeSingles(tag).map((each) => each.tag)
          unacked.takeOfRuns(tag, ({ firstTag, firstSequence, count: left }, count) => {
            assert.equal(firstSequence, firstTag, 'tags and sequences are moved on together')
            assert.ok(count > 0 && count <= left)
            for (let i = 0; i < count; i += 1) tags.push(firstTag + i)
          })
          assert.deepEqual(
            tags,
            out.filter((other) => other <= tag),
          )
          out = out.filter((other) => other > tag)
        } else if (name === 'take') {
          if (unacked.startsRuns(tag)) assert.ok(out.includes(tag))
          const found = unacked.take(tag)
          assert.equal(found?.tag, out.includes(tag) ? tag : undefined)
          out = out.filter((other) => other !== tag)
          if (found !== null) taken.push(found)
        } else if (name === 'take up to') {
          const tags: number[] = []
          for (const each of unacked.takeUpTo(tag)) {
            tags.push(each.tag)
            taken.push(each)
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
      assert.deepEqual(
        unacked.takeAll().map(({ tag }) => tag),
        out,
      )
      assert.equal(unacked.count, 0)
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
