import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EventSplitter } from './event-splitter.ts'

const stream =
  ': hello\n\nevent: overview\ndata: {"a":1}\n\nevent: event\r\ndata: x\r\ndata: y\r\n\r\n'
const expected = [
  { name: 'overview', data: '{"a":1}' },
  { name: 'event', data: 'x\ny' },
]

test('events come out the same in whatever pieces the stream comes', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(stream.length - 1)), (cuts) => {
      const splitter = new EventSplitter()
      const points = [0, ...cuts.sort((a, b) => a - b), stream.length]
      const events = points
        .slice(1)
        .flatMap((end, i) => splitter.push(stream.slice(points[i], end)))
      assert.deepEqual(events, expected)
    }),
  )
})
