import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { defineMetadataCases } from '../../test/simulation/metadata-store.cases.ts'
import { systemClock } from '../../test/simulation/system-clock.ts'
import { SqliteMetadata } from './metadata-store.ts'

function inDirectory<T>(body: (path: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'warren-metadata-'))
  try {
    return body(join(directory, 'metadata.sqlite'))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

defineMetadataCases('sqlite', () => {
  const directory = mkdtempSync(join(tmpdir(), 'warren-metadata-'))
  const store = new SqliteMetadata({
    path: join(directory, 'metadata.sqlite'),
    synced: true,
    clock: systemClock,
  })
  return {
    store,
    close: () => {
      store.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
})

test('what was committed is there after the store is opened again', () => {
  inDirectory((path) => {
    const first = new SqliteMetadata({ path: path, synced: true, clock: systemClock })
    first.put('vhost', '/', { tracing: false })
    first.commit()
    first.put('vhost', 'gone', {})
    // No commit and no close: as if the process had been killed.
    const second = new SqliteMetadata({ path: path, synced: true, clock: systemClock })
    assert.deepEqual([...second.load()], [{ kind: 'vhost', key: '/', value: { tracing: false } }])
    second.close()
  })
})

test('a store of a newer version is refused with a clear text', () => {
  inDirectory((path) => {
    new SqliteMetadata({ path: path, synced: true, clock: systemClock }).close()
    const database = new DatabaseSync(path)
    database.exec('PRAGMA user_version = 99')
    database.close()
    assert.throws(
      () => new SqliteMetadata({ path: path, synced: true, clock: systemClock }),
      /newer Warren \(metadata version 99/,
    )
  })
})

test('changes that cannot be written block, and are written when that is over', () => {
  inDirectory((path) => {
    let retry = (): void => assert.fail('nothing was to be tried again')
    const clock = {
      now: () => 0,
      after: (_delayMs: number, task: () => void) => {
        retry = task
        return { cancel: () => {} }
      },
    }
    const store = new SqliteMetadata({ path, synced: true, clock })
    const reasons: (string | null)[] = []
    store.onBlocked = (reason) => reasons.push(reason)
    const other = new DatabaseSync(path)
    other.exec('BEGIN EXCLUSIVE')
    store.put('vhost', '/', { tracing: false })
    store.commit()
    store.put('vhost', 'second', {})
    store.commit()
    assert.deepEqual(reasons, ['the metadata cannot be written: database is locked'])
    other.exec('ROLLBACK')
    other.close()
    retry()
    assert.equal(reasons.at(-1), null)
    assert.equal([...store.load()].length, 2)
    store.close()
  })
})
