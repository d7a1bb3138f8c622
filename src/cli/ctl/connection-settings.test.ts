import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { resolveConnection } from './connection-settings.ts'

let folder: string
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'warren-control-'))
  const url = 'http://127.0.0.1:4711/prefix'
  writeFileSync(join(folder, 'control.json'), JSON.stringify({ url, token: 'secret' }))
  mkdirSync(join(folder, 'broken'))
  writeFileSync(join(folder, 'broken', 'control.json'), '{"url":')
})
after(() => rmSync(folder, { recursive: true }))

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`

test('the file in the data directory gives address and token', () => {
  for (const settings of [
    resolveConnection({ dataDirectory: folder }, {}),
    resolveConnection({}, { WARREN_DATA_DIR: folder }),
  ]) {
    assert.equal(settings.url, 'http://127.0.0.1:4711/prefix')
    assert.equal(settings.authorization, 'Bearer secret')
  }
})

test('a user given wins over the token, and keeps the address', () => {
  const settings = resolveConnection({ dataDirectory: folder, user: 'u', password: 'p' }, {})
  assert.equal(settings.authorization, basic('u:p'))
  assert.equal(settings.url, 'http://127.0.0.1:4711/prefix')
  const fromEnvironment = resolveConnection({}, { WARREN_USER: 'v', WARREN_PASSWORD: 'w' })
  assert.equal(fromEnvironment.authorization, basic('v:w'))
})

test('the token never goes to another broker', () => {
  for (const flags of [
    { host: 'elsewhere.example' },
    { url: 'http://elsewhere.example:4711' },
    { managementPort: '4712' },
    { node: 'rabbit@elsewhere.example' },
  ]) {
    const settings = resolveConnection({ ...flags, dataDirectory: folder }, {})
    assert.equal(settings.authorization, basic('guest:guest'), JSON.stringify(flags))
    assert.notEqual(settings.url, 'http://127.0.0.1:4711/prefix')
  }
  const same = resolveConnection({ managementPort: '4711', dataDirectory: folder }, {})
  assert.equal(same.authorization, 'Bearer secret')
})

test('a node of this machine is this machine', () => {
  for (const host of ['localhost', hostname()]) {
    const settings = resolveConnection({ node: `rabbit@${host}`, dataDirectory: folder }, {})
    assert.equal(settings.authorization, 'Bearer secret')
    assert.equal(settings.node, `rabbit@${host}`)
  }
  const away = resolveConnection({ node: 'rabbit@away', dataDirectory: folder }, {})
  assert.equal(away.url, 'http://away:15672')
})

test('without a file, or with a broken one, RabbitMQ’s defaults are tried', () => {
  const missing = resolveConnection({ dataDirectory: join(folder, 'broken') }, {})
  assert.equal(missing.url, 'http://127.0.0.1:15672')
  assert.equal(missing.authorization, basic('guest:guest'))
  const container = { RABBITMQ_DEFAULT_USER: 'admin', RABBITMQ_DEFAULT_PASS: '123456' }
  const inContainer = resolveConnection({ dataDirectory: join(folder, 'none') }, container)
  assert.equal(inContainer.authorization, basic('admin:123456'))
})

test('timeouts are seconds, and infinity is a long time', () => {
  assert.equal(resolveConnection({}, {}).timeoutMs, 60_000)
  assert.equal(resolveConnection({ timeoutSeconds: '1.5' }, {}).timeoutMs, 1500)
  assert.ok(resolveConnection({ timeoutSeconds: 'infinity' }, {}).timeoutMs > 86_400_000)
})
