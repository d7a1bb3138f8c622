import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  addArgument,
  numberedTable,
  parseBytes,
  parseCount,
  parsePriorities,
  parseSizes,
} from './options.ts'

test('sizes are a list or an evenly spread mix', () => {
  assert.deepEqual(parseSizes('16'), [16])
  assert.deepEqual(parseSizes('16,1k'), [16, 1024])
  const mix = parseSizes('16:9,1M:1')
  assert.equal(mix.length, 10)
  assert.equal(mix.filter((size) => size === 16).length, 9)
  const thirds = parseSizes('1:4,2:2')
  assert.deepEqual(thirds.filter((size) => size === 2).length, 2)
  assert.notEqual(thirds.indexOf(2) + 1, thirds.lastIndexOf(2))
  assert.throws(() => parseSizes('16:0'), /weights/)
  assert.throws(() => parseSizes('3q'), /not a size/)
})

test('units are powers of 1024 for sizes and of 1000 for counts', () => {
  assert.equal(parseBytes('16KB'), 16_384)
  assert.equal(parseCount('5M'), 5_000_000)
  assert.equal(parseCount('1.5k'), 1500)
  assert.throws(() => parseCount('-1'), /not a count/)
})

test('priorities are single, listed or a range', () => {
  assert.deepEqual(parsePriorities('1,5-7'), [1, 5, 6, 7])
  assert.throws(() => parsePriorities('high'), /not a priority/)
})

test('arguments are typed as written, and a string where asked for', () => {
  const texts = ['x-max-length=10', 'x-flag=true', 'x-mode=lazy', 'x-number:str=5', 'x-eq=a=b']
  assert.deepEqual(
    texts.reduce((table, text) => addArgument(text, table), {}),
    { 'x-max-length': 10, 'x-flag': true, 'x-mode': 'lazy', 'x-number': '5', 'x-eq': 'a=b' },
  )
  assert.throws(() => addArgument('nothing', {}), /key=value/)
  assert.deepEqual(numberedTable({ a: 't%d', b: 1 }, 7), { a: 't7', b: 1 })
})
