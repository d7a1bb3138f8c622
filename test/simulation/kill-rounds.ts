// Kills a broker with SIGKILL at random moments while publishers wait for confirms and consumers
// acknowledge, starts it again on the same directory, and holds what it promised against what comes.
//
// A client cannot see when its acknowledgement is on disk. But the log is one: a message that was
// published after the acknowledgement, on the same channel, and is confirmed, proves it.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type ConfirmChannel, type ConsumeMessage, connect } from 'amqplib'
import { SeededRandom } from './fault-files.ts'

const queueNames = ['kill-a', 'kill-b', 'kill-c']
const markerQueue = 'kill-markers'
const publishersPerRound = 3
const unconfirmedMax = 200
const prefetch = 60

export interface KillReport {
  readonly rounds: number
  readonly confirmed: number
  readonly consumed: number
  readonly redelivered: number
  readonly provenAcks: number
}

/** What the world outside of the broker remembers across its lives. */
class Memory {
  readonly confirmed = new Set<string>()
  readonly consumed = new Set<string>()
  /** Messages whose acknowledgement is known to be on disk. */
  readonly settled = new Set<string>()
  redelivered = 0
  #next = 1

  nextId(): string {
    const id = String(this.#next)
    this.#next += 1
    return id
  }
}

export interface RunningBroker {
  readonly child: ChildProcess
  readonly url: string
  readonly exited: Promise<void>
}

export async function runKillRounds(rounds: number, seed: number): Promise<KillReport> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'warren-kill-'))
  const random = new SeededRandom(seed)
  const memory = new Memory()
  let broker: RunningBroker | null = null
  try {
    for (let round = 1; round <= rounds; round += 1) {
      broker = await startBroker(dataDirectory)
      await live(broker, memory, 150 + random.below(700))
    }
    broker = await startBroker(dataDirectory)
    await drain(broker, memory)
  } finally {
    broker?.child.kill('SIGKILL')
    await broker?.exited
    rmSync(dataDirectory, { recursive: true, force: true })
  }
  const lost = [...memory.confirmed].filter((id) => !memory.consumed.has(id))
  assert.deepEqual(lost, [], `${lost.length} confirmed messages were lost`)
  return {
    rounds,
    confirmed: memory.confirmed.size,
    consumed: memory.consumed.size,
    redelivered: memory.redelivered,
    provenAcks: memory.settled.size,
  }
}

export async function startBroker(dataDirectory: string): Promise<RunningBroker> {
  const script = new URL('./kill-broker-child.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [script, dataDirectory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const lines = createInterface({ input: child.stdout })
  const port = await Promise.race([
    new Promise<string>((resolve) => lines.once('line', resolve)),
    exited.then(() => Promise.reject(new Error('the broker did not start'))),
  ])
  return { child, url: `amqp://127.0.0.1:${port}`, exited }
}

/** One life: clients at work, then the end. */
async function live(broker: RunningBroker, memory: Memory, lifeMs: number): Promise<void> {
  const failures: unknown[] = []
  const channels = await Promise.all(
    Array.from({ length: publishersPerRound + queueNames.length }, () => openChannel(broker.url)),
  )
  const [first] = channels
  if (first === undefined) throw new Error('no channel')
  for (const name of [...queueNames, markerQueue]) await first.assertQueue(name, { durable: true })
  await first.purgeQueue(markerQueue)
  let stopped = false
  for (const [i, name] of queueNames.entries()) {
    const channel = channels[publishersPerRound + i]!
    await channel.prefetch(prefetch)
    await channel.consume(name, (message) => {
      try {
        if (message !== null) take(channel, message, memory)
      } catch (error) {
        failures.push(error)
      }
    })
  }
  const publish = (channel: ConfirmChannel): void => {
    let unconfirmed = 0
    const more = (): void => {
      while (!stopped && unconfirmed < unconfirmedMax) {
        const id = memory.nextId()
        const body = Buffer.from(`${id}:${'x'.repeat(Number(id) % 3000)}`)
        const queue = queueNames[Number(id) % queueNames.length] ?? ''
        unconfirmed += 1
        channel.sendToQueue(queue, body, { persistent: true }, (error) => {
          if (error !== null) return
          memory.confirmed.add(id)
          unconfirmed -= 1
          if (unconfirmed === unconfirmedMax >> 1) more()
        })
      }
    }
    more()
  }
  for (const channel of channels.slice(0, publishersPerRound)) publish(channel)
  await new Promise((resolve) => setTimeout(resolve, lifeMs))
  broker.child.kill('SIGKILL')
  await broker.exited
  stopped = true
  // What the kernel still holds of the broker's last words counts: it has said them.
  await new Promise((resolve) => setTimeout(resolve, 50))
  if (failures.length > 0) throw failures[0]
}

function take(channel: ConfirmChannel, message: ConsumeMessage, memory: Memory): void {
  const id = idOf(message)
  assert.ok(!memory.settled.has(id), `message ${id} came back after its acknowledgement was synced`)
  if (message.fields.redelivered) memory.redelivered += 1
  else assert.ok(!memory.consumed.has(id), `message ${id} came back without the redelivered flag`)
  memory.consumed.add(id)
  channel.ack(message)
  if (Number(id) % 10 !== 0) return
  channel.sendToQueue(markerQueue, Buffer.from('marker'), { persistent: true }, (error) => {
    if (error === null) memory.settled.add(id)
  })
}

/** Takes everything that is left, until all queues are empty. */
async function drain(broker: RunningBroker, memory: Memory): Promise<void> {
  const channel = await openChannel(broker.url)
  const failures: unknown[] = []
  await channel.prefetch(500)
  for (const name of queueNames) {
    await channel.consume(name, (message) => {
      try {
        if (message !== null) take(channel, message, memory)
      } catch (error) {
        failures.push(error)
      }
    })
  }
  for (let empty = 0; empty < 2; ) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    await channel.waitForConfirms()
    const counts = await Promise.all(queueNames.map((name) => channel.checkQueue(name)))
    empty = counts.every(({ messageCount }) => messageCount === 0) ? empty + 1 : 0
    if (failures.length > 0) throw failures[0]
  }
}

function idOf(message: ConsumeMessage): string {
  const text = message.content.toString()
  const at = text.indexOf(':')
  const id = text.slice(0, at)
  assert.equal(text.length - at - 1, Number(id) % 3000, `message ${id} is damaged`)
  return id
}

export async function openChannel(url: string): Promise<ConfirmChannel> {
  const connection = await connect(url)
  // The broker's death is what these connections are for.
  connection.on('error', () => {})
  const channel = await connection.createConfirmChannel()
  channel.on('error', () => {})
  return channel
}
