import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openChannel, runKillRounds, startBroker } from './kill-rounds.ts'

test('a broker that is killed ten times loses nothing it has confirmed', async (t) => {
  const report = await runKillRounds(10, 1)
  t.diagnostic(JSON.stringify(report))
  assert.ok(report.confirmed > 1000 && report.provenAcks > 10)
})

test('durable queues and persistent messages outlive a kill, and nothing else does', async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'warren-durable-'))
  let broker = await startBroker(dataDirectory)
  try {
    const before = await openChannel(broker.url)
    await before.assertQueue('Two', { durable: true })
    await before.assertQueue('light', { durable: true })
    await before.assertQueue('gone', { durable: false })
    for (let i = 0; i < 3; i += 1) {
      before.sendToQueue('Two', Buffer.from(`Two ${i}`), { persistent: true })
      before.sendToQueue('light', Buffer.from(`light ${i}`), { persistent: false })
      before.sendToQueue('gone', Buffer.from(`gone ${i}`), { persistent: true })
    }
    await before.waitForConfirms()
    broker.child.kill('SIGKILL')
    await broker.exited
    broker = await startBroker(dataDirectory)
    const after = await openChannel(broker.url)
    for (let i = 0; i < 3; i += 1) {
      const message = await after.get('Two', { noAck: true })
      assert.ok(message !== false)
      assert.equal(message.content.toString(), `Two ${i}`)
      assert.equal(message.fields.redelivered, false)
    }
    assert.equal(await after.get('Two', { noAck: true }), false)
    assert.equal(await after.get('light', { noAck: true }), false)
    await assert.rejects(after.checkQueue('gone'), /NOT_FOUND/)
  } finally {
    broker.child.kill('SIGKILL')
    await broker.exited
    rmSync(dataDirectory, { recursive: true, force: true })
  }
})
