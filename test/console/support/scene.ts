// A small shop to look at: exchanges, queues with traffic, dead letters, users and policies, so that
// each page of the console has something to show.

import amqp, { type Channel, type ChannelModel } from 'amqplib'
import type { ConsoleBroker } from './console-broker.ts'

export interface Scene {
  /** Publishes and consumes a little more, so that rates are not flat. */
  readonly stir: () => Promise<void>
  readonly close: () => Promise<void>
}

const authorization = `Basic ${btoa('guest:guest')}`

/** Asks the API as the administrator. */
export async function api(
  broker: ConsoleBroker,
  path: string,
  options: { method?: string; body?: unknown } = {},
): Promise<unknown> {
  const { method = 'GET', body } = options
  const response = await fetch(`${broker.managementUrl}/api/${path}`, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return text === '' ? null : JSON.parse(text)
}

export async function buildScene(broker: ConsoleBroker): Promise<Scene> {
  await administer(broker)
  const shop = await connect(broker, 'shop-frontend')
  const worker = await connect(broker, 'order-worker')
  const channel = await shop.createConfirmChannel()
  await declareTopology(channel)
  await channel.waitForConfirms()
  const consuming = await worker.createChannel()
  await consume(consuming)
  const dying = await worker.createChannel()
  const taking = await worker.createChannel()
  let turn = 0
  await fillWithOrders(channel)
  await channel.waitForConfirms()
  await letSomeDie(dying)
  return {
    stir: async () => {
      turn += 1
      // Waves, of which those who take run a little behind.
      const count = Math.round(36 + 20 * Math.sin(turn / 9))
      for (let i = 0; i < count; i += 1) {
        channel.publish('orders', i % 3 === 0 ? 'order.created.eu' : 'order.paid.us', order(i), {
          contentType: 'application/json',
          persistent: true,
        })
      }
      await channel.waitForConfirms()
      const taken = Math.round(36 + 20 * Math.sin(turn / 9 - 0.8))
      for (const [queue, share] of takers) await take(taking, queue, Math.round(taken * share))
    },
    close: async () => {
      await Promise.allSettled([shop.close(), worker.close()])
    },
  }
}

/** Which share of what is published comes to a queue. */
const takers = [
  ['orders.fulfilment', 2 / 3],
  ['orders.invoices', 2 / 3],
  ['orders.eu', 1 / 3],
  ['mail.outbox', 1 / 3],
  ['push.outbox', 1 / 3],
] as const

async function take(channel: Channel, queue: string, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => channel.get(queue, { noAck: true })))
}

async function connect(broker: ConsoleBroker, name: string): Promise<ChannelModel> {
  return await amqp.connect(broker.url, { clientProperties: { connection_name: name } })
}

async function administer(broker: ConsoleBroker): Promise<void> {
  const put = (path: string, body: unknown): Promise<unknown> =>
    api(broker, path, { method: 'PUT', body })
  await put('users/analyst', { password: 'analyst', tags: 'monitoring' })
  await put('users/orders-app', { password: 'secret', tags: '' })
  await put('permissions/%2F/orders-app', {
    configure: '^orders',
    write: '^orders|^amq\\.default$',
    read: '^orders',
  })
  await put('vhosts/staging', { description: 'Where releases are tried', tags: 'test' })
  await put('policies/%2F/keep-short', {
    pattern: '^audit',
    definition: { 'max-length': 10_000, 'message-ttl': 86_400_000 },
    'apply-to': 'queues',
    priority: 1,
  })
  await put('operator-policies/%2F/ceiling', {
    pattern: '^push',
    definition: { 'max-length': 1_000_000 },
    'apply-to': 'queues',
    priority: 0,
  })
  await put('vhost-limits/staging/max-connections', { value: 50 })
  await put('user-limits/orders-app/max-channels', { value: 64 })
}

