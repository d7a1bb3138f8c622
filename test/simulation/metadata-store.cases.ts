// What every implementation of MetadataStore must do. Run by the test of each implementation.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MetadataStore } from '../../src/broker/ports.ts'

export interface MetadataUnderTest {
  readonly store: MetadataStore
  close(): void
}

const sorted = (store: MetadataStore): string[] =>
  [...store.load()].map(({ kind, key, value }) => `${kind} ${key} ${JSON.stringify(value)}`).sort()

export function defineMetadataCases(name: string, open: () => MetadataUnderTest): void {
  const storeTest = (title: string, body: (store: MetadataStore) => void): void => {
    test(`${name}: ${title}`, () => {
      const opened = open()
      try {
        body(opened.store)
      } finally {
        opened.close()
      }
    })
  }

  storeTest('a new store is empty', (store) => {
    store.commit()
    assert.deepEqual(sorted(store), [])
  })

  storeTest('the last value put under a kind and key counts', (store) => {
    store.put('queue', '/:a', { durable: true })
    store.put('queue', '/:a', { durable: false, arguments: { 'x-max-length': 5 } })
    store.put('exchange', '/:a', { type: 'topic' })
    store.commit()
    assert.deepEqual(sorted(store), [
      'exchange /:a {"type":"topic"}',
      'queue /:a {"durable":false,"arguments":{"x-max-length":5}}',
    ])
  })

  storeTest('a deleted record is gone, and one put after it is back', (store) => {
    store.put('user', 'guest', { tags: [] })
    store.put('user', 'rabbit', { tags: ['administrator'] })
    store.commit()
    store.delete('user', 'guest')
    store.delete('user', 'rabbit')
    store.put('user', 'rabbit', { tags: ['monitoring'] })
    store.delete('user', 'nobody')
    store.commit()
    assert.deepEqual(sorted(store), ['user rabbit {"tags":["monitoring"]}'])
  })

  storeTest('a value changed after put does not change the record', (store) => {
    const value = { tags: ['a'] }
    store.put('user', 'guest', value)
    value.tags.push('b')
    store.commit()
    assert.deepEqual(sorted(store), ['user guest {"tags":["a"]}'])
  })
}
