// How the console's files and live updates are served: policy, compression, caching, prefixes.

import assert from 'node:assert/strict'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import {
  accessibilityFaults,
  logIn,
  noBrowser,
  openPage,
  startBrowser,
  visit,
} from './support/browser.ts'
import { type ConsoleBroker, startBroker } from './support/console-broker.ts'
import { api } from './support/scene.ts'

const authorization = `Basic ${btoa('guest:guest')}`

describe('serving the console', () => {
  let broker: ConsoleBroker
  before(async () => {
    broker = await startBroker()
  })
  after(async () => {
    await broker?.stop()
  })

  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${broker.managementUrl}${path}`, { headers })
  const assetPath = async (): Promise<string> => {
    const html = await (await get('/')).text()
    return `/${/src="\.\/(assets\/[^"]+\.js)"/.exec(html)?.[1]}`
  }

  test('the page allows nothing inline and nothing from elsewhere', async () => {
    const response = await get('/')
    const policy = response.headers.get('content-security-policy') ?? ''
    assert.match(policy, /default-src 'none'/)
    assert.doesNotMatch(policy, /unsafe|https?:|\*/)
    assert.equal(response.headers.get('cache-control'), 'no-cache')
    const html = await response.text()
    assert.doesNotMatch(html, /style=|<style|<script(?![^>]* src=)|(src|href)="(\/|https?:)/)
  })

  test('assets come compressed and are kept for ever', async () => {
    const response = await get(await assetPath(), { 'accept-encoding': 'br' })
    assert.equal(response.headers.get('content-encoding'), 'br')
    assert.match(response.headers.get('content-type') ?? '', /javascript/)
    assert.match(response.headers.get('cache-control') ?? '', /immutable/)
  })

  test('no path leads out of the directory', async () => {
    for (const path of [
      '/..%2f..%2fpackage.json',
      '/assets/..%2f..%2f.built',
      '/index.html%00.js',
    ]) {
      assert.ok((await get(path)).status >= 400, path)
    }
  })

  test('only other clients than the page are challenged', async () => {
    const plain = await get('/api/whoami')
    assert.equal(plain.status, 401)
    assert.match(plain.headers.get('www-authenticate') ?? '', /^Basic/)
    const page = await get('/api/whoami', { 'x-requested-with': 'warren-console' })
    assert.equal(page.status, 401)
    assert.equal(page.headers.get('www-authenticate'), null)
  })

  test('the stream brings totals and what happens', async () => {
    const text = await streamed('stream', 'streamed')
    const overview = /event: overview\ndata: (.*)\n/.exec(text)?.[1] ?? ''
    assert.equal(JSON.parse(overview).object_totals.queues, 0)
    assert.equal((await get('/api/stream')).status, 401)
  })

  test('the stream brings no more than is asked for', async () => {
    const [totals, events] = await Promise.all([
      streamed('stream?columns=object_totals.queues', 'less'),
      streamed('stream?overview=false', 'less'),
    ])
    assert.match(totals, /event: overview\ndata: \{"object_totals":\{"queues":\d+\}\}\n/)
    assert.doesNotMatch(events, /event: overview/)
  })

  /** What a stream says until it tells that the queue was made, which is made once it is open. */
  async function streamed(path: string, queue: string): Promise<string> {
    const abort = new AbortController()
    const response = await fetch(`${broker.managementUrl}/api/${path}`, {
      headers: { authorization },
      signal: abort.signal,
    })
    assert.equal(response.headers.get('content-type'), 'text/event-stream')
    await api(broker, `queues/%2F/${queue}`, { method: 'DELETE' }).catch(() => undefined)
    await api(broker, `queues/%2F/${queue}`, { method: 'PUT', body: { durable: false } })
    let text = ''
    for await (const part of response.body ?? []) {
      text += new TextDecoder().decode(part)
      if (new RegExp(`event: event\\ndata: .*"kind":"queue\\.created".*${queue}`).test(text)) break
    }
    abort.abort()
    return text
  }

  test('it works behind a prefix that a proxy takes off', { skip: noBrowser }, async () => {
    const proxy = await startProxy(String(broker.managementUrl), '/tools/mq')
    const browser = await startBrowser()
    try {
      const { port } = proxy.address() as AddressInfo
      const look = { size: 'phone', scheme: 'light' } as const
      const { page, complaints } = await openPage(browser, broker, look)
      await page.goto(`http://127.0.0.1:${port}/tools/mq/`)
      await logIn(page)
      await visit(page, '#/queues')
      await page.getByRole('link', { name: 'streamed' }).waitFor()
      await visit(page, '#/rpc')
      await page.getByText('gateway.xml_rpc = 4242').waitFor()
      assert.deepEqual(await accessibilityFaults(page, 'rpc without a gateway'), [])
      assert.deepEqual(complaints, [])
    } finally {
      await browser.close()
      proxy.closeAllConnections()
      proxy.close()
    }
  })
})

async function startProxy(target: string, prefix: string): Promise<Server> {
  const { hostname, port } = new URL(target)
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? ''
    if (!path.startsWith(`${prefix}/`)) {
      outgoing.writeHead(404).end()
      return
    }
    const { method = 'GET', headers } = incoming
    const options = { hostname, port, method, headers, path: path.slice(prefix.length) }
    const onward = request(options, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => outgoing.destroy())
    outgoing.on('close', () => onward.destroy())
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}
