// What a browser says of the console: paint, tasks that block, and scrolling; and what the build weighs.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'

const built = fileURLToPath(new URL('../../dist/console/', import.meta.url))

/** What the page's HTML names, and itself. */
export function bundleSizes(): { firstVisitGzip: number; firstVisitBrotli: number } {
  const html = readFileSync(`${built}index.html`, 'utf8')
  const names = [...html.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, name]) => name ?? '')
  const sum = (suffix: string): number =>
    [...new Set(['index.html', ...names])]
      .map((name) => readFileSync(`${built}${name}.${suffix}`).length)
      .reduce((all, one) => all + one, 0)
  return { firstVisitGzip: sum('gz'), firstVisitBrotli: sum('br') }
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

export interface FirstVisit {
  readonly firstContentfulPaint: number
  /** From the start of loading until the first field has the keys. */
  readonly usable: number
  /** Of tasks, what goes beyond 50 ms. */
  readonly blocked: number
  /** From the press of the login's button until the first row is there. */
  readonly queues: number
}

/** Medians of some visits, each with empty caches. */
export async function firstVisit(
  browser: Browser,
  url: string,
  visits: number,
): Promise<FirstVisit> {
  const all: FirstVisit[] = []
  for (let i = 0; i < visits; i += 1) all.push(await visitOnce(browser, url))
  const median = (pick: (one: FirstVisit) => number): number => percentile(all.map(pick), 0.5)
  return {
    firstContentfulPaint: median((one) => one.firstContentfulPaint),
    usable: median((one) => one.usable),
    blocked: median((one) => one.blocked),
    queues: median((one) => one.queues),
  }
}

async function visitOnce(browser: Browser, url: string): Promise<FirstVisit> {
  const context = await browser.newContext({ viewport: { width: 1360, height: 860 } })
  const page = await context.newPage()
  await page.addInitScript(watchTasks)
  await page.goto(`${url}/#/queues`)
  await page.locator('input[name=username]').waitFor()
  const usable = Number(await page.evaluate('performance.now()'))
  const paint = Number(
    await page.evaluate(
      `new Promise((resolve) => new PerformanceObserver((list) => {
        const found = list.getEntriesByName('first-contentful-paint')[0]
        if (found !== undefined) resolve(found.startTime)
      }).observe({ type: 'paint', buffered: true }))`,
    ),
  )
  const blocked = (await tasksOf(page)).reduce((sum, ms) => sum + Math.max(0, ms - 50), 0)
  await page.locator('input[name=username]').fill('guest')
  await page.locator('input[name=password]').fill('guest')
  const start = performance.now()
  await page.locator('form button[type=submit]').click()
  await page.locator('.grid-row a').first().waitFor()
  const queues = performance.now() - start
  await context.close()
  return { firstContentfulPaint: paint, usable, blocked, queues }
}

const watchTasks = `
  window.tasks = []
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.tasks.push(duration)
  }).observe({ type: 'longtask', buffered: true })
`

async function tasksOf(page: Page): Promise<readonly number[]> {
  return JSON.parse(String(await page.evaluate('JSON.stringify(window.tasks)')))
}

export async function logIn(page: Page, url: string): Promise<void> {
  await page.addInitScript(watchTasks)
  await page.goto(`${url}/`)
  await page.locator('input[name=username]').fill('guest')
  await page.locator('input[name=password]').fill('guest')
  await page.locator('form button[type=submit]').click()
  await page.locator('.shell').waitFor()
}

/** Through all of the queues by the wheel, faster than anybody reads, and some jumps. */
export async function scroll(
  page: Page,
  url: string,
): Promise<{ readonly tasks: readonly number[]; readonly screens: number }> {
  await page.goto(`${url}/#/queues`)
  await page.locator('.grid-row a').first().waitFor()
  await page.waitForTimeout(1000)
  await page.evaluate('window.tasks.length = 0')
  await page.locator('.grid-scroll').hover()
  const screens = 300
  for (let i = 0; i < screens; i += 1) {
    await page.mouse.wheel(0, 700)
    await page.waitForTimeout(16)
  }
  for (const share of [1, 0.5, 0, 0.25, 1]) {
    await page.evaluate(
      `(() => { const list = document.querySelector('.grid-scroll'); list.scrollTo(0, list.scrollHeight * ${share}) })()`,
    )
    await page.waitForTimeout(500)
  }
  return { tasks: await tasksOf(page), screens }
}
