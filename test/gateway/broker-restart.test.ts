// The broker dies with calls under way: callers hear of it, and after a restart the gateways serve again.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect } from '../../src/rpc/index.ts'
import { BrokerProcess } from '../support/broker-process.ts'
import { freePort } from '../support/free-port.ts'
import { startTextWorker } from './support/text-worker.ts'

interface Service {
  fib(n: number): number
}

test('a broker that is killed mid-call is a clear error, and serves again after its restart', async () => {
  const broker = new BrokerProcess()
  const ports = { xml: await freePort(), zero: await freePort(), json: await freePort() }
  const config = join(broker.directory, 'warren.conf')
  const lines = [
    `gateway.xml_rpc = ${ports.xml}`,
    `gateway.zerorpc = ${ports.zero}`,
    `gateway.json_rpc = ${ports.json}`,
  ]
  writeFileSync(config, lines.join('\n'))
  try {
    await broker.start('--config', config)
    const worker = await startTextWorker(broker.url)
    const urls = [`xmlrpc://127.0.0.1:${ports.xml}`, `ws://127.0.0.1:${ports.json}`]
    const clients = urls.map((url) => connect<Service>(url))
    const calls = clients.map((client) => client.fib(1).catch((error: unknown) => error))
    await worker.received(2)
    await broker.kill()
    for (const error of await Promise.all(calls)) {
      assert.ok(error instanceof Error && 'code' in error)
      assert.equal(error.code, 'UNAVAILABLE')
    }
    await worker.close()
    for (const client of clients) await client.$close()

    await broker.start('--config', config)
    const next = await startTextWorker(broker.url, { respond: () => '1' })
    for (const url of [...urls, `zerorpc://127.0.0.1:${ports.zero}`]) {
      await using client = connect<Service>(url)
      assert.equal(await client.fib(1), 1, url)
    }
    await next.close()
    await broker.stop()
  } finally {
    await broker.remove()
  }
})

test('a broker that is told to stop answers what it can, and says that it stops', async () => {
  const broker = new BrokerProcess()
  const port = await freePort()
  const config = join(broker.directory, 'warren.conf')
  writeFileSync(config, `gateway.json_rpc = ${port}\n`)
  try {
    await broker.start('--config', config)
    const worker = await startTextWorker(broker.url)
    await using client = connect<Service>(`ws://127.0.0.1:${port}`)
    const answered = client.fib(1)
    const left = client.fib(2).catch((error: unknown) => error)
    await worker.received(2)
    const stopped = broker.stop()
    const [request] = worker.requests
    assert.ok(request !== undefined)
    worker.answer(request, '1')
    assert.equal(await answered, 1)
    const error = await left
    assert.ok(error instanceof Error && 'code' in error)
    assert.equal(error.code, 'UNAVAILABLE')
    assert.match(error.message, /stopping/)
    await stopped
    await worker.close()
  } finally {
    await broker.remove()
  }
})
