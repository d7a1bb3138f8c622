// What the API shows of RPC gateways and who sees it, over gateways that only say what they are told to.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { nullLogger } from '../../src/base/logger.ts'
import { type ManagementServer, startManagement } from '../../src/management/server.ts'
import { ModelBroker } from '../support/model-broker.ts'
import { field, TestClient } from './api-client.ts'
import { FakeGateways } from './fake-gateways.ts'

const gateways = new FakeGateways()
const broker = new ModelBroker()
let server: ManagementServer
let without: ManagementServer
const client = (user: string, to = server): TestClient =>
  new TestClient(`http://${user}:${user}@127.0.0.1:${to.port}`)

before(async () => {
  broker.core.addVhost('private')
  for (const [name, tag] of [
    ['boss', 'administrator'],
    ['clerk', 'management'],
    ['worker', ''],
  ] as const) {
    broker.addUser(name)
    broker.core.access.putUser({ ...broker.core.access.users.get(name)!, tags: [tag] })
  }
  server = await start(gateways)
  without = await start(null)
})
after(async () => {
  await server.stop()
  await without.stop()
})

async function start(shown: FakeGateways | null): Promise<ManagementServer> {
  return await startManagement({
    core: broker.core,
    logger: nullLogger,
    host: '127.0.0.1',
    port: 0,
    controlToken: 'of-this-machine',
    loopbackUsers: [],
    pathPrefix: '',
    bodyBytesMax: 1 << 20,
    statisticsIntervalMs: 5000,
    allowedOrigins: [],
    node: {
      name: 'rabbit@model',
      clusterName: 'rabbit@model',
      product: 'Warren',
      version: '4.2.0',
      startedAtMs: 0,
      dataDirectory: null,
      configFiles: [],
      logFiles: [],
    },
    listeners: () => [],
    alarms: notAsked,
    store: notAsked,
    settings: notAsked,
    operations: {},
    gateways: shown,
    metrics: [],
  })
}

function notAsked(): never {
  throw new Error('of no concern here')
}

const names = async (user: string, path: string): Promise<unknown[]> => {
  const { status, body } = await client(user).get(path)
  assert.equal(status, 200)
  assert.ok(Array.isArray(body))
  return body.map((one) => field(one, 'name'))
}

test('gateways are shown to those who see their virtual host', async () => {
  assert.deepEqual(await names('boss', '/gateways'), ['inside', 'public'])
  assert.deepEqual(await names('clerk', '/gateways'), ['public'])
  assert.deepEqual(await names('boss', '/gateways/methods?sort=calls&sort_reverse=true'), [
    'fib',
    'secret',
  ])
  assert.deepEqual(await names('clerk', '/gateways/methods'), ['fib'])
  assert.equal((await client('worker').get('/gateways')).status, 401)
})

test('a listener is shown with its routes', async () => {
  const { body } = await client('clerk').get('/gateways')
  assert.deepEqual(field(body, '0'), {
    name: 'public',
    protocol: 'xml-rpc',
    address: '127.0.0.1',
    port: 4242,
    vhost: '/',
    authentication: 'basic',
    tls: false,
    callers: 2,
    running_calls: 1,
    waiting_calls: 0,
    routes: [
      { method: '*', exchange: '', routing_key: 'rpc_queue', codec: 'text', timeout_ms: 5000 },
    ],
  })
})

test('callers are seen by monitors, and by themselves', async () => {
  assert.deepEqual(await names('boss', '/gateways/callers'), ['10.0.0.1:5000', '10.0.0.2:5001'])
  assert.deepEqual(await names('clerk', '/gateways/callers'), ['10.0.0.2:5001'])
})

test('a call is tried as the user who asks', async () => {
  const trial = { gateway: 'public', method: 'fib', parameters: [30] }
  const { status, body } = await client('clerk').post('/gateways/try', trial)
  assert.equal(status, 200)
  assert.deepEqual(body, {
    ok: true,
    result: { fib: 832_040, none: null },
    milliseconds: 3,
  })
  assert.deepEqual(gateways.tried.at(-1), { ...trial, timeoutMs: 5000, user: 'clerk' })
})

test('a call that fails is an answer too', async () => {
  const trial = { gateway: 'public', method: 'nobody', timeout_ms: 100 }
  const { status, body } = await client('boss').post('/gateways/try', trial)
  assert.equal(status, 200)
  assert.deepEqual(body, { ok: false, code: 'busy', message: 'no worker', milliseconds: 1 })
  assert.deepEqual(gateways.tried.at(-1)?.parameters, [])
})

test('what cannot be tried is refused', async () => {
  const attempt = async (user: string, body: unknown): Promise<number> =>
    (await client(user).post('/gateways/try', body)).status
  const before = gateways.tried.length
  assert.equal(await attempt('clerk', { gateway: 'inside', method: 'secret' }), 404)
  assert.equal(await attempt('boss', { gateway: 'unknown', method: 'fib' }), 404)
  assert.equal(await attempt('boss', { gateway: 'public' }), 400)
  assert.equal(await attempt('boss', { gateway: 'public', method: 'f', parameters: 7 }), 400)
  assert.equal(await attempt('boss', { gateway: 'public', method: 'f', timeout_ms: 0 }), 400)
  assert.equal(await attempt('boss', { gateway: 'public', method: 'f', timeout_ms: 1e6 }), 400)
  assert.equal(await attempt('worker', { gateway: 'public', method: 'fib' }), 401)
  const owner = new TestClient(`http://127.0.0.1:${server.port}`, 'Bearer of-this-machine')
  assert.equal((await owner.post('/gateways/try', { gateway: 'public', method: 'f' })).status, 401)
  assert.equal(gateways.tried.length, before)
})

test('without gateways the lists are empty and there is nothing to try', async () => {
  const boss = client('boss', without)
  for (const path of ['/gateways', '/gateways/methods', '/gateways/callers']) {
    assert.deepEqual((await boss.get(path)).body, [])
  }
  assert.equal((await boss.post('/gateways/try', { gateway: 'public', method: 'f' })).status, 404)
})
