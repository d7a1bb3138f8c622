import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MessageInfo } from '../api/types.ts'
import { countReasons, deathsOf } from './deaths.ts'

function dead(...deaths: readonly unknown[]): MessageInfo {
  return {
    exchange: 'dead',
    routing_key: '',
    redelivered: false,
    payload: '',
    payload_encoding: 'string',
    payload_bytes: 0,
    properties: { headers: { 'x-death': deaths } },
  }
}

const rejected = {
  queue: 'jobs',
  reason: 'rejected',
  exchange: 'work',
  'routing-keys': ['a', 'b'],
  count: 3,
  time: 1_700_000_000,
}

test('a death tells queue, reason, route, count and time', () => {
  assert.deepEqual(deathsOf(dead(rejected)), [
    {
      queue: 'jobs',
      reason: 'rejected',
      exchange: 'work',
      routingKeys: ['a', 'b'],
      count: 3,
      at: 1_700_000_000_000,
    },
  ])
})

test('headers that only look like deaths do no harm', () => {
  assert.deepEqual(deathsOf({ ...dead(), properties: { headers: { 'x-death': 'no' } } }), [])
  assert.deepEqual(deathsOf({ ...dead(), properties: {} }), [])
  assert.equal(deathsOf(dead({ queue: 5 }, null))[0]?.queue, '')
})

test('reasons are counted by the newest death, most first', () => {
  const expired = { queue: 'mail', reason: 'expired' }
  const counted = countReasons([dead(expired, rejected), dead(rejected), dead(expired), dead()])
  assert.deepEqual(counted, [
    { reason: 'expired', queue: 'mail', count: 2 },
    { reason: 'rejected', queue: 'jobs', count: 1 },
    { reason: 'unknown', queue: '', count: 1 },
  ])
})
