import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { defineMetadataCases } from '../../test/simulation/metadata-store.cases.ts'
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
  const store = new SqliteMetadata(join(directory, 'metadata.sqlite'), true)
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
    const first = new SqliteMetadata(path, true)
    first.put('vhost', '/', { tracing: false })
    first.commit()
    first.put('vhost', 'gone', {})
    // No commit and no close: as if the process had been killed.
    const second = new SqliteMetadata(path, true)
    assert.deepEqual([...second.load()], [{ kind: 'vhost', key: '/', value: { tracing: false } }])
    second.close()
  })
})

test('a store of a newer version is refused with a clear text', () => {
  inDirectory((path) => {
    new SqliteMetadata(path, true).close()
    const database = new DatabaseSync(path)
    database.exec('PRAGMA user_version = 99')
    database.close()
    assert.throws(() => new SqliteMetadata(path, true), /newer Warren \(metadata version 99/)
  })
})
