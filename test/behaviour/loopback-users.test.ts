// guest may come from this machine only, unless the configuration lets it in from elsewhere.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AccessControl } from '../../src/broker/access.ts'
import { refusalReason } from '../../src/broker/authentication.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { passwordHasher } from '../../src/passwords.ts'
import { isLoopback } from '../../src/server/addresses.ts'
import { MemoryMetadata } from '../../src/storage/memory-metadata.ts'

function reasonFor(configuration: string, address: string, password = 'guest'): string | null {
  const files = {
    read: (path: string) => (path.endsWith('test.conf') ? configuration : null),
    list: () => [],
    isWritableDirectory: () => false,
  }
  const flags = { '--config': 'test.conf' }
  const { loopbackUsers } = loadConfig({ flags, environment: {}, files }).config.firstStart
  const access = new AccessControl(new MemoryMetadata(), () => {})
  const hash = passwordHasher.hash('guest')
  access.putUser({ name: 'guest', password: hash, tags: [], limits: {} })
  const rules = { access, hasher: passwordHasher, loopbackUsers }
  return refusalReason(rules, { user: 'guest', password, fromLoopback: isLoopback(address) })
}

test('guest is let in from loopback addresses only', () => {
  for (const address of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1']) {
    assert.equal(reasonFor('', address), null)
    assert.match(reasonFor('', address, 'wrong') ?? '', /invalid credentials/)
  }
  for (const address of ['10.0.0.1', '::ffff:192.0.2.1', '2001:db8::1', '12.7.0.1']) {
    assert.equal(reasonFor('', address), "user 'guest' can only connect via localhost")
  }
})

test('loopback_users = none and loopback_users.guest = false let guest in from anywhere', () => {
  assert.equal(reasonFor('loopback_users = none', '192.0.2.1'), null)
  assert.equal(reasonFor('loopback_users.guest = false', '192.0.2.1'), null)
})
