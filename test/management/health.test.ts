// Health checks: each of them passing, and failing with its reason where the broker can be brought to
// that; which need no login. Certificates that expire are in test/behaviour, with TLS.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nullLogger } from '../../src/base/logger.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { startNode } from '../../src/node.ts'
import { TestClient } from './api-client.ts'

const conf = `
  listeners.tcp.1 = 127.0.0.1:0
  management.tcp.port = 0
  connection_max = 0
`

test('each health check answers with its own reason', async () => {
  const { config } = loadConfig({
    flags: { '--config': 'test.conf' },
    environment: { WARREN_PROMETHEUS_PORT: 'none', RABBITMQ_NODENAME: 'rabbit@here' },
    files: {
      read: (path) => (path === 'test.conf' ? conf : null),
      list: () => [],
      isWritableDirectory: () => false,
    },
  })
  const node = await startNode({ config, logger: nullLogger, dataDirectory: null })
  try {
    const url = `http://127.0.0.1:${node.managementPort}`
    const api = new TestClient(url.replace('//', '//guest:guest@'))
    const stranger = new TestClient(url)
    const passes = async (path: string, body: object = {}): Promise<void> => {
      const answer = await api.get(path)
      assert.deepEqual([answer.status, answer.body], [200, { status: 'ok', ...body }], path)
    }
    const fails = async (path: string, reason: string, more: object = {}): Promise<void> => {
      const answer = await api.get(path)
      assert.deepEqual(
        [answer.status, answer.body],
        [503, { status: 'failed', reason, ...more }],
        path,
      )
    }
    const checks = '/health/checks'
    for (const name of [
      'alarms',
      'local-alarms',
      'virtual-hosts',
      'is-in-service',
      'metadata-store/initialized',
      'metadata-store/initialized/with-data',
      'quorum-queues-without-elected-leaders/all-vhosts',
      'quorum-queues-without-elected-leaders/vhost/%2F',
      'certificate-expiration/1/months',
    ]) {
      await passes(`${checks}/${name}`)
    }
    await passes('/healthchecks/node')
    await passes('/healthchecks/node/rabbit@here')
    await passes('/aliveness-test/%2F')
    const alone = { reason: 'single node cluster' }
    await passes(`${checks}/node-is-quorum-critical`, alone)
    await passes(`${checks}/node-is-mirror-sync-critical`, alone)
    const port = node.amqpPort
    await passes(`${checks}/port-listener/${port}`, { port })
    await passes(`${checks}/protocol-listener/amqp091`, { protocol: 'amqp091' })

    const ports = [port, node.managementPort]
    await fails(`${checks}/port-listener/1`, 'No active listener', { missing: 1, ports })
    await fails(`${checks}/protocol-listener/mqtt`, 'No active listener', {
      missing: 'mqtt',
      protocols: ['amqp', 'http'],
    })
    const limited = { limit: 0, connections: 0 }
    const limit = 'node connection limit is reached'
    await fails(`${checks}/below-node-connection-limit`, limit, limited)
    await fails(`${checks}/ready-to-serve-clients`, limit, limited)
    const setLimit = (key: string, value: string) => api.put(`/config/effective/${key}`, { value })
    await setLimit('vm_memory_high_watermark.absolute', '1MB')
    const alarms = [{ node: 'rabbit@here', resource: 'memory' }]
    for (const name of ['alarms', 'local-alarms']) {
      await fails(`${checks}/${name}`, 'There are alarms in effect in the cluster', { alarms })
    }
    await api.post('/node/operations', { action: 'suspend_listeners' })
    await fails(`${checks}/is-in-service`, 'this rabbit node is not currently available to serve')

    for (const path of ['port-listener/x', 'certificate-expiration/1/moons']) {
      assert.equal((await api.get(`${checks}/${path}`)).status, 400, path)
    }
    assert.equal((await api.get('/aliveness-test/nowhere')).status, 404)
    for (const [name, status] of [
      ['is-in-service', 503],
      ['ready-to-serve-clients', 503],
      ['below-node-connection-limit', 503],
      ['alarms', 401],
    ] as const) {
      assert.equal((await stranger.get(`${checks}/${name}`)).status, status, name)
    }
  } finally {
    await node.stop()
  }
})
