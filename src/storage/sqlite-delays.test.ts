import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import {
  defineDelayCases,
  delayedMessage,
  orders,
  takeTexts,
} from '../../test/simulation/delay-store.cases.ts'
import { ManualClock } from '../../test/support/model-broker.ts'
import { SqliteDelays } from './sqlite-delays.ts'
import type { Durability } from './syncer.ts'

const directory = mkdtempSync(join(tmpdir(), 'warren-delays-'))
let files = 0

after(() => rmSync(directory, { recursive: true, force: true }))

function newPath(): string {
  files += 1
  return join(directory, `${files}.sqlite`)
}

function open(
  path: string,
  durability: Durability = 'fsync',
  clock = new ManualClock(),
): SqliteDelays {
  const onTrouble = (error: unknown): void => assert.fail(String(error))
  return new SqliteDelays({ path, durability, clock, onTrouble })
}

defineDelayCases('sqlite', () => {
  const store = open(newPath())
  return { store, close: () => store.close() }
})

test('what was committed is there after the store is opened again; what was taken comes again', () => {
  const path = newPath()
  const first = open(path)
  first.add(orders, delayedMessage('a'), 10)
  first.add(orders, delayedMessage('b'), 20)
  first.commit(false)
  first.take(10, 1, 1)
  first.add(orders, delayedMessage('lost'), 30)
  // No commit and no close: as if the process had been killed.
  const second = open(path)
  assert.equal(second.count({}), 2)
  assert.equal(second.nextDueMs, 10)
  assert.deepEqual(takeTexts(second, 100), ['a', 'b'])
  assert.equal(second.count({}), 0)
  second.close()
  const third = open(path)
  assert.equal(third.nextDueMs, Number.POSITIVE_INFINITY)
  third.close()
})

test('a number is not given twice, also when what had it is gone', () => {
  const path = newPath()
  const clock = new ManualClock()
  const first = open(path, 'fsync', clock)
  const id = first.add(orders, delayedMessage('a'), 10)
  first.commit(false)
  first.cancel(id, {})
  first.close()
  clock.nowMs += 1
  const second = open(path, 'fsync', clock)
  assert.ok(second.add(orders, delayedMessage('b'), 10) > id)
  second.close()
})

test('a gate opens when the file is synced, and tells the broker', async () => {
  const store = open(newPath())
  const told = new Promise<void>((resolve) => {
    store.onDurable = resolve
  })
  store.add(orders, delayedMessage('a'), 10)
  const { gate } = store
  store.commit(false)
  assert.equal(gate?.open, false)
  await told
  assert.equal(gate?.open, true)
  store.close()
})

for (const durability of ['write', 'none'] as const) {
  test(`with durability ${durability} a gate opens with the commit`, () => {
    const store = open(newPath(), durability)
    store.add(orders, delayedMessage('a'), 10)
    const { gate } = store
    store.commit(false)
    assert.equal(gate?.open, true)
    store.close()
  })
}

test('what cannot be written stays gathered, holds publishers back and is tried again', () => {
  const path = newPath()
  const clock = new ManualClock()
  const troubles: unknown[] = []
  const store = new SqliteDelays({
    path,
    durability: 'fsync',
    clock,
    onTrouble: (error) => troubles.push(error),
  })
  const reasons: (string | null)[] = []
  store.onBlocked = (reason) => reasons.push(reason)
  const other = new DatabaseSync(path)
  other.exec('BEGIN IMMEDIATE')
  store.add(orders, delayedMessage('a'), 10)
  const { gate } = store
  store.commit(true)
  store.commit(true)
  assert.equal(gate?.open, false)
  assert.match(String(reasons), /locked/)
  assert.equal(troubles.length, 1)
  other.exec('ROLLBACK')
  other.close()
  clock.next(clock.nowMs + 2000)?.()
  assert.deepEqual(reasons.at(-1), null)
  assert.equal(store.count({}), 1)
  store.commit(true)
  assert.equal(gate?.open, true)
  store.close()
})

test('a store of a newer version is refused with a clear text', () => {
  const path = newPath()
  open(path).close()
  const database = new DatabaseSync(path)
  database.exec('PRAGMA user_version = 99')
  database.close()
  assert.throws(() => open(path), /newer Warren \(version 99/)
})
