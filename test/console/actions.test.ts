// What people do in the console, done in a browser against a live broker, and checked in the broker.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { eventually } from '../support/dialogue.ts'
import { logIn, noBrowser, openPage, startBrowser, visit, type Watched } from './support/browser.ts'
import { type ConsoleBroker, startBroker } from './support/console-broker.ts'
import { buildRpcScene, gatewayLines, type RpcScene } from './support/rpc-scene.ts'
import { api, buildScene, type Scene } from './support/scene.ts'

interface QueueFacts {
  readonly messages: number
  readonly arguments: Record<string, unknown>
}
interface MessagePage {
  readonly items: readonly { readonly key: string; readonly redelivered: boolean }[]
  readonly messages_ready: number
}

describe('console actions', { skip: noBrowser }, () => {
  let broker: ConsoleBroker
  let browser: Browser
  let scene: Scene
  let rpc: RpcScene
  let watched: Watched
  let page: Page

  before(async () => {
    broker = await startBroker(gatewayLines)
    scene = await buildScene(broker)
    rpc = await buildRpcScene(broker)
    browser = await startBrowser()
    watched = await openPage(browser, broker, { size: 'desktop', scheme: 'light' })
    page = watched.page
    await logIn(page)
  })
  after(async () => {
    await browser?.close()
    await scene?.close()
    await rpc?.close()
    await broker?.stop()
  })

  const field = (label: string) => page.getByLabel(label, { exact: true }).first()
  const press = (name: string) => page.getByRole('button', { name, exact: true }).first().click()
  const dialog = () => page.getByRole('dialog')
  const confirm = (name: string) => dialog().getByRole('button', { name, exact: true }).click()
  const told = (text: string | RegExp) =>
    page.locator('.toast', { hasText: text }).first().waitFor()
  const get = async <T>(path: string): Promise<T> => (await api(broker, path)) as T

  test('a wrong password is refused without a window of the browser’s own', async () => {
    const other = await openPage(browser, broker, { size: 'desktop', scheme: 'light' })
    await other.page.locator('input[name=username]').fill('guest')
    await other.page.locator('input[name=password]').fill('wrong')
    await other.page.locator('form button[type=submit]').click()
    await other.page.getByText('User or password is not right').waitFor()
    await other.context.close()
  })

  test('a queue is added with arguments', async () => {
    await visit(page, '#/queues')
    await press('Add queue')
    await dialog().getByLabel('Name', { exact: true }).first().fill('made.here')
    await dialog().getByRole('button', { name: 'x-max-length', exact: true }).click()
    await dialog().getByLabel('Value').fill('25')
    await confirm('Add queue')
    await page.getByRole('heading', { name: 'made.here' }).waitFor()
    const made = await get<QueueFacts>('queues/%2F/made.here')
    assert.equal(made.arguments['x-max-length'], 25)
  })

  test('a mistake in an argument is said and nothing is lost', async () => {
    await visit(page, '#/queues')
    await press('Add queue')
    await dialog().getByLabel('Name', { exact: true }).first().fill('never.made')
    await dialog().getByRole('button', { name: 'x-expires', exact: true }).click()
    await dialog().getByLabel('Value').fill('soon')
    await confirm('Add queue')
    await dialog().getByText('x-expires: soon').waitFor()
    assert.equal(
      await dialog().getByLabel('Name', { exact: true }).first().inputValue(),
      'never.made',
    )
    await page.keyboard.press('Escape')
    await dialog().waitFor({ state: 'detached' })
  })

  test('an exchange is added, bound, published to, unbound and deleted', async () => {
    await visit(page, '#/exchanges')
    await press('Add exchange')
    await dialog().getByLabel('Name', { exact: true }).first().fill('shipments')
    await dialog().getByLabel('Type', { exact: true }).first().selectOption('topic')
    await confirm('Add exchange')
    await page.getByRole('heading', { name: 'shipments' }).waitFor()
    await field('To queue').fill('made.here')
    await field('Routing key').fill('parcel.#')
    await press('Bind')
    await told('Bound.')
    await page.locator('.graph .chamber', { hasText: 'made.here' }).waitFor()

    await page.getByRole('link', { name: 'Publish', exact: true }).click()
    await field('Routing key').fill('parcel.sent')
    await field('Payload').fill('{"parcel":1}')
    await page.getByRole('button', { name: 'content_type', exact: true }).click()
    await press('Publish')
    await told('Published, and routed.')
    await field('Routing key').fill('letter')
    await press('Publish')
    await told('no queue took it')
    assert.equal((await get<QueueFacts>('queues/%2F/made.here')).messages, 1)

    await page.getByRole('link', { name: 'Bindings', exact: true }).click()
    await press('Remove binding')
    await confirm('Remove')
    await told('Binding removed.')
    assert.deepEqual(await get('exchanges/%2F/shipments/bindings/source'), [])
    await press('Delete exchange')
    await confirm('Delete exchange')
    await told('shipments deleted.')
  })

  test('looking into a queue changes nothing, and every way of looking works', async () => {
    await visit(page, '#/queues/%2F/orders.eu/messages')
    const viewer = page.locator('.viewer')
    const list = page.locator('.message-row')
    await list.filter({ hasText: 'A plain line' }).getByRole('button').click()
    await viewer.getByText('And another one.').waitFor()
    await viewer.getByRole('button', { name: 'Hex' }).click()
    await viewer.getByText('41 20 70 6c 61 69 6e').waitFor()
    await list.filter({ hasText: '82 a2 69 64' }).getByRole('button').click()
    await viewer.locator('.j-key', { hasText: '"id"' }).waitFor()
    await list.first().getByRole('button').click()
    await viewer.locator('.j-key', { hasText: '"customer"' }).waitFor()
    const { items } = await get<MessagePage>('queues/%2F/orders.eu/messages')
    assert.ok(items.every(({ redelivered }) => !redelivered))
  })

  test('search finds what is in headers and bodies', async () => {
    await visit(page, '#/queues/%2F/orders.fulfilment/messages')
    await page.getByRole('searchbox').fill('globex')
    await page.getByText(/1–\d+ of \d+/).waitFor()
    const all = (await get<MessagePage>('queues/%2F/orders.fulfilment/messages')).messages_ready
    // The list of before the search stays until the answer has come.
    await eventually(async () => (await page.locator('.message-row').count()) < all)
    assert.ok((await page.locator('.message-row').count()) > 0)
    await page.getByRole('searchbox').fill('not in any of them')
    await page.getByText('Nothing matches').waitFor()
    await page.getByRole('searchbox').fill('')
  })

  test('messages are replayed, moved and deleted one by one', async () => {
    const count = async (queue: string) =>
      (await get<MessagePage>(`queues/%2F/${queue}/messages`)).messages_ready
    const before = await count('orders.fulfilment')
    const rows = (wanted: number) =>
      eventually(async () => (await page.locator('.message-row').count()) === wanted)
    await visit(page, '#/queues/%2F/orders.fulfilment/messages')
    await rows(before)
    await page.locator('.message-row').first().getByRole('checkbox').check()
    await page.locator('.message-row').nth(1).getByRole('checkbox').check()
    await page.getByText('2 chosen').waitFor()
    await press('Delete')
    await confirm('Delete')
    await told('2 messages done.')
    assert.equal(await count('orders.fulfilment'), before - 2)
    await rows(before - 2)

    await page.locator('.message-row').first().getByRole('checkbox').check()
    await press('Move…')
    await dialog().getByLabel('To queue').fill('unrouted')
    await confirm('Move…')
    await dialog().waitFor({ state: 'detached' })
    assert.equal(await count('unrouted'), 1)
    assert.equal(await count('orders.fulfilment'), before - 3)
    await rows(before - 3)

    await page.locator('.message-row').first().getByRole('checkbox').check()
    await press('Replay')
    // The note of the move says the same: the list tells when this is done.
    await rows(before - 2)
    assert.equal(await count('orders.fulfilment'), before - 2)
  })

  test('messages are taken as a consumer would', async () => {
    await visit(page, '#/queues/%2F/unrouted/messages')
    await field('And then').selectOption('ack_requeue_false')
    await page.getByText('The messages leave the queue.').waitFor()
    await press('Get messages')
    await page.locator('.panel', { hasText: 'as a consumer' }).locator('.viewer').waitFor()
    assert.equal((await get<MessagePage>('queues/%2F/unrouted/messages')).messages_ready, 0)
  })

  test('the dead are shown with their reasons and go back to where they died', async () => {
    await visit(page, '#/dead-letters')
    const panel = page.locator('.panel', { hasText: 'orders.dead' }).first()
    await panel.getByText('rejected').first().waitFor()
    await panel.getByText('orders.fulfilment').first().waitFor()
    const dead = (await get<MessagePage>('queues/%2F/orders.dead/messages')).messages_ready
    assert.equal(dead, 10)
    await panel.getByRole('button', { name: 'Send all back' }).click()
    await confirm('Send all back')
    await told('10 messages done.')
    assert.equal((await get<MessagePage>('queues/%2F/orders.dead/messages')).messages_ready, 0)
    await page.getByText('unroutable').first().waitFor()
  })

  test('a delayed message is listed and called off', async () => {
    await visit(page, '#/delayed')
    await page.locator('tr', { hasText: 'reminder.basket' }).getByRole('button').click()
    await confirm('Call off')
    await told('called off')
    await page.locator('tr', { hasText: 'reminder.basket' }).waitFor({ state: 'detached' })
    assert.equal((await get<{ filtered_count: number }>('delayed/%2F')).filtered_count, 2)
  })

  test('a route is explained: what matches is lit, the rest is dim', async () => {
    await visit(page, '#/explain')
    await field('Exchange').selectOption('orders')
    await field('Routing key').fill('order.refunded.eu')
    await page.getByText('Reaches 3').waitFor()
    const lit = await page.locator('.chamber.lit').allTextContents()
    assert.equal(lit.length, 4)
    await page.locator('.chamber.dim', { hasText: 'orders.fulfilment' }).waitFor()
    await field('Exchange').selectOption('orders.unrouted')
    await page.getByText('No queue: a message like this').waitFor()
  })

  test('a user is made, given permissions, tested and deleted', async () => {
    await visit(page, '#/users')
    await press('Add user')
    await dialog().getByLabel('Name').fill('newcomer')
    await dialog().getByLabel('Password').fill('secret')
    await dialog().getByRole('button', { name: 'monitoring' }).click()
    await confirm('Add user')
    await page.getByRole('heading', { name: 'newcomer' }).waitFor()
    await field('Configure').fill('^only-mine')
    await press('Set permissions')
    await told('Permissions set.')
    await page.locator('code', { hasText: '^only-mine' }).waitFor()
    await press('Set topic permissions')
    await page.locator('td', { hasText: 'amq.topic' }).waitFor()

    await page.getByRole('link', { name: 'Test permissions' }).click()
    await field('Queue or exchange').fill('only-mine.1')
    await page.getByText('Configure: yes').waitFor()
    await field('Queue or exchange').fill('another')
    await page.getByText('Configure: no').waitFor()

    await visit(page, '#/users/newcomer')
    await press('Delete user')
    await confirm('Delete user')
    await told('newcomer deleted.')
    const users = await get<readonly { name: string }[]>('users')
    assert.ok(!users.some(({ name }) => name === 'newcomer'))
  })

  test('a password can be changed without losing the tags', async () => {
    await visit(page, '#/users/analyst')
    await field('New password').fill('changed')
    await press('Save')
    await told('analyst updated.')
    const other = await openPage(browser, broker, { size: 'phone', scheme: 'dark' })
    await logIn(other.page, 'analyst', 'changed')
    await other.page.getByRole('button', { name: 'Open navigation' }).click()
    await other.page.getByRole('link', { name: 'Alarms and events' }).click()
    await other.page.getByRole('heading', { name: 'Event log' }).waitFor()
    // A monitor sees no administration.
    assert.equal(await other.page.getByRole('link', { name: 'Users', exact: true }).count(), 0)
    await other.context.close()
  })

  test('virtual hosts, limits and policies come and go', async () => {
    await visit(page, '#/vhosts')
    await press('Add virtual host')
    await dialog().getByLabel('Name').fill('trial')
    await confirm('Add virtual host')
    await told('trial is there.')
    await page.getByRole('link', { name: 'trial' }).waitFor()

    await visit(page, '#/limits')
    const limits = page.locator('section.panel').first()
    await limits.getByLabel('Virtual host', { exact: true }).selectOption('trial')
    await limits.getByLabel('Value').fill('7')
    await limits.getByRole('button', { name: 'Set limit' }).click()
    await limits.locator('tr', { hasText: 'trial' }).getByText('7').waitFor()

    await visit(page, '#/policies')
    await press('Add policy')
    await dialog().getByLabel('Name', { exact: true }).first().fill('short-lived')
    await dialog().getByLabel('Name pattern').fill('^tmp')
    await dialog().getByRole('button', { name: 'message-ttl' }).click()
    await confirm('Save')
    await told('short-lived is in force.')
    await page
      .locator('tr', { hasText: 'short-lived' })
      .getByRole('button', { name: 'Edit' })
      .click()
    await dialog().getByLabel('Priority').fill('9')
    await confirm('Save')
    await page.locator('tr', { hasText: 'short-lived' }).getByText('9').waitFor()
    await page
      .locator('tr', { hasText: 'short-lived' })
      .getByRole('button', { name: 'Delete' })
      .click()
    await confirm('Delete policy')
    await told('short-lived deleted.')

    await visit(page, '#/vhosts')
    await page.locator('tr', { hasText: 'trial' }).getByRole('button').click()
    await confirm('Delete virtual host')
    await told('trial deleted.')
  })

  test('definitions go out as a file and come in again', async () => {
    await visit(page, '#/definitions')
    const [download] = await Promise.all([page.waitForEvent('download'), press('Download')])
    const definitions = JSON.parse(readFileSync(await download.path(), 'utf8'))
    assert.ok(definitions.queues.some(({ name }: { name: string }) => name === 'orders.eu'))
    definitions.queues = [
      { name: 'imported', vhost: '/', durable: true, auto_delete: false, arguments: {} },
    ]
    await page.getByLabel('Definitions file (JSON)').setInputFiles({
      name: 'definitions.json',
      mimeType: 'application/json',
      buffer: Buffer.from(JSON.stringify(definitions)),
    })
    await page.getByText(/The file brings .*1 queues/).waitFor()
    await press('Import')
    await told('Definitions imported.')
    assert.equal((await get<QueueFacts>('queues/%2F/imported')).messages, 0)
  })

  test('a call is tried through a gateway, and what comes back is shown', async () => {
    await visit(page, '#/rpc')
    await page.getByText('127.0.0.1:', { exact: false }).first().waitFor()
    await page.getByText('No calls yet').waitFor()
    await field('Gateway').selectOption('json-rpc')
    await field('Method').fill('stock.find')
    await field('Parameters (JSON)').fill('["BAG"')
    await press('Call')
    await page.getByText('The parameters are not JSON').waitFor()
    await field('Parameters (JSON)').fill('["BAG"]')
    await field('Parameters (JSON)').press('Control+Enter')
    const answer = page.locator('.trial')
    await answer.getByText('answered').waitFor()
    await answer.locator('.j-string', { hasText: 'B-17' }).waitFor()

    await field('Method').fill('fib')
    await field('Parameters (JSON)').fill('20')
    await press('Call')
    await answer.getByText('6765').waitFor()

    await field('Method').fill('reports.build')
    await press('Call')
    await answer.locator('.badge.bad').waitFor()
    await press('Refresh now')
    const row = page.locator('tr', { hasText: 'reports.build' })
    await row.getByRole('button', { name: 'Try' }).click()
    assert.equal(await field('Method').inputValue(), 'reports.build')
  })

  test('purge and delete ask first', async () => {
    await visit(page, '#/queues/%2F/orders.eu')
    await press('Purge')
    await confirm('Cancel')
    assert.ok((await get<MessagePage>('queues/%2F/orders.eu/messages')).messages_ready > 0)
    await press('Purge')
    await confirm('Purge')
    await told('orders.eu is empty.')
    assert.equal((await get<MessagePage>('queues/%2F/orders.eu/messages')).messages_ready, 0)
    await press('Delete queue')
    await confirm('Delete queue')
    await told('orders.eu deleted.')
    await assert.rejects(get('queues/%2F/orders.eu'), /404/)
  })

  test('the keyboard alone leads to a page, a list and a row', async () => {
    await visit(page, '#/')
    await page.keyboard.press('Control+k')
    await page.keyboard.type('audit')
    await page.getByRole('option', { name: 'audit.log' }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'audit.log' }).waitFor()
    await visit(page, '#/queues')
    await page.locator('.grid-row').first().waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('mail')
    await page.getByText(/1 of \d+/).waitFor()
    await page.locator('.grid-scroll').focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'mail.outbox' }).waitFor()
  })

  test('keys pressed without waiting for anything are not lost', async () => {
    await visit(page, '#/')
    await page.keyboard.press('Control+k')
    await page.keyboard.type('audit')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'audit.log' }).waitFor()
  })

  test('theme and language stay chosen', async () => {
    await visit(page, '#/')
    await page.getByRole('button', { name: /^Theme/ }).click()
    await page.getByRole('button', { name: /^Theme: light/ }).click()
    await page.locator('html[data-theme=dark]').waitFor()
    await page.reload()
    await page.locator('html[data-theme=dark]').waitFor()
  })

  test('a connection is closed by force, with the reason', async () => {
    await visit(page, '#/connections')
    await page.getByRole('link', { name: 'order-worker' }).click()
    await press('Force close')
    await dialog().getByLabel('Reason, told to the client').fill('maintenance')
    await confirm('Force close')
    await told('Connection closed.')
    const left = await get<readonly { user_provided_name: string }[]>('connections')
    const names = left.map(({ user_provided_name: name }) => name)
    assert.ok(names.includes('shop-frontend') && !names.includes('order-worker'), names.join())
  })

  test('leaving asks for the password again, and nothing was complained about', async () => {
    await press('Log out')
    await page.locator('input[name=password]').waitFor()
    await page.reload()
    await page.locator('input[name=password]').waitFor()
    assert.deepEqual(watched.complaints, [])
  })
})
