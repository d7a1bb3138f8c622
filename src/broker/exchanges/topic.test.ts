import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { topicMatches } from '../../../test/simulation/reference-broker.ts'
import type { Binding } from './binding.ts'
import { topic } from './topic.ts'

const bindingOf = (routingKey: string): Binding => ({
  source: 'x',
  destination: { kind: 'exchange', name: 'd', durable: false },
  routingKey,
  arguments: {},
  identity: routingKey,
})

const splitKey = (key: string): string[] => (key === '' ? [] : key.split('.'))

function routed(patterns: readonly string[], key: string): Set<string> {
  const router = topic.create({})
  for (const pattern of patterns) router.add(bindingOf(pattern))
  return find(router, key)
}

function find(router: ReturnType<typeof topic.create>, key: string): Set<string> {
  const found = new Set<string>()
  router.route({ routingKey: key, headers: () => ({}) }, (b) => found.add(b.routingKey))
  return found
}

// What RabbitMQ answers: for each pattern the keys of this list that it matches.
const keys = [
  '',
  'a',
  'b',
  'a.b',
  'a.a',
  'a.b.c',
  'a..b',
  'a.x.b',
  '.',
  '..',
  '.a',
  'a.',
  'a.b.',
  '#',
  '*',
]
const oracle: Record<string, string[]> = {
  '': [''],
  '#': keys,
  '*': ['a', 'b', '#', '*'],
  '*.*': ['a.b', 'a.a', '.', '.a', 'a.'],
  '#.*': keys.filter((key) => key !== ''),
  '*.#': keys.filter((key) => key !== ''),
  '#.*.#': keys.filter((key) => key !== ''),
  'a.#': ['a', 'a.b', 'a.a', 'a.b.c', 'a..b', 'a.x.b', 'a.', 'a.b.'],
  '#.a': ['a', 'a.a', '.a'],
  'a.#.b': ['a.b', 'a..b', 'a.x.b'],
  'a.#.#.b': ['a.b', 'a..b', 'a.x.b'],
  'a.*.b': ['a..b', 'a.x.b'],
  '*..*': ['a..b', '..'],
  '*.': ['.', 'a.'],
  '##': [],
  '*#': [],
  'a*': [],
}

test('patterns match the keys that they match in RabbitMQ', () => {
  for (const [pattern, matching] of Object.entries(oracle)) {
    for (const key of keys) {
      const expected = matching.includes(key)
      assert.equal(routed([pattern], key).size === 1, expected, `'${pattern}' and '${key}'`)
    }
  }
})

const word = fc.constantFrom('a', 'b', '', '*', '#', 'a', '#')
const pattern = fc.array(word, { maxLength: 6 }).map((words) => words.join('.'))

test('the trie finds what a search through all bindings finds, also after some are removed', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(pattern, { maxLength: 25 }),
      fc.array(pattern, { minLength: 1, maxLength: 10 }),
      fc.nat(25),
      (patterns, published, removed) => {
        const router = topic.create({})
        const bindings = patterns.map(bindingOf)
        for (const binding of bindings) router.add(binding)
        for (const binding of bindings.slice(0, removed)) router.remove(binding)
        const left = patterns.slice(removed)
        for (const key of published) {
          const expected = left.filter((one) => topicMatches(splitKey(one), splitKey(key)))
          assert.deepEqual([...find(router, key)].sort(), expected.sort(), key)
        }
      },
    ),
  )
})

test('removing a binding that was not added changes nothing', () => {
  const router = topic.create({})
  const binding = bindingOf('a.b')
  router.add(binding)
  router.remove(bindingOf('a.b'))
  router.remove(bindingOf('a.b.c'))
  assert.equal(find(router, 'a.b').size, 1)
})

test('patterns made to be slow are not', () => {
  // Without care each `#` would multiply the ways to match by the number of words.
  const patterns = Array.from({ length: 40 }, (_, i) => `${'#.'.repeat(i + 20)}x`)
  patterns.push(`${'#.*.'.repeat(30)}x`, `${'*.#.'.repeat(30)}#`, `${'#.'.repeat(60)}a`)
  let visits = 0
  const key = Array.from({ length: 127 }, () => 'a').join('.')
  const router = topic.create({})
  for (const one of patterns) router.add(bindingOf(one))
  const startMs = performance.now()
  router.route({ routingKey: key, headers: () => ({}) }, () => {
    visits += 1
  })
  assert.ok(visits > 0)
  assert.ok(performance.now() - startMs < 1000)
})
