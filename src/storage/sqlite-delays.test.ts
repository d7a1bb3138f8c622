import assert from 'node:assert/strict'
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
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
import type { Damage } from './damage.ts'
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
  return new SqliteDelays({ path, durability, clock, onTrouble, onDamage: onTrouble })
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
    onDamage: (damage) => assert.fail(damage.reason),
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

test('a file of the first version is taken over, in the order of due times', () => {
  const path = newPath()
  const old = new DatabaseSync(path)
  old.exec(`
    CREATE TABLE target (id INTEGER PRIMARY KEY, vhost TEXT NOT NULL, kind TEXT NOT NULL,
      name TEXT NOT NULL, count INTEGER NOT NULL) STRICT;
    CREATE TABLE message (id INTEGER PRIMARY KEY, target INTEGER NOT NULL, due INTEGER NOT NULL,
      added INTEGER NOT NULL, exchange TEXT NOT NULL, routing_key TEXT NOT NULL,
      header BLOB NOT NULL, body BLOB NOT NULL) STRICT;
    CREATE INDEX message_due ON message (due, target);
    INSERT INTO target VALUES (7, '/', 'exchange', 'orders', 3);
    PRAGMA user_version = 1`)
  const { header } = delayedMessage('x')
  const insert = old.prepare('INSERT INTO message VALUES (?, 7, ?, 1, ?, ?, ?, ?)')
  for (const [id, due] of [
    [11, 900_000],
    [12, 20],
    [13, 900_000],
  ] as const) {
    insert.run(id, due, 'orders', 'k', header, Buffer.from(`${id}`))
  }
  old.close()
  const store = open(path)
  assert.equal(store.count({ vhost: '/', kind: 'exchange', name: 'orders' }), 3)
  assert.equal(store.nextDueMs, 20)
  assert.deepEqual(takeTexts(store, 900_000), ['12', '11', '13'])
  store.close()
})

/** Opens a store that may find damage; returns what it found. */
function openDamaged(path: string): { store: SqliteDelays; found: Damage[] } {
  const found: Damage[] = []
  const store = new SqliteDelays({
    path,
    durability: 'fsync',
    clock: new ManualClock(),
    onTrouble: (error) => assert.fail(String(error)),
    onDamage: (damage) => found.push(damage),
  })
  return { store, found }
}

const quarantined = (): string[] => readdirSync(join(directory, 'quarantine'))

test('a file that is no database is set aside, and the store begins empty', () => {
  const path = newPath()
  writeFileSync(
    path,
    'this is not a database, though it is long enough to be taken for one'.repeat(90),
  )
  const { store, found } = openDamaged(path)
  assert.equal(found.length, 1)
  assert.match(found[0]?.reason ?? '', /not a database; set aside, 0 rows/)
  assert.ok(quarantined().includes(found[0]?.file ?? ''))
  store.add(orders, delayedMessage('new'), 10)
  assert.deepEqual(takeTexts(store, 10), ['new'])
  store.close()
  assert.equal(openDamaged(path).found.length, 0)
})

/** Fills a file, and writes nonsense over a page in the middle. */
function damagedInTheMiddle(messages: number): string {
  const path = newPath()
  const whole = open(path)
  for (let i = 0; i < messages; i += 1) {
    whole.add(orders, delayedMessage(`${i} ${'x'.repeat(500)}`), 1000 + i * 10)
  }
  whole.close()
  const file = openSync(path, 'r+')
  const middle = Math.floor(statSync(path).size / 8192) * 4096
  writeSync(file, Buffer.alloc(4096, 0xff), 0, 4096, middle)
  closeSync(file)
  return path
}

test('what lies on both sides of a damaged page is kept when the damage is met', () => {
  const path = damagedInTheMiddle(2000)
  const { store, found } = openDamaged(path)
  store.add(orders, delayedMessage('new'), 1)
  store.commit(true)
  const texts: string[] = []
  for (let some = ['']; some.length > 0; texts.push(...some)) some = takeTexts(store, 1e9)
  const numbers = texts.slice(1).map((text) => Number(text.split(' ')[0]))
  assert.equal(texts[0], 'new')
  assert.equal(found.length, 1)
  assert.match(found[0]?.reason ?? '', /malformed; set aside, \d+ rows/)
  assert.ok(numbers.length > 1950 && numbers.length < 2000, `${numbers.length} are left`)
  assert.equal(numbers[0], 0)
  assert.equal(numbers.at(-1), 1999)
  assert.deepEqual(
    numbers,
    [...new Set(numbers)].sort((a, b) => a - b),
  )
  assert.equal(store.count({}), 0)
  store.close()
})

test('a file of which most is empty gives its room back, a part at a time', () => {
  const path = newPath()
  const clock = new ManualClock()
  const store = open(path, 'fsync', clock)
  const large = 'x'.repeat(100_000)
  for (let i = 0; i < 200; i += 1) store.add(orders, delayedMessage(large), 10)
  store.commit(true)
  store.add(orders, delayedMessage('kept'), 1e9)
  while (takeTexts(store, 10).length > 0) {
    // Takes all of them.
  }
  for (let i = 0; i < 100; i += 1) clock.next(clock.nowMs + 2000)?.()
  assert.equal(store.count({}), 1)
  store.close()
  const bytes = readFileSync(path).length
  assert.ok(bytes < 6 << 20, `${bytes} bytes are left of 20 MB`)
})
