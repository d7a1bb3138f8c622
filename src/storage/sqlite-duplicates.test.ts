import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { StoredKey } from '../broker/duplicates/duplicate-store.ts'
import { SqliteDuplicates } from './sqlite-duplicates.ts'

const directory = mkdtempSync(join(tmpdir(), 'warren-duplicates-'))
const path = join(directory, 'duplicates.sqlite')

after(() => rmSync(directory, { recursive: true, force: true }))

const open = (): SqliteDuplicates =>
  new SqliteDuplicates({
    path,
    synced: true,
    onTrouble: (error) => assert.fail(String(error)),
    onDamage: ({ reason }) => assert.fail(reason),
  })

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

test('a damaged file is set aside, and the store begins empty', () => {
  const damaged = join(directory, 'damaged.sqlite')
  const reasons: string[] = []
  const openDamaged = (): SqliteDuplicates =>
    new SqliteDuplicates({
      path: damaged,
      synced: true,
      onTrouble: (error) => assert.fail(String(error)),
      onDamage: ({ file, reason }) => reasons.push(`${file}: ${reason}`),
    })
  const whole = openDamaged()
  for (let id = 1; id < 2000; id += 1) whole.add('a', key(id, `key ${id}`))
  whole.close()
  const bytes = readFileSync(damaged)
  const middle = Math.floor(bytes.length / 8192) * 4096
  writeFileSync(damaged, bytes.fill(0xff, middle, middle + 4096))
  assert.deepEqual(reasons, [])
  const store = openDamaged()
  assert.deepEqual(texts(store, 'a'), [])
  assert.match(reasons.join(), /^damaged\.sqlite-1: .*set aside/s)
  assert.deepEqual(readdirSync(join(directory, 'quarantine')), ['damaged.sqlite-1'])
  store.add('a', key(1, 'new'))
  store.close()
  const again = openDamaged()
  assert.deepEqual(texts(again, 'a'), ['new'])
  assert.equal(reasons.length, 1)
  again.close()
})

test('the file gives its room back when most of it is empty', () => {
  const large = join(directory, 'large.sqlite')
  const store = new SqliteDuplicates({
    path: large,
    synced: false,
    onTrouble: (error) => assert.fail(String(error)),
    onDamage: ({ reason }) => assert.fail(reason),
  })
  for (let id = 1; id <= 10_000; id += 1) store.add('a', key(id, `${id}`.padEnd(1000)))
  store.commit()
  for (let id = 1; id < 10_000; id += 1) {
    store.remove(id)
    if (id % 100 === 0) store.commit()
  }
  store.close()
  const left = readFileSync(large).length
  assert.ok(left < 6 << 20, `${left} bytes are left of 10 MB`)
})
