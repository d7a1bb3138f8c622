// Python's AMQP clients, unmodified. Each program in clients/ does what applications do with the
// client, checks it, and says that it is content.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { startBrokerUnderTest, type Target } from '../support/broker-under-test.ts'
import { Child } from '../support/child.ts'
import { findPython, skipUnless } from '../support/peers.ts'

/** By module: the program, and how the client writes the virtual host `/` in a URL. */
const clients = [
  ['pika', 'pika_round_trip.py', '/%2F'],
  ['aio_pika', 'aio_pika_round_trip.py', '/'],
  ['kombu', 'kombu_round_trip.py', '//'],
] as const

describe('clients for Python', () => {
  let broker: Target
  before(async () => {
    broker = await startBrokerUnderTest()
  })
  after(async () => {
    await broker?.stop()
  })

  for (const [module, program, path] of clients) {
    const python = findPython([module])
    const skip = skipUnless(python !== undefined, `no Python with ${module} is installed`)
    test(module, { skip }, async () => {
      const file = join(import.meta.dirname, 'clients', program)
      const child = new Child(python ?? 'python3', [file, `${broker.url}${path}`])
      assert.match(await child.succeeds(60_000), / is content/)
    })
  }
})
