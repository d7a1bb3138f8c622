import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeHasher, ModelBroker } from '../../test/support/model-broker.ts'
import type { Permission } from './access.ts'

const none = { configure: '', write: '', read: '' }

/** Which of these names the user may configure with the pattern. */
function allowed(
  pattern: string,
  names: readonly string[],
  permission: Permission = 'configure',
): string[] {
  const { access } = new ModelBroker().core
  access.setPermissions('u', '/', { ...none, [permission]: pattern })
  return names.filter((name) => access.allowed('u', '/', name, permission))
}

test('a pattern grants what it matches anywhere; anchors are the administrator’s', () => {
  const names = ['a', 'ab', 'b', '', 'amq.gen-x']
  assert.deepEqual(allowed('.*', names), names)
  assert.deepEqual(allowed('a', names), ['a', 'ab', 'amq.gen-x'])
  assert.deepEqual(allowed('^a$', names), ['a'])
  assert.deepEqual(allowed('^(a|b)$', names, 'read'), ['a', 'b'])
  assert.deepEqual(allowed('', names, 'write'), [''])
})

test('patterns may escape what Erlang lets them escape', () => {
  assert.deepEqual(allowed('^amq\\.gen\\-\\_', ['amq.gen-_1', 'amq.gen-1']), ['amq.gen-_1'])
})

test('a pattern that is none is refused', () => {
  const { access } = new ModelBroker().core
  assert.throws(() => access.setPermissions('u', '/', { ...none, read: '(' }), SyntaxError)
  assert.throws(
    () => access.setTopicPermissions('u', '/', 'x', { write: '[', read: '' }),
    SyntaxError,
  )
})

test('refusals say who wanted what', () => {
  const { access } = new ModelBroker().core
  access.setPermissions('u', '/', none)
  assert.throws(
    () => access.check('u', '/', { kind: 'exchange', name: '' }, 'write'),
    /^Error: write access to exchange 'amq\.default' in vhost '\/' refused for user 'u'$/,
  )
})

test('topic permissions restrict the keys of one exchange, with names filled in as they are', () => {
  const { access } = new ModelBroker().core
  const may = (user: string, key: string, exchange = 'x'): boolean => {
    try {
      access.checkTopic(user, '/', { exchange, routingKey: key }, 'write')
      return true
    } catch {
      return false
    }
  }
  for (const user of ['a.b', 'a(b', '$&']) {
    access.setTopicPermissions(user, '/', 'x', { write: '^{username}\\.', read: '' })
  }
  assert.ok(may('a.b', 'a.b.key'))
  assert.ok(!may('a.b', 'aXb.key'), 'a dot in a name is a dot')
  assert.ok(may('a(b', 'a(b.key'))
  assert.ok(may('$&', '$&.key'))
  assert.ok(may('a.b', 'anything', 'y'), 'other exchanges are not restricted')
  assert.ok(may('free', 'anything'))
})

test('a change of permissions counts at once for channels that are open', () => {
  const broker = new ModelBroker()
  broker.addUser('u')
  const admin = broker.open()
  const channel = broker.open(broker.connect('u'))
  admin.queue('q')
  channel.publish('', 'q', '1')
  broker.core.access.setPermissions('u', '/', { ...none, read: '.*' })
  assert.throws(() => channel.publish('', 'q', '2'), /write access to exchange 'amq.default'/)
  broker.core.access.setPermissions('u', '/', { ...none, write: '.*' })
  channel.publish('', 'q', '3')
  assert.throws(() => channel.consume('q'), /read access to queue 'q'/)
  assert.equal(admin.getNow('q'), '1')
  assert.equal(admin.getNow('q'), '3')
})

test('what was granted goes with the user, and with the virtual host', () => {
  const { core } = new ModelBroker()
  const { access } = core
  const vhost = core.addVhost('v')
  for (const name of ['u', 'w']) {
    access.putUser({ name, password: fakeHasher.hash(name), tags: [], limits: {} })
    access.setPermissions(name, 'v', none)
    access.setTopicPermissions(name, 'v', 'x', { write: '', read: '' })
  }
  assert.ok(access.mayEnter('u', 'v'))
  access.deleteUser('u')
  assert.ok(!access.mayEnter('u', 'v'))
  assert.deepEqual(
    access.listTopicPermissions().map(({ user }) => user),
    ['w'],
  )
  core.deleteVhost(vhost)
  assert.ok(!access.mayEnter('w', 'v'))
  assert.deepEqual(access.listTopicPermissions(), [])
})

test('permissions, topic permissions and users come back after a restart', () => {
  const before = new ModelBroker()
  before.addUser('u', { configure: '^c', write: '', read: '.*' })
  before.core.access.setTopicPermissions('u', '/', 'x', { write: '^w', read: '^r' })
  const { metadata } = before
  const { access } = new ModelBroker({ metadata }).core
  assert.deepEqual(access.permissions('u', '/'), { configure: '^c', write: '', read: '.*' })
  assert.ok(access.allowed('u', '/', 'c1', 'configure'))
  assert.ok(!access.allowed('u', '/', 'd1', 'configure'))
  assert.throws(() => access.checkTopic('u', '/', { exchange: 'x', routingKey: 'a' }, 'read'))
  assert.ok(access.users.has('u'))
})
