// The broker goes away in the middle of a call and comes back: the caller is told at once, the worker
// finds its queue again, and the next call is answered.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Broker } from '../../src/index.ts'
import { amqp, connect, serve } from '../../src/rpc/index.ts'
import { type Sample, sampleService } from './support/sample-service.ts'

async function eventually(check: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (await check()) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  assert.fail('did not happen')
}

test('a broker that restarts costs the call under way, and nothing after it', async () => {
  const first = await Broker.start({ port: 0 })
  const { port, url } = first
  const queue = 'rpc-restart'
  const { service, state } = sampleService()
  await using _ = await serve(service, [amqp({ url, queue })])
  await using client = connect<Sample>(`${url}?queue=${queue}`, { timeoutMs: 20_000 })
  assert.equal(await client.add(1, 2), 3)
  const interrupted = client.sleep(60_000)
  const outcome = assert.rejects(interrupted, { code: 'UNAVAILABLE' })
  await eventually(() => state.running === 1)
  await first.stop()
  await outcome
  await eventually(() => state.aborted === 'CANCELLED')
  await assert.rejects(client.add(1, 2), { code: 'UNAVAILABLE' })
  const second = await Broker.start({ port })
  try {
    // Until the worker is back nobody serves the queue, which is an error at once.
    await eventually(() =>
      client.add(20, 22).then(
        (sum) => sum === 42,
        () => false,
      ),
    )
  } finally {
    await client.$close()
    await second.stop()
  }
})
