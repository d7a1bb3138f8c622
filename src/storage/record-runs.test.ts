import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { endInRun, isIntactRun } from './record-runs.ts'
import { RecordKind, type RecordSink, writePairs } from './records.ts'

const sizes = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 8, maxLength: 40 })

/** Records of these sizes behind a few other bytes, one after the other. */
function gather(pairCounts: readonly number[]): { bytes: Uint8Array; view: DataView; end: number } {
  const bytes = new Uint8Array(64 << 10)
  const view = new DataView(bytes.buffer)
  let end = 5
  const reserve = (size: number): number => {
    end += size
    return end - size
  }
  const sink: RecordSink = { bytes, view, reserve }
  for (const [i, count] of pairCounts.entries()) {
    const pairs = Array.from({ length: count * 2 }, (_, at) => i * 1000 + at)
    writePairs(sink, RecordKind.removed, i + 1, pairs)
  }
  return { bytes, view, end }
}

test('a run of records as they were written is intact, and ends where the last one does', () => {
  fc.assert(
    fc.property(sizes, (pairCounts) => {
      const { view, end } = gather(pairCounts)
      assert.equal(isIntactRun(view, 5, pairCounts.length), true)
      let at = 5
      for (let i = 0; i < pairCounts.length; i += 1) at = endInRun(view, at)
      assert.equal(at, end)
    }),
  )
})

test('a run with a changed byte is not intact, wherever it lies', () => {
  fc.assert(
    fc.property(sizes, fc.nat(), fc.integer({ min: 1, max: 255 }), (pairCounts, place, change) => {
      const { bytes, view, end } = gather(pairCounts)
      const starts: number[] = []
      for (let at = 5; at < end; at += view.getUint32(at, true)) starts.push(at)
      const at = 5 + (place % (end - 5))
      // Lengths are looked at before, by who finds out how long the run is.
      fc.pre(!starts.some((start) => at >= start && at < start + 4))
      bytes[at] = bytes[at]! ^ change
      assert.equal(isIntactRun(view, 5, pairCounts.length), false)
    }),
  )
})

test('what cannot be part of a run ends it', () => {
  const { view, end } = gather(Array(8).fill(1))
  assert.equal(endInRun(view, end), -1, 'zeros')
  assert.equal(endInRun(view, view.byteLength - 4), -1, 'the end of the view')
  const long = gather([100])
  assert.equal(endInRun(long.view, 5), -1, 'a long record')
  assert.equal(isIntactRun(view, 5, 7), false, 'too few are summed one by one')
})
