// The API's own document: valid by the standard's schema, and true of what a live broker answers; and
// the page that shows it.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Validator } from '@seriousme/openapi-schema-validator'
import { type ChannelModel, connect } from 'amqplib'
import { Compile } from 'typebox/schema'
import { Broker } from '../../src/index.ts'
import { noBrowser, startBrowser } from '../console/support/browser.ts'
import { field, TestClient } from './api-client.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

let broker: Broker
let api: TestClient
let client: ChannelModel
let document: Record<string, unknown>

before(async () => {
  if (!existsSync(`${root}dist/api-docs/swagger-ui.css`)) {
    const built = spawnSync(process.execPath, ['scripts/api-docs.js'], { cwd: root })
    assert.equal(built.status, 0, String(built.stderr))
  }
  broker = await Broker.start({ managementPort: 0 })
  api = new TestClient(broker.managementUrl!.replace('http://', 'http://guest:guest@'))
  client = await connect(broker.url)
  await makeScene()
  document = (await api.get('/openapi.json')).body as Record<string, unknown>
})
after(async () => {
  await client?.close().catch(() => undefined)
  await broker?.stop()
})

/** Something of every kind, so that every list has something in it. */
async function makeScene(): Promise<void> {
  const channel = await client.createConfirmChannel()
  await channel.assertExchange('letters', 'topic')
  await channel.assertExchange('further', 'fanout')
  await channel.assertQueue('orders', { durable: true })
  await channel.assertQueue('idle')
  await channel.bindQueue('orders', 'letters', 'order.#')
  await channel.bindExchange('further', 'letters', '#')
  await channel.consume('orders', () => undefined)
  for (const queue of ['orders', 'idle']) channel.sendToQueue(queue, Buffer.from('hello'))
  channel.publish('further', 'lost', Buffer.from('nobody takes it'))
  await channel.waitForConfirms()
  await api.put('/policies/%2F/short', { pattern: '^idle$', definition: { 'max-length': 5 } })
  await api.put('/operator-policies/%2F/short', {
    pattern: '^idle$',
    definition: { 'max-length': 9 },
  })
  await api.put('/parameters/notes/%2F/one', { value: { a: 1 } })
  await api.put('/vhost-limits/%2F/max-queues', { value: 100 })
  await api.put('/user-limits/guest/max-channels', { value: 100 })
  await api.put('/topic-permissions/%2F/guest', { exchange: 'letters', write: '.*', read: '.*' })
  await api.put('/global-parameters/cluster_tags', { value: { region: 'here' } })
}

test('the document is valid OpenAPI 3.1', async () => {
  const result = await new Validator().validate(structuredClone(document))
  assert.deepEqual(result.errors ?? [], [])
  assert.equal(field(document, 'openapi'), '3.1.0')
})

/** What stands for the parameters of paths; the rest of them is looked up. */
async function values(): Promise<Record<string, string>> {
  const first = async (path: string, name: string): Promise<string> =>
    String(field((await api.get(path)).body, `0.${name}`))
  return {
    vhost: '%2F',
    user: 'guest',
    source: 'letters',
    component: 'notes',
    port: String(new URL(broker.managementUrl!).port),
    protocol: 'amqp',
    number: '1',
    unit: 'weeks',
    password: 'secret',
    node: await first('/nodes', 'name'),
    limit: 'max-queues',
    exchange: 'letters',
    id: '1',
    key: 'log.default.level',
    name: 'quorum_queue',
    '/nodes/{name}': await first('/nodes', 'name'),
    '/users/{name}': 'guest',
    '/user-limits/{name}': 'guest',
    '/queues/{name}': 'idle',
    '/exchanges/{name}': 'letters',
    '/parameters/{name}': 'one',
    '/global-parameters/{name}': 'cluster_tags',
    '/policies/{name}': 'short',
    '/operator-policies/{name}': 'short',
    '/delayed/{name}': 'letters',
    '/connections/{name}': encodeURIComponent(await first('/connections', 'name')),
    '/channels/{name}': encodeURIComponent(await first('/channels', 'name')),
    '/healthchecks/{name}': await first('/nodes', 'name'),
    '/queues/{key}': String(
      field((await api.get('/queues/%2F/idle/messages')).body, 'items.0.key'),
    ),
  }
}

