// Commands that take long: imports in parts and moving messages, and the line of progress that a
// terminal sees and nobody else.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type ChannelModel, connect } from 'amqplib'
import { Broker } from '../../src/index.ts'
import type { ControlRun } from './control.ts'
import { control } from './control.ts'

let broker: Broker
let client: ChannelModel
let folder: string

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'warrenctl-long-'))
  broker = await Broker.start({ managementPort: 0, dataDirectory: join(folder, 'data') })
  client = await connect(broker.url)
})
after(async () => {
  await client.close()
  await broker.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** With what a terminal would have seen, on which a second passes with every look at the clock. */
async function run(...argv: string[]): Promise<ControlRun & { shown: string }> {
  let shown = ''
  let nowMs = 0
  const ended = await control(argv, {
    environment: {
      WARREN_MANAGEMENT_URL: broker.managementUrl!,
      WARREN_USER: 'guest',
      WARREN_PASSWORD: 'guest',
    },
    screen: {
      write: (text) => {
        shown += text
      },
      now: () => {
        nowMs += 1000
        return nowMs
      },
    },
  })
  return { ...ended, shown }
}

async function count(queue: string): Promise<number> {
  const channel = await client.createChannel()
  const { messageCount } = await channel.checkQueue(queue)
  await channel.close()
  return messageCount
}

test('a large import comes in parts, and a terminal sees how far it is', async () => {
  const file = join(folder, 'large.json')
  const queues = Array.from({ length: 1200 }, (_, at) => ({ name: `q${at}`, vhost: 'large' }))
  writeFileSync(file, JSON.stringify({ queues, vhosts: [{ name: 'large' }] }))
  const { code, stderr, shown } = await run('import_definitions', file)
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  assert.deepEqual(
    [...shown.matchAll(/(\d+) of (\d+)/g)].map(([text]) => text),
    ['500 of 1201', '1000 of 1201', '1201 of 1201'],
  )
  assert.ok(shown.endsWith('\r\u001b[K'))
  const listed = await run('-q', '-s', 'list_queues', '-p', 'large', 'name')
  assert.equal(listed.stdout.trim().split('\n').length, 1200)
})

test('--quiet shows no progress', async () => {
  const file = join(folder, 'small.json')
  writeFileSync(file, JSON.stringify({ vhosts: [{ name: 'small' }] }))
  assert.match((await run('import_definitions', file)).shown, /1 of 1/)
  assert.equal((await run('-q', 'import_definitions', file)).shown, '')
})

test('messages move to another queue, in order, however many', async () => {
  const channel = await client.createConfirmChannel()
  for (const name of ['from', 'to']) await channel.assertQueue(name)
  for (let at = 0; at < 450; at += 1) channel.sendToQueue('from', Buffer.from(String(at)))
  await channel.waitForConfirms()
  const part = await run('move_messages', 'from', 'to', '--limit', '3')
  assert.equal(part.stdout, "Moving messages of queue 'from' in vhost '/' ...\nMoved 3 messages\n")
  const { stdout, shown } = await run('-q', 'move_messages', 'from', 'to')
  assert.deepEqual({ stdout, shown }, { stdout: 'Moved 447 messages\n', shown: '' })
  assert.deepEqual([await count('from'), await count('to')], [0, 450])
  for (let at = 0; at < 450; at += 1) {
    const message = await channel.get('to', { noAck: true })
    assert.equal(message === false ? 'nothing' : String(message.content), String(at))
  }
  await channel.close()
})

test('messages move back to where they died, and stay when they find no queue', async () => {
  const channel = await client.createConfirmChannel()
  await channel.assertQueue('dead')
  await channel.assertQueue('alive', { deadLetterExchange: '', deadLetterRoutingKey: 'dead' })
  for (let at = 0; at < 5; at += 1) channel.sendToQueue('alive', Buffer.from('x'))
  await channel.waitForConfirms()
  for (let at = 0; at < 5; at += 1) {
    const message = await channel.get('alive')
    if (message !== false) channel.nack(message, false, false)
  }
  channel.sendToQueue('dead', Buffer.from('never died'))
  await channel.waitForConfirms()
  const { stdout, shown } = await run('move_messages', 'dead', '--back')
  assert.match(stdout, /^Moved 5 messages; 1 found no queue and stayed$/m)
  assert.match(shown, /6 of 6/)
  assert.deepEqual([await count('dead'), await count('alive')], [1, 5])
  await channel.close()
})

test('where to is asked for once', async () => {
  for (const argv of [
    ['move_messages', 'from'],
    ['move_messages', 'from', 'to', '--back'],
    ['move_messages', 'from', 'to', '--limit', 'many'],
  ]) {
    assert.equal((await run(...argv)).code, 64, argv.join(' '))
  }
  assert.equal((await run('move_messages', 'missing', 'to')).code, 69)
  const exchange = await run('-q', 'move_messages', 'dead', '--to-exchange', 'amq.fanout')
  assert.equal(exchange.stdout, 'Moved 0 messages; 1 found no queue and stayed\n')
})
