// A browser that looks at a broker's console: Debian's Chromium, driven by playwright-core. Where there
// is none the tests are skipped, unless WARREN_REQUIRE_PEERS says that all peers have to be there.

import { existsSync } from 'node:fs'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import type { ConsoleBroker } from './console-broker.ts'

const executablePath = '/usr/bin/chromium'

/** For the option `skip` of a test. */
export const noBrowser: string | false =
  existsSync(executablePath) || process.env.WARREN_REQUIRE_PEERS === '1'
    ? false
    : 'chromium is not installed'

export interface Look {
  readonly size: 'desktop' | 'phone'
  readonly scheme: 'light' | 'dark'
  readonly locale?: string
}

const viewports = {
  desktop: { width: 1360, height: 860 },
  phone: { width: 390, height: 844 },
} as const

export async function startBrowser(): Promise<Browser> {
  return await chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** What the page complained about: errors of scripts, refusals of its policy, failed requests. */
export interface Watched {
  readonly page: Page
  readonly complaints: string[]
  readonly context: BrowserContext
}

export async function openPage(
  browser: Browser,
  broker: ConsoleBroker,
  look: Look,
): Promise<Watched> {
  const context = await browser.newContext({
    viewport: viewports[look.size],
    colorScheme: look.scheme,
    locale: look.locale ?? 'en-GB',
    reducedMotion: 'reduce',
    acceptDownloads: true,
  })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(`${error.message} ${error.stack}`))
  page.on('console', (line) => {
    if (line.type() === 'error' || line.type() === 'warning') complaints.push(line.text())
  })
  await page.goto(`${broker.managementUrl}/`)
  return { page, complaints, context }
}

export async function logIn(page: Page, user = 'guest', password = 'guest'): Promise<void> {
  await page.locator('input[name=username]').fill(user)
  await page.locator('input[name=password]').fill(password)
  await page.locator('form button[type=submit]').click()
  await page.locator('.shell').waitFor()
}

/**
 * Goes to a page by its address and waits until that page, not the one before, shows something else
 * than "loading".
 */
export async function visit(page: Page, hash: string): Promise<void> {
  await page.evaluate(`(${goTo})(${JSON.stringify(hash)})`)
  await page.locator('main h1').waitFor()
  await page.locator('.loading').first().waitFor({ state: 'detached' })
}

/** Runs in the browser, where the console's own listener for the address comes first and draws at once. */
const goTo = `(hash) => location.hash === hash || new Promise((resolve) => {
  addEventListener('hashchange', () => setTimeout(resolve), { once: true })
  location.hash = hash
})`

/** Accessibility by axe: gives what is wrong, of which there should be nothing. */
export async function accessibilityFaults(page: Page, what: string): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze()
  return violations.map(({ id, help, nodes }) => {
    const [first] = nodes
    return `${what}: ${id}, ${help} (${nodes.length}): ${first?.html} ${first?.failureSummary}`
  })
}
