// What the configuration gives new virtual hosts by their names: limits, operator policies, users.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nullLogger } from '../../src/base/logger.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { startNode } from '../../src/node.ts'
import { field, pick, TestClient } from '../management/api-client.ts'

const conf = `
  listeners.tcp.1 = 127.0.0.1:0
  management.tcp.port = 0
  default_limits.vhosts.1.pattern = ^device
  default_limits.vhosts.1.max_connections = 10
  default_limits.vhosts.1.max_queues = 1
  default_limits.vhosts.2.pattern = .*
  default_limits.vhosts.2.max_queues = 50
  default_policies.operator.short.vhost_pattern = ^device
  default_policies.operator.short.queue_pattern = ^q
  default_policies.operator.short.max_length = 7
  default_policies.operator.short.message_ttl = 60000
  default_users.watcher.vhost_pattern = ^device
  default_users.watcher.password = secret
  default_users.watcher.tags = monitoring, policymaker
  default_users.watcher.configure = ^$
  default_users.watcher.write = ^$
  default_users.absent.vhost_pattern = .*
`

test('a new virtual host gets the limits, policies and users for its name', async () => {
  const { config, warnings } = loadConfig({
    flags: { '--config': 'test.conf' },
    environment: { WARREN_PROMETHEUS_PORT: 'none' },
    files: {
      read: (path) => (path === 'test.conf' ? conf : null),
      list: () => [],
      isWritableDirectory: () => false,
    },
  })
  assert.deepEqual(warnings, [])
  const node = await startNode({ config, logger: nullLogger, dataDirectory: null })
  try {
    const api = new TestClient(`http://guest:guest@127.0.0.1:${node.managementPort}`)
    for (const name of ['device-1', 'other']) await api.put(`/vhosts/${name}`)
    assert.deepEqual((await api.get('/vhost-limits/device-1')).body, [
      { vhost: 'device-1', value: { 'max-connections': 10, 'max-queues': 1 } },
    ])
    assert.deepEqual((await api.get('/vhost-limits/other')).body, [
      { vhost: 'other', value: { 'max-queues': 50 } },
    ])

    assert.equal((await api.put('/queues/device-1/q1')).status, 201)
    assert.equal((await api.put('/queues/device-1/q2')).status, 400)
    const queue = (await api.get('/queues/device-1/q1')).body
    assert.equal(field(queue, 'operator_policy'), 'short')
    assert.deepEqual(field(queue, 'effective_policy_definition'), {
      'max-length': 7,
      'message-ttl': 60_000,
    })
    await api.put('/queues/other/q1')
    assert.equal(field((await api.get('/queues/other/q1')).body, 'operator_policy'), null)

    const user = (await api.get('/users/watcher')).body
    assert.deepEqual(field(user, 'tags'), ['monitoring', 'policymaker'])
    assert.deepEqual(
      pick((await api.get('/permissions/device-1/watcher')).body, ['configure', 'write', 'read']),
      { configure: '^$', write: '^$', read: '.*' },
    )
    assert.equal((await api.get('/permissions/other/watcher')).status, 404)
    assert.equal((await api.get('/users/absent')).status, 404)
  } finally {
    await node.stop()
  }
})
