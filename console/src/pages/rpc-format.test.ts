import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatLatency, parseParameters } from './rpc-format.ts'

test('latencies keep two digits', () => {
  const shown = [0, 0.424, 4.24, 9.96, 42.4, 999.4, 1000, 1240, null].map(formatLatency)
  assert.deepEqual(shown, [
    '0 ms',
    '0.42 ms',
    '4.2 ms',
    '10 ms',
    '42 ms',
    '999 ms',
    '1 s',
    '1.2 s',
    '–',
  ])
})

test('parameters are a list, or the one that there is', () => {
  assert.deepEqual(parseParameters('  '), [])
  assert.deepEqual(parseParameters('[1, "a"]'), [1, 'a'])
  assert.deepEqual(parseParameters('30'), [30])
  assert.deepEqual(parseParameters('{"n": 30}'), [{ n: 30 }])
  assert.throws(() => parseParameters('[1,'), SyntaxError)
})
