// A node with several AMQP listeners, and one that cannot have all that it asks for.

import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { connect } from 'amqplib'
import { nullLogger } from '../../src/base/logger.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { type RunningNode, startNode } from '../../src/node.ts'
import { field, TestClient } from './api-client.ts'

function start(conf: string): Promise<RunningNode> {
  const { config } = loadConfig({
    flags: { '--config': 'test.conf' },
    environment: { WARREN_PROMETHEUS_PORT: 'none' },
    files: {
      read: (path) => (path === 'test.conf' ? conf : null),
      list: () => [],
      isWritableDirectory: () => false,
    },
  })
  return startNode({ config, logger: nullLogger, dataDirectory: null })
}

test('every listener of the configuration serves the same broker', async () => {
  const node = await start(`
    listeners.tcp.1 = 127.0.0.1:0
    listeners.tcp.2 = 127.0.0.1:0
    management.tcp.port = 0
    management.tcp.ip = 127.0.0.1`)
  try {
    const api = new TestClient(`http://guest:guest@127.0.0.1:${node.managementPort}`)
    const listeners = field((await api.get('/overview')).body, 'listeners') as {
      protocol: string
      port: number
    }[]
    const ports = listeners.filter(({ protocol }) => protocol === 'amqp').map(({ port }) => port)
    assert.equal(new Set(ports).size, 2)
    assert.equal(ports[0], node.amqpPort)
    for (const port of ports) {
      const client = await connect(`amqp://127.0.0.1:${port}`)
      const channel = await client.createChannel()
      await channel.assertQueue('shared')
      await client.close()
    }
    assert.equal((await api.get('/health/checks/protocol-listener/amqp')).status, 200)
  } finally {
    await node.stop()
  }
})

test('a node without AMQP listeners has its management alone', async () => {
  const node = await start('listeners.tcp = none\nmanagement.tcp.port = 0')
  try {
    assert.equal(node.amqpPort, 0)
    const api = new TestClient(`http://guest:guest@127.0.0.1:${node.managementPort}`)
    assert.equal((await api.get('/health/checks/protocol-listener/amqp')).status, 503)
  } finally {
    await node.stop()
  }
})

test('a management port in use undoes the start', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const free = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => free.once('listening', resolve))
  const portOf = (server: typeof taken): number => (server.address() as { port: number }).port
  const amqpPort = portOf(free)
  await new Promise((resolve) => free.close(resolve))
  await assert.rejects(
    start(`
      listeners.tcp.1 = 127.0.0.1:${amqpPort}
      management.tcp.ip = 127.0.0.1
      management.tcp.port = ${portOf(taken)}`),
    /EADDRINUSE/,
  )
  await assert.rejects(connect(`amqp://127.0.0.1:${amqpPort}`), /ECONNREFUSED/)
  taken.close()
})

test('the API lies under a path prefix, and pages of the origins allowed may use it', async () => {
  const node = await start(`
    listeners.tcp = none
    management.tcp.port = 0
    management.path_prefix = mq/
    management.cors.allow_origins.1 = https://page.example`)
  try {
    const base = `http://127.0.0.1:${node.managementPort}`
    const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
      fetch(base + path, {
        ...init,
        headers: { authorization: `Basic ${btoa('guest:guest')}`, ...init.headers },
      })
    assert.equal((await ask('/mq/api/whoami')).status, 200)
    assert.equal((await ask('/api/whoami')).status, 404)
    const from = (origin: string): Promise<Response> =>
      ask('/mq/api/whoami', { headers: { origin } })
    assert.equal(
      (await from('https://page.example')).headers.get('access-control-allow-origin'),
      'https://page.example',
    )
    assert.equal(
      (await from('https://other.example')).headers.get('access-control-allow-origin'),
      null,
    )
    const preflight = await fetch(`${base}/mq/api/whoami`, {
      method: 'OPTIONS',
      headers: { origin: 'https://page.example', 'access-control-request-method': 'PUT' },
    })
    assert.equal(preflight.status, 204)
    assert.match(preflight.headers.get('access-control-allow-methods') ?? '', /PUT/)
  } finally {
    await node.stop()
  }
})
