import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { StoredKey } from '../broker/duplicates/duplicate-store.ts'
import { SqliteDuplicates } from './sqlite-duplicates.ts'

const directory = mkdtempSync(join(tmpdir(), 'warren-duplicates-'))
const path = join(directory, 'duplicates.sqlite')

after(() => rmSync(directory, { recursive: true, force: true }))

const open = (): SqliteDuplicates =>
  new SqliteDuplicates({ path, synced: true, onTrouble: (error) => assert.fail(String(error)) })

const key = (id: number, text: string, expiresMs = Number.POSITIVE_INFINITY): StoredKey => ({
  id,
  key: text,
  expiresMs,
  sequence: id * 10,
})

const texts = (store: SqliteDuplicates, window: string): string[] =>
  store.load(window).map((stored) => stored.key)

test('what was committed is there after the store is opened again, oldest first', () => {
  const first = open()
  assert.equal(first.lastId, 0)
  first.add('a', key(1, 'one', 1234))
  first.add('b', key(2, 'two'))
  first.add('a', key(3, 'three'))
  first.commit()
  first.remove(1)
  first.commit()
  first.add('a', key(4, 'lost'))
  // No commit and no close: as if the process had been killed.
  const second = open()
  assert.deepEqual(texts(second, 'a'), ['three'])
  assert.deepEqual(second.load('b'), [key(2, 'two')])
  assert.deepEqual(texts(second, 'none'), [])
  assert.equal(second.lastId, 3)
  second.close()
})

test('a window that is dropped is gone, and one of its name begins empty', () => {
  const first = open()
  first.add('a', key(10, 'gathered'))
  first.drop('a')
  first.add('a', key(11, 'new'))
  first.drop('b')
  first.add('c', key(12, 'never'))
  first.drop('c')
  first.commit()
  first.close()
  const second = open()
  assert.deepEqual(texts(second, 'a'), ['new'])
  assert.deepEqual(texts(second, 'b'), [])
  assert.deepEqual(texts(second, 'c'), [])
  second.close()
})
