import assert from 'node:assert/strict'
import { test } from 'node:test'
import { splitDefinitions } from './definition-parts.ts'

const named = (prefix: string, count: number): object[] =>
  Array.from({ length: count }, (_, at) => ({ name: `${prefix}${at}` }))

test('what others depend on comes first, and nothing is lost', () => {
  const document = {
    rabbit_version: '3.13.7',
    bindings: named('b', 3),
    queues: named('q', 4),
    vhosts: named('v', 1),
    users: named('u', 2),
  }
  const parts = splitDefinitions(document, 4)
  assert.deepEqual(
    parts.map((part) => part.document),
    [
      {
        rabbit_version: '3.13.7',
        users: named('u', 2),
        vhosts: named('v', 1),
        queues: [{ name: 'q0' }],
      },
      {
        rabbit_version: '3.13.7',
        queues: [{ name: 'q1' }, { name: 'q2' }, { name: 'q3' }],
        bindings: [{ name: 'b0' }],
      },
      { rabbit_version: '3.13.7', bindings: [{ name: 'b1' }, { name: 'b2' }] },
    ],
  )
  assert.deepEqual(
    parts.map((part) => part.count),
    [4, 4, 2],
  )
})

test('a small document, and one that makes no sense, go as they are', () => {
  for (const document of [
    {},
    { queues: named('q', 4) },
    { queues: 'many', users: named('u', 9) },
  ]) {
    assert.deepEqual(
      splitDefinitions(document, 4).map((part) => part.document),
      [document],
    )
  }
})
