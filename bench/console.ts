// What the open console costs the broker: 10,000 queues and some traffic, in turns with the queue
// page closed and open, so that whatever else the machine does falls on both. The browser takes its own
// share of the processors; with two of them that is most of the difference.
//
//   node bench/console.ts [rounds]

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import amqp from 'amqplib'
import { chromium, type Page } from 'playwright-core'

const rounds = Number(process.argv[2] ?? 6)
const secondsPerTurn = 4
const queueCount = 10_000
const [amqpPort, managementPort] = [35_610, 35_611]
const managementUrl = `http://127.0.0.1:${managementPort}`
const authorization = `Basic ${btoa('guest:guest')}`

const data = mkdtempSync(join(tmpdir(), 'warren-console-'))
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const broker = spawn(
  process.execPath,
  [
    main,
    ...['--port', String(amqpPort), '--management-port', String(managementPort)],
    ...['--bind', '127.0.0.1', '--data-dir', data, '--log-level', 'none'],
  ],
  { stdio: ['ignore', 'pipe', 'inherit'] },
)
try {
  await once(broker.stdout, 'data')
  await measure()
} finally {
  broker.kill()
  await once(broker, 'exit')
  rmSync(data, { recursive: true, force: true })
}

async function measure(): Promise<void> {
  const queues = Array.from({ length: queueCount }, (_, index) => ({
    name: `queue-${index}`,
    vhost: '/',
    durable: false,
    auto_delete: false,
    arguments: {},
  }))
  const imported = await fetch(`${managementUrl}/api/definitions`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ queues }),
  })
  if (!imported.ok) throw new Error(await imported.text())
  const traffic = await startTraffic()
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic'],
  })
  const page = await browser.newPage()
  await logIn(page)
  const rates = { closed: [] as number[], open: [] as number[] }
  for (let round = 0; round < rounds; round += 1) {
    await page.goto('about:blank')
    rates.closed.push(await traffic.rate())
    await page.goto(`${managementUrl}/#/queues`)
    await page.getByText('queue-1', { exact: true }).waitFor()
    rates.open.push(await traffic.rate())
  }
  const [closed, open] = [median(rates.closed), median(rates.open)]
  const change = ((open - closed) / closed) * 100
  console.log(`queue page closed: ${closed.toFixed(0)} messages/s (median of ${rounds})`)
  console.log(`queue page open:   ${open.toFixed(0)} messages/s, ${change.toFixed(1)} %`)
  await browser.close()
  await traffic.stop()
}

async function logIn(page: Page): Promise<void> {
  await page.goto(`${managementUrl}/`)
  await page.locator('input[name=username]').fill('guest')
  await page.locator('input[name=password]').fill('guest')
  await page.locator('form button[type=submit]').click()
  await page.locator('.shell').waitFor()
}

/** One publisher and one consumer with a bounded number of messages between them. */
async function startTraffic(): Promise<{ rate: () => Promise<number>; stop: () => Promise<void> }> {
  const connection = await amqp.connect(`amqp://127.0.0.1:${amqpPort}`)
  const channel = await connection.createChannel()
  const body = Buffer.alloc(100)
  const target = 'queue-0'
  let consumed = 0
  await channel.consume(
    target,
    () => {
      consumed += 1
      channel.sendToQueue(target, body)
    },
    { noAck: true },
  )
  for (let i = 0; i < 1000; i += 1) channel.sendToQueue(target, body)
  return {
    rate: async () => {
      const [before, start] = [consumed, performance.now()]
      await new Promise((resolve) => setTimeout(resolve, secondsPerTurn * 1000))
      return (consumed - before) / ((performance.now() - start) / 1000)
    },
    stop: () => connection.close(),
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