async function declareTopology(channel: Channel): Promise<void> {
  await channel.assertExchange('orders', 'topic')
  await channel.assertExchange('orders.unrouted', 'fanout')
  await channel.assertExchange('notifications', 'fanout')
  await channel.assertExchange('dead', 'direct')
  await channel.assertExchange('by-region', 'headers')
  await channel.assertExchange('later', 'x-delayed-message', {
    arguments: { 'x-delayed-type': 'topic' },
  })
  const dead = { deadLetterExchange: 'dead', deadLetterRoutingKey: 'orders' }
  await channel.assertQueue('orders.fulfilment', dead)
  await channel.assertQueue('orders.invoices', { ...dead, maxLength: 1000 })
  await channel.assertQueue('orders.eu', { maxPriority: 5 })
  await channel.assertQueue('orders.dead')
  await channel.assertQueue('audit.log')
  await channel.assertQueue('mail.outbox', { messageTtl: 3_600_000 })
  await channel.assertQueue('push.outbox', { autoDelete: true, durable: false })
  await channel.assertQueue('unrouted')
  await channel.bindQueue('orders.fulfilment', 'orders', 'order.paid.*')
  await channel.bindQueue('orders.invoices', 'orders', 'order.paid.#')
  await channel.bindQueue('orders.invoices', 'orders', 'order.refunded.#')
  await channel.bindQueue('orders.eu', 'orders', '*.*.eu')
  await channel.bindQueue('audit.log', 'orders', '#')
  await channel.bindExchange('notifications', 'orders', 'order.created.*')
  await channel.bindQueue('mail.outbox', 'notifications', '')
  await channel.bindQueue('push.outbox', 'notifications', '')
  await channel.bindQueue('orders.dead', 'dead', 'orders')
  await channel.bindQueue('mail.outbox', 'later', 'reminder.#')
  await channel.bindQueue('orders.eu', 'by-region', '', { 'x-match': 'any', region: 'eu' })
}

async function consume(channel: Channel): Promise<void> {
  await channel.prefetch(20)
  await channel.consume('audit.log', (message) => message !== null && channel.ack(message))
  // Takes its time: what it holds stays unacknowledged.
  await channel.consume('mail.outbox', () => undefined)
}

async function fillWithOrders(channel: Channel): Promise<void> {
  for (let i = 0; i < 60; i += 1) {
    const key = i % 4 === 0 ? 'order.created.eu' : i % 4 === 1 ? 'order.paid.eu' : 'order.paid.us'
    channel.publish('orders', key, order(i), {
      contentType: 'application/json',
      persistent: true,
      messageId: `order-${1000 + i}`,
      appId: 'shop-frontend',
      headers: { tenant: i % 2 === 0 ? 'acme' : 'globex', attempt: 1 },
    })
  }
  channel.sendToQueue(
    'orders.eu',
    Buffer.from([0x82, 0xa2, 0x69, 0x64, 0x2a, 0xa2, 0x6f, 0x6b, 0xc3]),
    {
      contentType: 'application/msgpack',
    },
  )
  channel.sendToQueue('orders.eu', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10, 0x4a, 0x46]))
  channel.sendToQueue('orders.eu', Buffer.from('A plain line of text.\nAnd another one.'))
  for (const [key, minutes] of [
    ['reminder.basket', 15],
    ['reminder.invoice', 3 * 24 * 60],
    ['reminder.review', 7 * 24 * 60],
  ] as const) {
    const headers = { 'x-delay': minutes * 60_000 }
    channel.publish('later', key, order(minutes), { persistent: true, headers })
  }
  channel.publish('orders.unrouted', 'nobody.listens', Buffer.from('lost'))
}

/** Rejects a few, so that there are deaths to look into. */
async function letSomeDie(channel: Channel): Promise<void> {
  for (let i = 0; i < 7; i += 1) {
    const message = await channel.get('orders.fulfilment')
    if (message !== false) channel.nack(message, false, false)
  }
  for (let i = 0; i < 3; i += 1) {
    const message = await channel.get('orders.invoices')
    if (message !== false) channel.nack(message, false, false)
  }
}

function order(i: number): Buffer {
  const value = {
    id: 1000 + i,
    customer: { name: i % 2 === 0 ? 'Ada Lovelace' : '王小明', country: i % 3 === 0 ? 'GB' : 'CN' },
    lines: [
      { sku: `BOOK-${i % 17}`, quantity: 1 + (i % 3), price: 12.5 },
      { sku: 'BAG', quantity: 1, price: 0.1 },
    ],
    paid: i % 4 !== 0,
    note: null,
  }
  return Buffer.from(JSON.stringify(value))
}
