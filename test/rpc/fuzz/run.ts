// A fuzz run: one protocol, a server in another process, so many inputs from several lanes at once.
// After every batch a good call must be answered, and in the end the server must hold what it held
// in the beginning. Throws when something is wrong; the seed repeats the inputs.
import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { connect } from '../../../src/rpc/index.ts'
import { seeded } from '../support/fuzz.ts'
import { openAmqpAttacker } from './amqp-attacker.ts'
import type { Attacker, OpenAttacker } from './attacker.ts'
import { openGrpcAttacker } from './grpc-attacker.ts'
import { openJsonRpcAttacker, openXmlRpcAttacker } from './http-attacker.ts'
import { bad, pick, type Random } from './inputs.ts'
import type { ProtocolName, ServerFigures } from './protocol.ts'
import { throwAt } from './raw-socket.ts'
import type { Attacked } from './recorder.ts'
import { openZerorpcAttacker } from './zerorpc-attacker.ts'

const attackers: Record<ProtocolName, OpenAttacker> = {
  'xml-rpc': openXmlRpcAttacker,
  'json-rpc': openJsonRpcAttacker,
  grpc: openGrpcAttacker,
  zerorpc: openZerorpcAttacker,
  amqp: openAmqpAttacker,
}

const lanes = 8
const batchSize = 1000
const megabyte = 1024 * 1024
/** A batch takes a second or two; a server that hangs never ends it. */
const batchMsMax = 120_000
const callMsMax = 30_000
/** More than the noise between two collections, much less than bad inputs would make if they were kept. */
const heapGrowthMax = 12 * megabyte
const rssGrowthMax = 160 * megabyte

export interface FuzzOptions {
  readonly protocol: ProtocolName
  readonly inputs: number
  readonly seed: number
  /** Told the figures after each ten batches. */
  readonly progress?: (done: number, figures: ServerFigures) => void
}

export interface FuzzReport {
  readonly protocol: ProtocolName
  readonly inputs: number
  readonly seconds: number
  /** When the first batch had warmed the server up. */
  readonly before: ServerFigures
  readonly after: ServerFigures
  readonly blockedMsMax: number
  readonly slowestCallMs: number
}

class ServerProcess {
  readonly #child: ChildProcess
  readonly #ended: Promise<string>
  #errors = ''

  constructor(protocol: ProtocolName) {
    this.#child = fork(join(import.meta.dirname, 'server-child.ts'), [protocol], {
      execArgv: ['--expose-gc', '--max-semi-space-size=4'],
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      // grpc-js would log each header that it drops; what else is written is a complaint.
      env: { ...process.env, GRPC_VERBOSITY: 'NONE' },
    })
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString()).slice(-4000)
    })
    this.#ended = once(this.#child, 'close').then(([code, signal]) => String(code ?? signal))
  }

  async url(): Promise<string> {
    return (await this.#answer<{ url: string }>()).url
  }

  figures(): Promise<ServerFigures> {
    const answer = this.#answer<ServerFigures>()
    this.#child.send('figures')
    return answer
  }

  /** It must be able to end by itself: nothing is left that keeps the process alive. */
  async stop(): Promise<void> {
    this.#child.send('stop')
    const code = await within(this.#ended, 30_000, 'the server does not end')
    assert.equal(code, '0', this.#errors)
    assert.equal(this.#errors, '', 'the server complained')
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #answer<T>(): Promise<T> {
    const answered = new Promise<T>((resolve, reject) => {
      const answer = (message: unknown): void => resolve(message as T)
      this.#child.once('message', answer)
      this.#ended.then((how) => {
        reject(new Error(`the server has died (${how}): ${this.#errors}`))
      }, reject)
    })
    return within(answered, 30_000, 'the server process does not answer')
  }
}

async function within<T>(promise: Promise<T>, ms: number, otherwise: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(otherwise)), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

async function attack(attacker: Attacker, random: Random, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    if (random() * 100 >= attacker.rawPercent) await attacker.framed(random)
    else {
      // Some samples are cruel as they are.
      const bytes =
        random() < 0.1 ? pick(attacker.rawSamples, random) : bad(attacker.rawSamples, random)
      await throwAt(attacker.port, bytes, random)
    }
  }
}

/** As a newcomer: with a connection of its own. */
async function goodCall(url: string): Promise<number> {
  const startMs = performance.now()
  const client = connect<Attacked>(url, { timeoutMs: callMsMax })
  assert.equal(await client.add(20, 22), 42)
  const tookMs = performance.now() - startMs
  await client.$close()
  return tookMs
}

async function settled(server: ServerProcess, before: ServerFigures): Promise<ServerFigures> {
  const until = performance.now() + 30_000
  let figures = await server.figures()
  while (figures.sockets > before.sockets || figures.active > 0) {
    if (performance.now() > until) break
    await new Promise((resolve) => setTimeout(resolve, 100))
    figures = await server.figures()
  }
  return figures
}

export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { protocol, inputs, seed } = options
  const server = new ServerProcess(protocol)
  const startMs = performance.now()
  try {
    const url = await server.url()
    await goodCall(url)
    const fresh = await server.figures()
    const attacker = await attackers[protocol](url)
    const randoms = Array.from({ length: lanes }, (_, lane) => seeded(seed * 1000 + lane))
    let before: ServerFigures | undefined
    let blockedMsMax = 0
    let slowestCallMs = 0
    for (let done = 0; done < inputs; ) {
      const size = Math.min(batchSize, inputs - done)
      const where = `${protocol}, seed ${seed}, after ${done} inputs`
      const shares = randoms.map((random, lane) =>
        attack(attacker, random, Math.floor((size + lane) / lanes)),
      )
      await within(Promise.all(shares), batchMsMax, `${where}: the batch hangs`)
      done += size
      slowestCallMs = Math.max(slowestCallMs, await goodCall(url))
      if (before !== undefined && done % (10 * batchSize) !== 0) continue
      const figures = await server.figures()
      if (before !== undefined) blockedMsMax = Math.max(blockedMsMax, figures.blockedMs)
      before ??= figures
      options.progress?.(done, figures)
    }
    await attacker.close()
    const after = await settled(server, fresh)
    blockedMsMax = Math.max(blockedMsMax, after.blockedMs)
    const warm = before ?? fresh
    assert.ok(after.sockets <= fresh.sockets, `${after.sockets} sockets, ${fresh.sockets} before`)
    assert.equal(after.active, 0, 'calls are still under way')
    assert.ok(after.heap - warm.heap < heapGrowthMax, `heap ${warm.heap} -> ${after.heap}`)
    assert.ok(after.rss - warm.rss < rssGrowthMax, `rss ${warm.rss} -> ${after.rss}`)
    await server.stop()
    const seconds = (performance.now() - startMs) / 1000
    return { protocol, inputs, seconds, before: warm, after, blockedMsMax, slowestCallMs }
  } finally {
    server.kill()
  }
}
