import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toArguments, toRows } from './argument-rows.ts'

test('rows become values of their type and back', () => {
  const values = { 'x-max-length': 10, flag: true, name: 'dead', list: [1, { a: null }] }
  assert.deepEqual(toArguments(toRows(values)), values)
})

test('empty names are left out, wrong values named', () => {
  assert.deepEqual(toArguments([{ name: ' ', value: '1', type: 'number' }]), {})
  assert.throws(() => toArguments([{ name: 'n', value: 'ten', type: 'number' }]), /^Error: n: ten/)
  assert.throws(() => toArguments([{ name: 'n', value: '', type: 'number' }]), /n: ∅/)
  assert.throws(() => toArguments([{ name: 'j', value: '{', type: 'json' }]), /^Error: j: /)
})
