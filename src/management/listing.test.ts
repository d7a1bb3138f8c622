import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { HttpError } from './errors.ts'
import type { Listed, Page } from './listing.ts'
import { answerList, pickColumns } from './listing.ts'

interface Item {
  readonly name: string
  readonly size: number
}

const items: readonly Item[] = [
  { name: 'beta', size: 2 },
  { name: 'Alpha', size: 10 },
  { name: 'gamma', size: 1 },
]
const listed: Listed<Item> = {
  name: ({ name }) => name,
  view: ({ name, size }) => ({ name, size, deep: { size } }),
}
const names = (views: unknown): unknown[] => {
  assert.ok(Array.isArray(views))
  return views.map((view: { name: string }) => view.name)
}

describe('a list', () => {
  test('is sorted by name, or by a column however deep, numbers by size', () => {
    assert.deepEqual(names(answerList({}, items, listed)), ['Alpha', 'beta', 'gamma'])
    assert.deepEqual(names(answerList({ sort: 'size' }, items, listed)), ['gamma', 'beta', 'Alpha'])
    const deep = answerList({ sort: 'deep.size', sort_reverse: 'true' }, items, listed)
    assert.deepEqual(names(deep), ['Alpha', 'beta', 'gamma'])
  })

  test('uses the short way to a sort key where there is one', () => {
    let views = 0
    const counting: Listed<Item> = {
      name: listed.name,
      view: (item) => {
        views += 1
        return listed.view(item)
      },
      sortKey: (column) => (column === 'size' ? ({ size }) => -size : undefined),
    }
    const page = answerList({ sort: 'size', page: '1', page_size: '1' }, items, counting)
    assert.deepEqual(names((page as Page).items), ['Alpha'])
    assert.equal(views, 1)
  })

  test('is filtered by a part of the name or a pattern, whatever the case', () => {
    assert.deepEqual(names(answerList({ name: 'ALPH' }, items, listed)), ['Alpha'])
    const byPattern = answerList({ name: '^(a|b)', use_regex: 'true' }, items, listed)
    assert.deepEqual(names(byPattern), ['Alpha', 'beta'])
    assert.throws(() => answerList({ name: '(', use_regex: 'true' }, items, listed), HttpError)
  })

  test('without items has one empty page', () => {
    assert.deepEqual(answerList({ page: '1' }, [], listed), {
      filtered_count: 0,
      item_count: 0,
      items: [],
      page: 1,
      page_count: 1,
      page_size: 100,
      total_count: 0,
    })
  })

  for (const query of [
    { page: '0' },
    { page: '-1' },
    { page: '1.5' },
    { page: '2' },
    { page: '1', page_size: '501' },
    { page: '1', page_size: '0' },
  ]) {
    test(`refuses ${JSON.stringify(query)}`, () => {
      assert.throws(() => answerList(query, items, listed), HttpError)
    })
  }

  test('has each item on exactly one of its pages', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ name: fc.string(), size: fc.nat(5) }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom('name', 'size'),
        (all, size, sort) => {
          const seen: unknown[] = []
          for (let page = 1; ; page += 1) {
            const query = { page: String(page), page_size: String(size), sort }
            const answer = answerList(query, all, listed) as Page
            seen.push(...answer.items)
            if (page >= answer.page_count) break
          }
          assert.deepEqual(seen, answerList({ sort }, all, listed))
          assert.equal(seen.length, all.length)
        },
      ),
    )
  })
})

test('columns reach into members, and those that are not there are left out', () => {
  const view = { a: 1, b: { c: 2, d: { e: 3 }, f: 4 } }
  assert.deepEqual(pickColumns(view, []), view)
  assert.deepEqual(pickColumns(view, ['a', 'nope', 'b.d.e']), { a: 1, b: { d: { e: 3 } } })
  assert.deepEqual(pickColumns(view, ['b.c', 'b.f']), { b: { c: 2, f: 4 } })
})
