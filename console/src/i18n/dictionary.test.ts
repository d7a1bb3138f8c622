import assert from 'node:assert/strict'
import { test } from 'node:test'
import { en } from './en.ts'
import { zh } from './zh.ts'

const placeholders = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(String).sort()

test('both languages have the same texts with the same gaps to fill', () => {
  assert.deepEqual(Object.keys(zh).sort(), Object.keys(en).sort())
  for (const key of Object.keys(en) as (keyof typeof en)[]) {
    assert.deepEqual(placeholders(zh[key]), placeholders(en[key]), key)
  }
})
