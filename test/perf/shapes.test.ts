// Between two clients one object of each class stays that a client needs, so that the layout of its
// objects stays (src/base/specimens.ts). How fast things are without is not for a test to tell.

import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { RawClient } from '../support/raw-client.ts'

/** Made so often that V8 knows their layout before it can rest; eight are enough. */
const perMessage = ['Delivery', 'Message', 'QueueEntry']

let child: ChildProcess
let url: string
const directory = mkdtempSync(join(tmpdir(), 'warren-shapes-'))

before(async () => {
  child = fork(join(import.meta.dirname, 'shapes', 'broker-child.ts'), [directory])
  const [started] = (await once(child, 'message')) as [{ port: number }]
  url = `amqp://127.0.0.1:${started.port}`
})

after(async () => {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
  rmSync(directory, { recursive: true, force: true })
})

async function livingClasses(): Promise<readonly string[]> {
  child.send('which?')
  const [names] = (await once(child, 'message')) as [string[]]
  return names
}

/** A client with a message that it has not acknowledged. */
async function busyClient(): Promise<RawClient> {
  const client = await RawClient.channel(url)
  await client.call(1, 'exchange.declare', { exchange: 'e', type: 'fanout' })
  await client.call(1, 'queue.declare', { queue: 'q', exclusive: true })
  await client.call(1, 'queue.bind', { queue: 'q', exchange: 'e' })
  await client.call(1, 'confirm.select')
  await client.call(1, 'basic.consume', { queue: 'q', consumerTag: 'c' })
  client.publish(1, { exchange: 'e' }, 'x')
  await client.settle()
  return client
}

test('one object of each class outlives its client', async () => {
  const first = await busyClient()
  await first.call(1, 'exchange.delete', { exchange: 'e' })
  await first.close()
  const kept = await livingClasses()
  const second = await busyClient()
  const used = await livingClasses()
  second.destroy()
  assert.ok(used.includes('Connection') && used.includes('Lane'), used.join(' '))
  const missing = used.filter((name) => !kept.includes(name) && !perMessage.includes(name))
  assert.deepEqual(missing, [])
})
