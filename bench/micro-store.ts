// Measures the message log alone: node bench/micro-store.ts [throughput|latency|backlog] [count].
// Each part prints a table. Directories are made under the system's temporary one and removed.

import { spawnSync } from 'node:child_process'
import { closeSync, fdatasync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Message } from '../src/broker/message.ts'
import { QueueEntry } from '../src/broker/queues/entry.ts'
import { openStore, type Store } from '../src/storage/open-store.ts'
import type { Durability } from '../src/storage/syncer.ts'
import { testMessage } from '../test/simulation/message-log.cases.ts'
import { systemClock } from '../test/simulation/system-clock.ts'

const mebibyte = 1 << 20
const [part = 'all', countText = '', path = '', sizeText = '100'] = process.argv.slice(2)

const open = (directory: string, durability: Durability): Promise<Store> =>
  openStore({ directory, durability, clock: systemClock })

async function inDirectory<T>(body: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'warren-bench-'))
  try {
    return await body(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const turnOver = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Publishes and acknowledges turns of messages; with syncs it keeps one sync ahead. */
async function throughput(size: number, perTurn: number, durability: Durability): Promise<number> {
  return await inDirectory(async (directory) => {
    const { log, close } = await open(directory, durability)
    const { lane } = log.openLane(1, true)
    const message = testMessage(Buffer.alloc(size, 'x'))
    const total = Math.min(2_000_000, Math.ceil((600 * mebibyte) / (size + 100)))
    let sequence = 1
    const start = performance.now()
    for (let done = 0; done < total && performance.now() - start < 4000; done += perTurn) {
      for (let i = 0; i < perTurn; i += 1) {
        const position = log.publish(message, [{ laneId: 1, sequence }], true)
        const entry = new QueueEntry(sequence, message, position, size)
        lane.delivered(sequence)
        lane.removed(entry)
        sequence += 1
      }
      log.commitTurn()
      await turnOver()
    }
    const rate = ((sequence - 1) / (performance.now() - start)) * 1000
    await close()
    return rate
  })
}

/** One confirmed message after the other, as a lone publisher has it. */
async function* oneInFlight(directory: string, size: number): AsyncGenerator<void> {
  const { log, close } = await open(directory, 'fsync')
  const { lane } = log.openLane(1, true)
  const message = testMessage(Buffer.alloc(size, 'x'))
  try {
    for (let sequence = 1; ; sequence += 1) {
      const position = log.publish(message, [{ laneId: 1, sequence }], true)
      log.commitTurn()
      await new Promise<void>((resolve) => {
        log.onDurable = () => {
          if (log.durablePosition >= position) resolve()
        }
      })
      lane.removed(new QueueEntry(sequence, message, position, size))
      yield
    }
  } finally {
    await close()
  }
}

/** What the disk gives a program that does nothing else: append and fdatasync, one at a time. */
async function* bareLoop(directory: string, size: number): AsyncGenerator<void> {
  const handle = openSync(join(directory, 'bare'), 'w')
  const bytes = Buffer.alloc(size, 'x')
  try {
    for (;;) {
      writeSync(handle, bytes)
      await new Promise<void>((resolve, reject) => {
        fdatasync(handle, (error) => (error === null ? resolve() : reject(error)))
      })
      yield
    }
  } finally {
    closeSync(handle)
  }
}

/** Runs both in turn, since the disk's speed changes with what others do to it. */
async function compareLatency(size: number, rounds: number, perRound: number): Promise<void> {
  await inDirectory(async (directory) => {
    const runs = [oneInFlight(directory, size), bareLoop(directory, size)] as const
    const times: [number[], number[]] = [[], []]
    for (let round = 0; round < rounds; round += 1) {
      for (const [i, run] of runs.entries()) {
        const start = performance.now()
        for (let done = 0; done < perRound; done += 1) await run.next()
        times[i === 0 ? 0 : 1].push((performance.now() - start) / perRound)
      }
    }
    for (const run of runs) await run.return(undefined)
    const [log, bare] = times.map((list) => list.sort((a, b) => a - b)[rounds >> 1] ?? 0)
    const share = Math.round(((bare ?? 0) / (log ?? 1)) * 100)
    console.log(
      `one ${size} B message in flight, median of ${rounds} rounds: ` +
        `${Math.round(1000 / (log ?? 1))}/s, bare loop ${Math.round(1000 / (bare ?? 1))}/s, ${share} %`,
    )
  })
}

/** Fills a backlog and dies as if killed: run in a process of its own. */
async function fillAndDie(directory: string, count: number, size: number): Promise<void> {
  const { log } = await open(directory, 'fsync')
  const { lane } = log.openLane(1, true)
  const message = testMessage(Buffer.alloc(size, 'x'))
  for (let sequence = 1; sequence <= count; sequence += 1) {
    const position = log.publish(message, [{ laneId: 1, sequence }], true)
    lane.backlog.push(new QueueEntry(sequence, message, position, size))
    if (sequence % 500 !== 0) continue
    log.commitTurn()
    await turnOver()
  }
  log.commitTurn()
  process.kill(process.pid, 'SIGKILL')
}

/** How long a start takes after a kill, when part of the log has to be read. */
async function startAfterKill(count: number, size: number): Promise<void> {
  await inDirectory(async (directory) => {
    const script = new URL(import.meta.url).pathname
    spawnSync(process.execPath, [script, 'fill-and-die', `${count}`, directory, `${size}`])
    const start = performance.now()
    const store = await open(directory, 'fsync')
    const { lane } = store.log.openLane(1, true)
    console.log(
      `start after kill -9: ${ms(performance.now() - start)}, ${lane.backlog.count} waiting`,
    )
    const [first] = await new Promise<QueueEntry[]>((resolve) => {
      lane.backlog.take(1, mebibyte, (entries, run) => resolve(run?.unfold() ?? [...entries]))
    })
    console.log(`first message after ${ms(performance.now() - start)}: sequence ${first?.sequence}`)
    const clearing = performance.now()
    lane.backlog.clear()
    store.log.commitTurn()
    console.log(`purged in ${ms(performance.now() - clearing)}`)
    await store.close()
  })
}

const rss = (): number => process.memoryUsage.rss() / mebibyte

/** Fills a backlog, closes, opens and drains it, and tells what memory and time that takes. */
async function backlog(count: number, size: number): Promise<void> {
  await inDirectory(async (directory) => {
    const perTurn = 500
    const before = rss()
    let peak = before
    let store = await open(directory, 'fsync')
    let { lane } = store.log.openLane(1, true)
    const message: Message = testMessage(Buffer.alloc(size, 'x'))
    let start = performance.now()
    for (let sequence = 1; sequence <= count; ) {
      for (let i = 0; i < perTurn && sequence <= count; i += 1, sequence += 1) {
        const position = store.log.publish(message, [{ laneId: 1, sequence }], true)
        lane.backlog.push(new QueueEntry(sequence, message, position, size))
      }
      store.log.commitTurn()
      await turnOver()
      if (sequence % 50_000 < perTurn) peak = Math.max(peak, rss())
    }
    const filled = performance.now() - start
    globalThis.gc?.()
    console.log(
      `filled ${count} x ${size} B: ${rate(count, filled)}, peak RSS +${mb(peak - before)}`,
    )
    console.log(`at rest: RSS +${mb(rss() - before)}, on disk ${mb(store.diskBytes / mebibyte)}`)
    start = performance.now()
    await store.close()
    console.log(`clean stop: ${ms(performance.now() - start)}`)
    start = performance.now()
    store = await open(directory, 'fsync')
    const opened = store.log.openLane(1, true)
    console.log(`start: ${ms(performance.now() - start)}, ${opened.lane.backlog.count} waiting`)
    lane = opened.lane
    start = performance.now()
    let next = 1
    let longestMs = 0
    while (lane.backlog.count > 0) {
      const entries = await new Promise<QueueEntry[]>((resolve) => {
        lane.backlog.take(4096, mebibyte, (entries, run) => resolve(run?.unfold() ?? [...entries]))
      })
      const busy = performance.now()
      for (const entry of entries) {
        if (entry.sequence !== next) throw new Error(`expected ${next}, got ${entry.sequence}`)
        next += 1
        lane.delivered(entry.sequence)
        lane.removed(entry)
      }
      store.log.commitTurn()
      longestMs = Math.max(longestMs, performance.now() - busy)
      peak = Math.max(peak, rss())
    }
    const drained = performance.now() - start
    console.log(`drained in order: ${rate(count, drained)}, longest turn ${ms(longestMs)}`)
    await new Promise((resolve) => setTimeout(resolve, 2500))
    console.log(`on disk after that: ${mb(store.diskBytes / mebibyte)}`)
    await store.close()
  })
}

const rate = (count: number, forMs: number): string => `${Math.round(count / forMs)} k/s`
const mb = (value: number): string => `${value.toFixed(0)} MiB`
const ms = (value: number): string => `${value.toFixed(0)} ms`

if (part === 'fill-and-die') await fillAndDie(path, Number(countText), Number(sizeText))

const free = statfsSync(tmpdir())
console.log(`node ${process.version}, ${mb((free.bavail * free.bsize) / mebibyte)} free`)

if (part === 'throughput' || part === 'all') {
  for (const durability of ['none', 'fsync'] as const) {
    for (const size of [16, 100, 1024, 16_384]) {
      const rates: string[] = []
      for (const perTurn of [1, 16, 128, 1024]) {
        const perSecond = await throughput(size, perTurn, durability)
        rates.push(`${perTurn}: ${Math.round(perSecond / 1000)} k`)
      }
      console.log(
        `publish + ack per second, ${durability}, ${size} B, by turn  ${rates.join('  ')}`,
      )
    }
  }
}
if (part === 'latency' || part === 'all') {
  for (const size of [100, 1024, 16_384]) await compareLatency(size, 21, 200)
}
if (part === 'backlog' || part === 'all') {
  for (const size of [100, 1024]) {
    const count = Number(countText) || (size === 100 ? 10_000_000 : 1_000_000)
    await backlog(count, size)
    await startAfterKill(count, size)
  }
}
