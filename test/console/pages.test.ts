// Every page of the console against a live broker, on a desk and on a phone, in light and dark: it
// shows what is there, complains about nothing, and is accessible. With WARREN_SCREENSHOTS=1 it also
// takes the pictures in docs/img.

import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { allPages } from './support/all-pages.ts'
import {
  accessibilityFaults,
  type Look,
  logIn,
  noBrowser,
  openPage,
  startBrowser,
  visit,
} from './support/browser.ts'
import { type ConsoleBroker, startBroker } from './support/console-broker.ts'
import { buildRpcScene, gatewayLines, type RpcScene } from './support/rpc-scene.ts'
import { api, buildScene, type Scene } from './support/scene.ts'

const looks: readonly Look[] = [
  { size: 'desktop', scheme: 'light' },
  { size: 'desktop', scheme: 'dark' },
  { size: 'phone', scheme: 'light' },
  { size: 'phone', scheme: 'dark' },
]
/** Axe takes its time: one pass over each size and each scheme. */
const examined = (look: Look): boolean =>
  look.size === 'desktop' ? look.scheme === 'light' : look.scheme === 'dark'
/** What is worth a picture of its own on a phone. */
const onPhone = ['login', 'overview', 'queues', 'messages', 'explain', 'rpc']
const pictures =
  process.env.WARREN_SCREENSHOTS === '1'
    ? fileURLToPath(new URL('../../docs/img/', import.meta.url))
    : null

const stirMs = 400
/** Charts in pictures want a past. */
const historyMs = 75_000

describe('console pages', { skip: noBrowser }, () => {
  let broker: ConsoleBroker
  let browser: Browser
  let scene: Scene
  let rpc: RpcScene
  let stirring: Promise<void> | undefined
  const over = new AbortController()

  before(async () => {
    broker = await startBroker(gatewayLines)
    scene = await buildScene(broker)
    rpc = await buildRpcScene(broker)
    browser = await startBrowser()
    await Promise.all([scene.stir(), rpc.stir()])
    stirring = stir()
    if (pictures !== null) await sleep(historyMs)
  })
  after(async () => {
    over.abort()
    await stirring
    await browser?.close()
    await scene?.close()
    await rpc?.close()
    await broker?.stop()
  })

  /** One after the other, however slow the machine is. */
  async function stir(): Promise<void> {
    while (!over.signal.aborted) {
      await Promise.all([scene.stir(), rpc.stir()])
      await sleep(stirMs, undefined, { signal: over.signal }).catch(() => undefined)
    }
  }

  for (const look of looks) {
    const { size, scheme } = look
    test(`all pages on a ${size}, ${scheme}`, async () => {
      const { page, complaints, context } = await openPage(browser, broker, look)
      await page.locator('form').waitFor()
      const faults = examined(look) ? [...(await accessibilityFaults(page, 'login'))] : []
      await picture(page, 'login', look)
      await logIn(page)
      for (const { name, hash, shows } of allPages) {
        await visit(page, hash)
        await page.getByText(shows, { exact: false }).filter({ visible: true }).first().waitFor()
        faults.push(...(await overhang(page, name)))
        if (examined(look)) faults.push(...(await accessibilityFaults(page, name)))
        await picture(page, name, look)
      }
      for (const [name, hash] of await pagesOfClients(broker)) {
        await visit(page, hash)
        await page.locator('.figures').first().waitFor()
        faults.push(...(await overhang(page, name)))
        if (examined(look)) faults.push(...(await accessibilityFaults(page, name)))
        await picture(page, name, look)
      }
      assert.deepEqual(faults, [])
      assert.deepEqual(complaints, [])
      await context.close()
    })
  }

  test('Chinese throughout: no English sentence is left on the overview', async () => {
    const look = { size: 'desktop', scheme: 'light', locale: 'zh-CN' } as const
    const { page, context } = await openPage(browser, broker, look)
    await logIn(page)
    await visit(page, '#/')
    await page.getByRole('heading', { name: '概览' }).waitFor()
    const text = await page.locator('nav.side').innerText()
    assert.doesNotMatch(text.replace(/Warren|rabbit@\S+|RabbitMQ \S+|RPC/g, ''), /[A-Za-z]{3,}/)
    await picture(page, 'overview-zh', look)
    await page.getByRole('button', { name: 'English' }).click()
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    await context.close()
  })
})

/** Connections and channels have names that only the broker knows. */
async function pagesOfClients(
  broker: ConsoleBroker,
): Promise<readonly (readonly [string, string])[]> {
  const kinds = ['connection', 'channel'] as const
  return await Promise.all(
    kinds.map(async (kind) => {
      const list = (await api(broker, `${kind}s`)) as readonly { readonly name: string }[]
      return [kind, `#/${kind}s/${encodeURIComponent(list[0]?.name ?? '')}`] as const
    }),
  )
}

/** The page itself never scrolls sideways; what is wide scrolls in its own frame. */
async function overhang(page: Page, name: string): Promise<readonly string[]> {
  const pixels = await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )
  return Number(pixels) <= 0 ? [] : [`${name} is ${pixels} pixels too wide`]
}

async function picture(page: Page, name: string, { size, scheme }: Look): Promise<void> {
  if (pictures === null) return
  if (size === 'phone' && !onPhone.includes(name)) return
  mkdirSync(pictures, { recursive: true })
  // Charts want a few samples, and all of them a moment to be drawn.
  await page.waitForTimeout(['overview', 'queue', 'rpc'].includes(name) ? 4000 : 500)
  const suffix = size === 'phone' ? `phone-${scheme}` : scheme
  // WebP, which playwright has no name for, is a third of PNG and shows no difference.
  const session = await page.context().newCDPSession(page)
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 70 })
  writeFileSync(`${pictures}${name}-${suffix}.webp`, Buffer.from(data, 'base64'))
}
