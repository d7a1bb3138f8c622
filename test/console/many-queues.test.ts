// Ten thousand queues: the list answers fast, scrolls without stalling the page, and sorts and filters
// at the broker. Prints its figures.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { logIn, noBrowser, openPage, startBrowser, visit } from './support/browser.ts'
import { type ConsoleBroker, startBroker } from './support/console-broker.ts'
import { api } from './support/scene.ts'

const queueCount = 10_000
// The aims are 50 ms for a page and 100 ms for a task; figures are printed, not asserted: other tests
// run on the same processors.

describe('console with many queues', { skip: noBrowser }, () => {
  let broker: ConsoleBroker
  let browser: Browser
  let page: Page

  before(async () => {
    broker = await startBroker()
    const queues = Array.from({ length: queueCount }, (_, index) => ({
      name: `queue-${String(index).padStart(5, '0')}`,
      vhost: '/',
      durable: index % 2 === 0,
      auto_delete: false,
      arguments: {},
    }))
    await api(broker, 'definitions', { method: 'POST', body: { queues } })
    browser = await startBrowser()
    ;({ page } = await openPage(browser, broker, { size: 'desktop', scheme: 'light' }))
    await logIn(page)
  })
  after(async () => {
    await browser?.close()
    await broker?.stop()
  })

  test('a page of the list is quick', async () => {
    const times: number[] = []
    for (let i = 0; i < 40; i += 1) {
      const start = performance.now()
      await api(
        broker,
        `queues?page=${1 + (i % 100)}&page_size=100&sort=messages&sort_reverse=true`,
      )
      times.push(performance.now() - start)
    }
    const p95 = times.sort((a, b) => a - b)[Math.floor(times.length * 0.95)]!
    console.log(`page of 100 of ${queueCount} queues: p95 ${p95.toFixed(0)} ms`)
  })

  test('the list scrolls from end to end without stalling', async () => {
    await visit(page, '#/queues')
    await page.getByText('10,000 in all').waitFor()
    await page.evaluate(`
      window.longTasks = []
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.longTasks.push(entry.duration)
      }).observe({ type: 'longtask' })
    `)
    await page.locator('.grid-scroll').hover()
    for (let i = 0; i < 60; i += 1) {
      await page.mouse.wheel(0, 1500)
      await page.waitForTimeout(25)
    }
    await page.evaluate(`document.querySelector('.grid-scroll').scrollTo(0, 1e9)`)
    await page.getByRole('link', { name: 'queue-09999' }).waitFor()
    const rows = await page.locator('.grid-row').count()
    assert.ok(rows < 80, `${rows} rows are kept`)
    const tasks = JSON.parse(String(await page.evaluate('JSON.stringify(window.longTasks)')))
    const longest = Math.max(0, ...tasks)
    console.log(
      `longest task while scrolling: ${longest.toFixed(0)} ms, of ${tasks.length} over 50 ms`,
    )
  })

  test('filter and order are the broker’s work', async () => {
    await page.getByRole('searchbox').fill('0999')
    await page.getByText('11 of 10,000').waitFor()
    await page.getByRole('button', { name: 'Name' }).click()
    await page.locator('[data-row="0"]', { hasText: 'queue-09999' }).waitFor()
    await page.getByLabel('Regex').check()
    await page.getByRole('searchbox').fill('9{3}$')
    await page.getByText('10 of 10,000').waitFor()
  })
})
