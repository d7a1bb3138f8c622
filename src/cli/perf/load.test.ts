import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ceilingOptions } from './commands/ceiling.ts'
import { runLoad } from './load.ts'
import { startNullBroker } from './wire/null-broker.ts'

test('the generator publishes to and receives from the stand-in', async () => {
  const { server, port } = await startNullBroker(16)
  const phases: string[] = []
  const observer = { second: () => {}, phase: (phase: string) => void phases.push(phase) }
  try {
    const uri = `amqp://127.0.0.1:${port}/`
    const flags = { size: 16, time: 0.2 }
    const sent = await runLoad(ceilingOptions(uri, flags, [2, 0]), observer)
    assert.ok(sent.counters.published > 1000)
    assert.equal(sent.counters.received, 0)
    const got = await runLoad(ceilingOptions(uri, flags, [0, 2]), observer)
    assert.ok(got.counters.received > 1000)
    assert.equal(got.counters.receivedBytes, got.counters.received * 16)
    const once = ['measure-start', 'measure-end']
    assert.deepEqual(phases, [...once, ...once])
  } finally {
    server.close()
  }
})

test('a counted run ends when its messages are sent', async () => {
  const { server, port } = await startNullBroker(16)
  try {
    const base = ceilingOptions(`amqp://127.0.0.1:${port}/`, { size: 100, time: 0 }, [3, 0])
    const result = await runLoad(
      { ...base, count: 1001, warmupSeconds: 0 },
      { second: () => {}, phase: () => {} },
    )
    assert.equal(result.counters.published, 1001)
    assert.equal(result.complete, true)
  } finally {
    server.close()
  }
})