async function fill(path: string, known: Record<string, string>): Promise<string> {
  const [, word] = path.split('/')
  let filled = path
  if (path.startsWith('/bindings/')) {
    const destination = path.includes('/q/') ? 'orders' : 'further'
    filled = path.replace('{destination}', destination).replace('{vhost}', '%2F')
    if (path.endsWith('{key}')) {
      const list = await api.get(filled.replace('{source}', 'letters').replace('/{key}', ''))
      filled = filled.replace('{key}', String(field(list.body, '0.properties_key')))
    }
  }
  return filled.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    const value = known[`/${word}/{${name}}`] ?? known[name]
    assert.ok(value !== undefined, `${path}: nothing known for ${whole}`)
    return value
  })
}

test('every GET answers with what the document says, in full and by page', async () => {
  const known = await values()
  const paths = Object.entries(field(document, 'paths') as Record<string, unknown>)
  const { components } = document
  let checked = 0
  for (const [path, methods] of paths) {
    const content = field(methods, 'get.responses.200.content')
    // The stream of events does not end, and the broker's file of certificates is another test's.
    const schema = field(content, 'application/json.schema')
    if (schema === undefined) continue
    const filled = await fill(path, known)
    const parameters = (field(methods, 'get.parameters') ?? []) as unknown[]
    const pages = parameters.some((one) => field(one, 'name') === 'pagination')
    for (const suffix of pages ? ['', '?page=1&page_size=2'] : ['']) {
      const answer = await api.get(filled + suffix)
      assert.equal(answer.status, 200, `${filled}${suffix}: ${JSON.stringify(answer.body)}`)
      const [valid, errors] = Compile({ components, ...(schema as object) }).Errors(answer.body)
      assert.ok(valid, `${filled}${suffix}: ${JSON.stringify(errors.slice(0, 3))}`)
      checked += 1
    }
  }
  assert.ok(checked > 90, `${checked}`)
})

test('a path answers other methods than those of the document with 405', async () => {
  const known = await values()
  for (const [path, methods] of Object.entries(field(document, 'paths') as object)) {
    const has = Object.keys(methods as object).map((method) => method.toUpperCase())
    const other = ['POST', 'PUT', 'DELETE'].find((method) => !has.includes(method))
    if (other === undefined) continue
    const answer = await api.request(other, await fill(path, known))
    assert.equal(answer.status, 405, `${other} ${path}`)
    assert.equal(answer.headers.get('allow'), [...has, 'OPTIONS'].join(', '))
  }
})

test('a refusal has the form that the document gives errors', async () => {
  const missing = await api.get('/queues/%2F/nothing')
  assert.equal(missing.status, 404)
  const schema = field(document, 'components.schemas.Error') as object
  assert.ok(Compile(schema).Check(missing.body))
})

test('the page at /api/docs shows the document and tries requests', {
  skip: noBrowser,
}, async () => {
  const browser = await startBrowser()
  try {
    const page = await browser.newPage()
    page.setDefaultTimeout(30_000)
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (line) => {
      if (['error', 'warning'].includes(line.type())) complaints.push(line.text())
    })
    const elsewhere: string[] = []
    page.on('request', (request) => {
      const { protocol, origin } = new URL(request.url())
      const isOwn = protocol === 'data:' || origin === new URL(broker.managementUrl!).origin
      if (!isOwn) elsewhere.push(request.url())
    })
    await page.goto(`${broker.managementUrl}/api/docs`)
    await page.getByRole('heading', { name: /HTTP API/ }).waitFor()
    await page.getByRole('button', { name: 'Authorize' }).click()
    const dialog = page.locator('.modal-ux form').filter({ hasText: 'Basic' })
    await dialog.getByLabel('Username').fill('guest')
    await dialog.getByLabel('Password').fill('guest')
    await dialog.getByRole('button', { name: 'Apply credentials' }).click()
    await page.locator('.modal-ux').getByRole('button', { name: 'Close' }).first().click()
    await page.getByRole('heading', { name: /^Users/ }).click()
    await page.locator('#operations-Users-getWhoami .opblock-summary-control').click()
    await page.getByRole('button', { name: 'Try it out' }).click()
    await page.getByRole('button', { name: 'Execute' }).click()
    await page.locator('.live-responses-table').getByText('administrator').first().waitFor()
    assert.deepEqual(complaints, [])
    assert.deepEqual(elsewhere, [])
  } finally {
    await browser.close()
  }
})
