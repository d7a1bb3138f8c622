// pika, Python's usual AMQP client, unmodified: see clients/pika_round_trip.py.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { startBrokerUnderTest, type Target } from '../support/broker-under-test.ts'
import { Child } from '../support/child.ts'
import { findPython, skipUnless } from '../support/peers.ts'

const python = findPython(['pika'])
const skip = skipUnless(python !== undefined, 'no Python with pika is installed')
const program = join(import.meta.dirname, 'clients/pika_round_trip.py')

describe('pika', { skip }, () => {
  let broker: Target
  before(async () => {
    broker = await startBrokerUnderTest()
  })
  after(async () => {
    await broker?.stop()
  })

  test('publishes with confirms, consumes, gives back, meets errors', async () => {
    const child = new Child(python ?? 'python3', [program, `${broker.url}/%2F`])
    assert.match(await child.succeeds(), /pika is content/)
  })
})
