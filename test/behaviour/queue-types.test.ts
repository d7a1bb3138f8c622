// Types of queues: a virtual host may say which is meant when a client names none; what there is not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import amqplib from 'amqplib'
import { Broker } from '../../src/index.ts'
import { field, TestClient } from '../management/api-client.ts'

test('queues get the type of their virtual host, unless they name one or cannot be of it', async () => {
  const broker = await Broker.start({ managementPort: 0 })
  const api = new TestClient(broker.managementUrl!.replace('http://', 'http://guest:guest@'))
  await api.put('/vhosts/safe', { default_queue_type: 'quorum', description: 'x', tags: 'a,b' })
  await api.put('/permissions/safe/guest', { configure: '.*', write: '.*', read: '.*' })
  const client = await amqplib.connect(`${broker.url}/safe`)
  const channel = await client.createChannel()
  await channel.assertQueue('plain', { durable: true })
  await channel.assertQueue('named', { arguments: { 'x-queue-type': 'classic' } })
  await channel.assertQueue('own', { exclusive: true })
  const typeOf = async (name: string): Promise<unknown> =>
    field((await api.get(`/queues/safe/${name}`)).body, 'type')
  assert.equal(await typeOf('plain'), 'quorum')
  assert.equal(await typeOf('named'), 'classic')
  assert.equal(await typeOf('own'), 'classic')
  // Declared again without a type it is the same queue.
  await channel.assertQueue('plain', { durable: true })
  await client.close()
  await broker.stop()
})

test('a stream is refused with a clear text until there are any', async () => {
  const broker = await Broker.start()
  const client = await amqplib.connect(broker.url)
  const channel = await client.createChannel()
  channel.on('error', () => undefined)
  await assert.rejects(
    channel.assertQueue('s', { durable: true, arguments: { 'x-queue-type': 'stream' } }),
    /406 .*"queue type 'stream' is not available yet"/,
  )
  await client.close()
  await broker.stop()
})
