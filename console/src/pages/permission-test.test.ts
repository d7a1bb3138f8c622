import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testRights } from './permission-test.ts'

const permission = {
  user: 'u',
  vhost: '/',
  configure: '',
  write: '^orders|^amq\\.default$',
  read: 'log',
}

test('patterns match anywhere, an empty one nothing', () => {
  const { configure, write, read } = testRights(permission, 'orders.log')
  assert.equal(configure.allowed, false)
  assert.equal(write.allowed, true)
  assert.equal(read.allowed, true)
})

test('no name stands for the default exchange', () => {
  assert.equal(testRights(permission, '').write.allowed, true)
  assert.equal(testRights({ ...permission, write: '(' }, 'x').write.allowed, false)
})
