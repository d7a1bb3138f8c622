import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MemoryMetadata } from '../storage/memory-metadata.ts'
import type { Policy } from './policies.ts'
import { findPolicyFault, PolicyBook } from './policies.ts'

const policy = (over: Partial<Policy>): Policy => ({
  name: 'p',
  pattern: '.*',
  applyTo: 'all',
  priority: 0,
  definition: { 'max-length': 10 },
  ...over,
})
const classic = { kind: 'queue', name: 'orders', queueType: 'classic' } as const
const book = (...policies: Policy[]): PolicyBook => {
  const made = new PolicyBook('/', new MemoryMetadata(), () => {})
  for (const one of policies) made.put('policy', one)
  return made
}

describe('the policy that applies', () => {
  test('is the one of the highest priority whose pattern matches', () => {
    const policies = book(
      policy({ name: 'low', priority: 1 }),
      policy({ name: 'high', priority: 5, pattern: '^ord', definition: { expires: 5 } }),
      policy({ name: 'other', priority: 9, pattern: '^x' }),
    )
    assert.deepEqual(policies.effective(classic), {
      policy: 'high',
      operatorPolicy: null,
      definition: { expires: 5 },
    })
  })

  test('depends on what it is for', () => {
    const exchange = { kind: 'exchange', name: 'orders', queueType: '' } as const
    const quorum = { ...classic, queueType: 'quorum' }
    const matched = (applyTo: Policy['applyTo']): boolean[] =>
      [classic, quorum, exchange].map(
        (subject) => book(policy({ applyTo })).effective(subject).policy !== null,
      )
    assert.deepEqual(matched('all'), [true, true, true])
    assert.deepEqual(matched('queues'), [true, true, false])
    assert.deepEqual(matched('classic_queues'), [true, false, false])
    assert.deepEqual(matched('quorum_queues'), [false, true, false])
    assert.deepEqual(matched('exchanges'), [false, false, true])
  })

  test('is bounded by an operator’s, which also fills in', () => {
    const policies = book(policy({ definition: { 'max-length': 10, overflow: 'reject-publish' } }))
    policies.put('operator-policy', policy({ definition: { 'max-length': 3, expires: 7 } }))
    assert.deepEqual(policies.effective(classic).definition, {
      'max-length': 3,
      overflow: 'reject-publish',
      expires: 7,
    })
  })

  test('is kept in the metadata store and comes back from it', () => {
    const metadata = new MemoryMetadata()
    const before = new PolicyBook('/', metadata, () => {})
    before.put('policy', policy({}))
    const after = new PolicyBook('/', metadata, () => {})
    for (const { kind, value } of metadata.load())
      if (kind === 'policy') after.restore(kind, 'p', value)
    assert.equal(after.effective(classic).policy, 'p')
    assert.equal(before.delete('policy', 'p'), true)
    assert.equal(before.delete('policy', 'p'), false)
    assert.deepEqual([...metadata.load()], [])
  })
})

test('faults are told in RabbitMQ’s words', () => {
  const faults: [Partial<Policy>, RegExp | null][] = [
    [{}, null],
    [{ pattern: '(' }, /^pattern should be regular expression but is invalid: /],
    [{ definition: {} }, /^no policy provided$/],
    [{ definition: { bogus: 3 } }, /^\[\{<<"bogus">>,3\}\] are not recognised policy settings$/],
    [{ definition: { 'max-length': 'x' } }, /^<<"x">> is not a valid maximum length$/],
    [{ definition: { overflow: 'never' } }, /^<<"never">> is not a valid overflow$/],
    [{ definition: { 'delivery-limit': -1 } }, null],
  ]
  for (const [over, expected] of faults) {
    const fault = findPolicyFault(policy(over))
    if (expected === null) assert.equal(fault, null)
    else assert.match(fault ?? '', expected)
  }
})
