// Looking at messages without taking them, acting on single ones, explaining routes, recent drops,
// the event log and the firehose: what RabbitMQ's own page cannot do, or only by taking messages.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import amqplib, { type Channel, type ChannelModel } from 'amqplib'
import { Broker } from '../../src/index.ts'

interface Item {
  readonly key: string
  readonly payload: string
  readonly properties: { readonly headers?: Record<string, unknown> }
}

describe('browsing and explaining', () => {
  let broker: Broker
  let connection: ChannelModel
  let channel: Channel

  const api = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${broker.managementUrl}/api${path}`, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from('guest:guest').toString('base64')}`,
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${await response.clone().text()}`)
    return response.status === 204 ? null : await response.json()
  }
  const peek = async (queue: string, query = ''): Promise<{ items: Item[]; matched: number }> =>
    (await api('GET', `/queues/%2F/${queue}/messages${query}`)) as {
      items: Item[]
      matched: number
    }
  const settled = (): Promise<unknown> => channel.checkExchange('amq.direct')

  before(async () => {
    broker = await Broker.start({ port: 0, managementPort: 0 })
    connection = await amqplib.connect(broker.url)
    channel = await connection.createChannel()
  })
  after(async () => {
    await connection.close()
    await broker.stop()
  })

  test('a look takes nothing and leaves no trace', async () => {
    await channel.assertQueue('jobs')
    for (let i = 0; i < 5; i += 1) {
      channel.sendToQueue('jobs', Buffer.from(`job ${i}`), { headers: { number: i } })
    }
    await settled()
    const seen = await peek('jobs', '?offset=1&limit=2')
    assert.deepEqual(
      seen.items.map(({ payload }) => payload),
      ['job 1', 'job 2'],
    )
    const found = await peek('jobs', '?search=JOB%203')
    assert.equal(found.matched, 1)
    const { key } = found.items[0]!
    const whole = (await api('GET', `/queues/%2F/jobs/messages/${key}`)) as Item
    assert.equal(whole.payload, 'job 3')
    const first = await channel.get('jobs')
    assert.ok(first !== false)
    assert.equal(first.fields.redelivered, false)
    assert.equal(first.fields.messageCount, 4)
    channel.nack(first)
    await settled()
  })

  test('single messages are deleted, moved and copied', async () => {
    await channel.assertQueue('other')
    const { items } = await peek('jobs')
    const keys = items.map(({ key }) => key)
    const act = (action: string, chosen: string[], to?: unknown): Promise<unknown> =>
      api('POST', '/queues/%2F/jobs/messages/actions', { action, keys: chosen, to })
    assert.deepEqual(await act('delete', [keys[2]!, '0-999']), {
      done: 1,
      missing: 1,
      unroutable: 0,
    })
    const to = { exchange: '', routing_key: 'other' }
    assert.deepEqual(await act('move', [keys[0]!], to), { done: 1, missing: 0, unroutable: 0 })
    assert.deepEqual(await act('copy', [keys[4]!], to), { done: 1, missing: 0, unroutable: 0 })
    const nowhere = { exchange: 'amq.direct', routing_key: 'nobody' }
    assert.deepEqual(await act('move', [keys[1]!], nowhere), { done: 0, missing: 0, unroutable: 1 })
    const payloads = async (queue: string): Promise<string[]> =>
      (await peek(queue)).items.map(({ payload }) => payload)
    assert.deepEqual(await payloads('jobs'), ['job 1', 'job 3', 'job 4'])
    assert.deepEqual(await payloads('other'), ['job 0', 'job 4'])
    assert.equal((await channel.checkQueue('jobs')).messageCount, 3)
  })

  test('a dead message tells why it died and can be sent back', async () => {
    await channel.assertQueue('graveyard')
    await channel.assertQueue('mortal', {
      arguments: { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'graveyard' },
    })
    channel.sendToQueue('mortal', Buffer.from('try me'))
    await settled()
    const message = await channel.get('mortal')
    assert.ok(message !== false)
    channel.reject(message, false)
    await settled()
    const [dead] = (await peek('graveyard')).items
    assert.equal(dead?.properties.headers?.['x-first-death-queue'], 'mortal')
    const drops = (await api('GET', '/drops/%2F')) as Record<string, unknown>[]
    const drop = drops.find(({ queue }) => queue === 'mortal')
    assert.equal(drop?.reason, 'rejected')
    assert.equal(drop?.dead_letter_exchange, '')
    await api('POST', '/queues/%2F/graveyard/messages/actions', {
      action: 'move',
      keys: [dead!.key],
      to: 'died',
    })
    const [back] = (await peek('mortal')).items
    assert.equal(back?.payload, 'try me')
    assert.equal(back?.properties.headers?.['x-death'], undefined)
  })

  test('a route is explained, and a message that went nowhere is told of', async () => {
    await channel.assertExchange('spare', 'fanout')
    await channel.assertExchange('orders', 'topic', { alternateExchange: 'spare' })
    await channel.bindQueue('other', 'orders', 'order.*')
    await channel.bindQueue('jobs', 'spare', '')
    const ask = (routing_key: string): Promise<unknown> =>
      api('POST', '/exchanges/%2F/orders/explain', { routing_key })
    const matching = (await ask('order.1')) as { queues: string[]; steps: { matched: object[] }[] }
    assert.deepEqual(matching.queues, ['other'])
    assert.equal(matching.steps[0]?.matched.length, 1)
    const other = (await ask('nothing.like.it')) as {
      queues: string[]
      steps: { alternate: string }[]
    }
    assert.deepEqual(other.queues, ['jobs'])
    assert.equal(other.steps[0]?.alternate, 'spare')
    for (let i = 0; i < 3; i += 1) channel.publish('amq.direct', 'nobody', Buffer.from('lost'))
    await settled()
    const [drop] = (await api('GET', '/drops')) as Record<string, unknown>[]
    assert.equal(drop?.reason, 'unroutable')
    assert.equal(drop?.count, 3)
  })

  test('the firehose copies what is published and delivered, and events can be bound to', async () => {
    await api('PUT', '/vhosts/%2F', { tracing: true })
    await channel.assertQueue('traced')
    await channel.bindQueue('traced', 'amq.rabbitmq.trace', '#')
    await channel.assertQueue('happenings')
    await channel.bindQueue('happenings', 'amq.rabbitmq.event', 'queue.*')
    await channel.assertQueue('brief')
    channel.sendToQueue('brief', Buffer.from('look'), { contentType: 'text/plain' })
    assert.ok((await channel.get('brief', { noAck: true })) !== false)
    await api('PUT', '/vhosts/%2F', { tracing: false })
    const traced = await channel.get('traced', { noAck: true })
    assert.ok(traced !== false)
    assert.equal(traced.fields.routingKey, 'publish.')
    assert.deepEqual(traced.properties.headers?.routed_queues, ['brief'])
    assert.equal(traced.properties.headers?.properties.content_type, 'text/plain')
    assert.equal(traced.content.toString(), 'look')
    const delivered = await channel.get('traced', { noAck: true })
    assert.ok(delivered !== false)
    assert.equal(delivered.fields.routingKey, 'deliver.brief')
    const event = await channel.get('happenings', { noAck: true })
    assert.ok(event !== false)
    assert.equal(event.fields.routingKey, 'queue.created')
    assert.equal(event.properties.headers?.name, 'brief')
    const log = (await api('GET', '/events?limit=50')) as { kind: string; name: string }[]
    assert.ok(log.some(({ kind, name }) => kind === 'queue.created' && name === 'brief'))
    assert.ok(log.some(({ kind }) => kind === 'connection.created'))
  })
})
