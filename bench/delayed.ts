// Delayed messages in numbers: adds a million over AMQP with confirms, lists a page and cancels some
// over HTTP, kills the broker, starts it again and takes the rest, measuring rates, memory, the time
// of the restart and how late messages come.
//
//   node bench/delayed.ts [messages] [seconds over which they come due] [body bytes] [seconds to add them]
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import amqplib from 'amqplib'

const total = Number(process.argv[2] ?? 1_000_000)
const spreadMs = Number(process.argv[3] ?? 60) * 1000
const body = Buffer.alloc(Number(process.argv[4] ?? 100), 'x')
const port = 25_871
const url = `amqp://guest:guest@127.0.0.1:${port}`
const api = `http://127.0.0.1:${port + 1}/api/delayed/%2F`
const headers = { authorization: `Basic ${Buffer.from('guest:guest').toString('base64')}` }
const directory = mkdtempSync(join(tmpdir(), 'warren-delayed-'))
const cancelCount = 1000

interface Running {
  readonly kill: () => Promise<void>
  readonly rssMb: () => number
  readonly startMs: number
}

async function start(): Promise<Running> {
  const startedAt = performance.now()
  const main = join(import.meta.dirname, '..', 'src', 'main.ts')
  const flags = ['--port', `${port}`, '--management-port', `${port + 1}`, '--data-dir', directory]
  const child = spawn(process.execPath, [main, '--bind', '127.0.0.1', ...flags], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (text: Buffer) => {
      if (text.toString().includes('listens')) resolve()
    })
  })
  const ended = new Promise<void>((resolve) => {
    child.on('exit', () => resolve())
  })
  return {
    startMs: performance.now() - startedAt,
    rssMb: () => {
      const [, kb] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? []
      return Math.round(Number(kb) / 1024)
    },
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

async function add(broker: Running, dueFromMs: number): Promise<void> {
  const connection = await amqplib.connect(url)
  const channel = await connection.createConfirmChannel()
  await channel.assertExchange('delayed', 'x-delayed-message', {
    arguments: { 'x-delayed-type': 'direct' },
  })
  await channel.assertQueue('out')
  await channel.bindQueue('out', 'delayed', 'k')
  const startedAt = performance.now()
  let peakMb = 0
  for (let sent = 0; sent < total; ) {
    for (const end = Math.min(sent + 2000, total); sent < end; sent += 1) {
      const due = dueFromMs + Math.floor(Math.random() * spreadMs)
      channel.publish('delayed', 'k', body, {
        persistent: true,
        messageId: String(due),
        headers: { 'x-delay': Math.max(1, due - Date.now()) },
      })
    }
    await channel.waitForConfirms()
    if (sent % 100_000 === 0) peakMb = Math.max(peakMb, broker.rssMb())
  }
  const seconds = (performance.now() - startedAt) / 1000
  console.log(
    `added ${total} in ${seconds.toFixed(1)} s: ${Math.round(total / seconds)}/s confirmed`,
  )
  console.log(`RSS: at most ${peakMb} MB while adding, ${broker.rssMb()} MB then`)
  await connection.close()
}

async function cancelSome(): Promise<void> {
  const pages = Math.ceil(total / 500)
  let startedAt = performance.now()
  await (await fetch(`${api}?page=${pages}&page_size=500`, { headers })).json()
  console.log(`last page of ${pages} listed in ${(performance.now() - startedAt).toFixed(0)} ms`)
  startedAt = performance.now()
  for (let left = cancelCount; left > 0; left -= 100) {
    const page = await (await fetch(`${api}?page=2&page_size=100`, { headers })).json()
    for (const { id } of (page as { items: { id: number }[] }).items) {
      await fetch(`${api}/${id}`, { method: 'DELETE', headers })
    }
  }
  console.log(`${cancelCount} cancelled in ${(performance.now() - startedAt).toFixed(0)} ms`)
}

/** Takes what is left; resolves when it has all come. */
async function takeAll(broker: Running): Promise<void> {
  const connection = await amqplib.connect(url)
  const channel = await connection.createChannel()
  await channel.prefetch(2000)
  const late: number[] = []
  let peakMb = 0
  await new Promise<void>((resolve) => {
    void channel.consume('out', (message) => {
      if (message === null) return
      late.push(Date.now() - Number(message.properties.messageId))
      channel.ack(message)
      if (late.length % 50_000 === 0) peakMb = Math.max(peakMb, broker.rssMb())
      if (late.length === total - cancelCount) resolve()
    })
  })
  late.sort((a, b) => a - b)
  const at = (share: number): number => late[Math.floor((late.length - 1) * share)] ?? 0
  console.log(
    `late by: median ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms, least ${at(0)} ms`,
  )
  console.log(`RSS: at most ${peakMb} MB while delivering`)
  await connection.close()
}

const first = await start()
// Long enough for all of them to be added, and for the restart.
const dueFromMs = Date.now() + Number(process.argv[5] ?? 20 + total / 10_000) * 1000
await add(first, dueFromMs)
await cancelSome()
console.log(`file: ${Math.round(statSync(join(directory, 'delayed.sqlite')).size / 2 ** 20)} MB`)
await first.kill()
const second = await start()
console.log(`restart after kill -9: ${second.startMs.toFixed(0)} ms, RSS ${second.rssMb()} MB`)
const leftMs = dueFromMs - Date.now()
console.log(`${Math.round(leftMs / 1000)} s until the first is due`)
await takeAll(second)
await second.kill()
rmSync(directory, { recursive: true, force: true })
