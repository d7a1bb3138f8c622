// What the console costs: bytes and time until it can be used, how it scrolls through 10,000 queues,
// and what an open page takes from the broker that also has 1,000 connections and as much traffic as it
// can bear. Traffic is measured in turns with the queue page closed and open, so that whatever else the
// machine does falls on both. The browser takes its own share of the processors; with two of them that
// is most of the difference, which is why processor time is told apart.
//
//   node bench/console.ts [rounds] [seconds of each turn]

import { spawnSync } from 'node:child_process'
import { chromium } from 'playwright-core'
import { startBench } from './lib/console-bench.ts'
import { bundleSizes, firstVisit, logIn, percentile, scroll } from './lib/console-page.ts'
import { cpuSeconds, processTree } from './lib/process-stats.ts'

const rounds = Number(process.argv[2] ?? 8)
const turnSeconds = Number(process.argv[3] ?? 10)
const listRequests = 200
/** What a page does once, when it is opened, is told by the times of the first visit. */
const settleMs = 2500

spawnSync(process.execPath, ['console/scripts/build.js'])
const bench = await startBench({ queues: 10_000, connections: 1000 })
const server = await chromium.launchServer({
  executablePath: '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic'],
})
const browser = await chromium.connect(server.wsEndpoint())
try {
  const { firstVisitGzip, firstVisitBrotli } = bundleSizes()
  line('first visit loads', `${kilobytes(firstVisitGzip)} gzip, ${kilobytes(firstVisitBrotli)} br`)
  await tellFirstVisit()
  await tellLists('at rest')
  await tellScrolling()
  await Promise.all([bench.traffic(turnSeconds), tellLists('under traffic')])
  await tellRates()
} finally {
  await server.close()
  await bench.stop()
}

/** Without a throttled network or processor: what the page itself takes. */
async function tellFirstVisit(): Promise<void> {
  const times = await firstVisit(browser, bench.managementUrl, 5)
  line('first contentful paint', `${times.firstContentfulPaint.toFixed(0)} ms`)
  line('usable (login takes keys)', `${times.usable.toFixed(0)} ms`)
  line('blocked before that', `${times.blocked.toFixed(0)} ms`)
  line('login to first queue in sight', `${times.queues.toFixed(0)} ms`)
}

async function tellLists(when: string): Promise<void> {
  const columns = 'name,vhost,messages,consumers,message_stats.publish_details.rate'
  for (const query of ['page=1', `page=1&sort=messages&sort_reverse=true&columns=${columns}`]) {
    const times: number[] = []
    for (let i = 0; i < listRequests; i += 1) {
      const start = performance.now()
      await bench.request(`queues?${query}`)
      times.push(performance.now() - start)
    }
    const [p50, p95] = [percentile(times, 0.5), percentile(times, 0.95)]
    const what = query.length > 10 ? 'by messages, few columns' : 'page=1'
    line(`/api/queues ${what} ${when}`, `p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms`)
  }
}

async function tellScrolling(): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1360, height: 860 } })
  await logIn(page, bench.managementUrl)
  const { tasks, screens } = await scroll(page, bench.managementUrl)
  const longest = Math.max(0, ...tasks)
  line(
    `scrolling ${screens} screens of queues`,
    `${tasks.length} tasks over 50 ms, longest ${longest.toFixed(0)} ms`,
  )
  await page.close()
}

interface Turn {
  readonly rate: number
  readonly brokerCpu: number
  readonly browserCpu: number
}

async function tellRates(): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1360, height: 860 } })
  await logIn(page, bench.managementUrl)
  const turns = { closed: [] as Turn[], open: [] as Turn[] }
  for (let round = 0; round < rounds; round += 1) {
    await page.goto('about:blank')
    turns.closed.push(await turn())
    await page.goto(`${bench.managementUrl}/#/queues`)
    await page.locator('.grid-row a').first().waitFor()
    turns.open.push(await turn())
  }
  const median = (all: readonly Turn[], pick: (one: Turn) => number): number =>
    percentile(all.map(pick), 0.5)
  for (const [name, all] of Object.entries(turns)) {
    const cpu = `processors: broker ${share(median(all, (one) => one.brokerCpu))}, browser ${share(median(all, (one) => one.browserCpu))}`
    line(`queue page ${name}`, `${median(all, ({ rate }) => rate).toFixed(0)} messages/s, ${cpu}`)
  }
  // Neighbours in time are compared, since the machine has moods that last longer than a turn.
  const losses = turns.open.map((open, index) => 1 - open.rate / turns.closed[index]!.rate)
  const perMessage = (one: Turn): number => one.brokerCpu / one.rate
  const dearer = median(turns.open, perMessage) / median(turns.closed, perMessage) - 1
  line('message rate lost', `${(percentile(losses, 0.5) * 100).toFixed(1)} % (median of ${rounds})`)
  line('broker time per message', `${dearer < 0 ? '' : '+'}${(dearer * 100).toFixed(1)} %`)
}

async function turn(): Promise<Turn> {
  await pause(settleMs)
  const ticks = (): readonly [number, number] => [
    cpuSeconds([bench.pid]),
    cpuSeconds(processTree(server.process().pid ?? 0)),
  ]
  const [broker, others] = ticks()
  const start = performance.now()
  const rate = await bench.traffic(turnSeconds)
  const seconds = (performance.now() - start) / 1000
  const [brokerAfter, othersAfter] = ticks()
  return {
    rate,
    brokerCpu: (brokerAfter - broker) / seconds,
    browserCpu: (othersAfter - others) / seconds,
  }
}

function line(what: string, figure: string): void {
  console.log(`${what.padEnd(52)} ${figure}`)
}

function share(processors: number): string {
  return processors.toFixed(2)
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KB`
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms))
}
