// Short words for tests that talk AMQP with the raw client: make a queue, fill it, read it empty.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RawClient, Said } from './raw-client.ts'
import type { Values } from './raw-codec.ts'

/** A queue of a random name, exclusive to the connection unless told otherwise. */
export async function makeQueue(client: RawClient, values: Values = {}): Promise<string> {
  const queue = `q-${Math.random().toString(36).slice(2)}`
  const said = await client.call(1, 'queue.declare', { queue, exclusive: true, ...values })
  assert.equal(said.name, 'queue.declare-ok', JSON.stringify(said.args))
  return queue
}

export async function makeExchange(
  client: RawClient,
  type: string,
  values: Values = {},
): Promise<string> {
  const exchange = `x-${Math.random().toString(36).slice(2)}`
  const said = await client.call(1, 'exchange.declare', { exchange, type, ...values })
  assert.equal(said.name, 'exchange.declare-ok', JSON.stringify(said.args))
  return exchange
}

/** Messages m1 to mN. Passive declares say when all of them have arrived. */
export async function fill(client: RawClient, queue: string, count: number): Promise<void> {
  for (let i = 1; i <= count; i++) client.publish(1, { routingKey: queue }, `m${i}`)
  await settled(client)
}

/** Waits until what the channel published has come to the queues that it was routed to. */
export async function settled(client: RawClient, channel = 1): Promise<void> {
  assert.deepEqual(await client.settle(channel), [])
}

/** Binds with the key, or with arguments where those decide. */
export async function bind(
  client: RawClient,
  queue: string,
  exchange: string,
  by: string | Values = '',
): Promise<void> {
  const rest = typeof by === 'string' ? { routingKey: by } : { arguments: by }
  const said = await client.call(1, 'queue.bind', { queue, exchange, ...rest })
  assert.equal(said.name, 'queue.bind-ok', JSON.stringify(said.args))
}

/** Bodies of all ready messages, in order, with `*` behind the redelivered; leaves it empty. */
export async function takeAll(client: RawClient, queue: string, channel = 1): Promise<string> {
  const bodies: string[] = []
  for (;;) {
    const said = await client.call(channel, 'basic.get', { queue, noAck: true })
    if (said.name !== 'basic.get-ok') return bodies.join(' ')
    bodies.push(`${said.body}${said.args.redelivered === true ? '*' : ''}`)
  }
}

/** Ready messages and consumers. */
export async function look(client: RawClient, queue: string): Promise<[unknown, unknown]> {
  const { args } = await client.call(1, 'queue.declare', { queue, passive: true })
  return [args.messageCount, args.consumerCount]
}

/** The next deliveries as `tag:body`, with `*` behind the redelivered; fails on anything else. */
export async function deliveries(client: RawClient, count: number): Promise<string> {
  const list: string[] = []
  for (let i = 0; i < count; i++) list.push(shortly(await client.expect('basic.deliver')))
  return list.join(' ')
}

export function shortly({ args, body }: Said): string {
  return `${args.consumerTag}:${body}${args.redelivered === true ? '*' : ''}`
}

/** Long enough for a broker on the same machine to do what it must not. */
export async function nothingMore(client: RawClient): Promise<void> {
  const said = await client.nextOrNothing(100)
  assert.equal(said, undefined, `unexpected ${said?.name} ${JSON.stringify(said?.args)}`)
}

export async function eventually(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`never came true: ${condition}`)
    await sleep(10)
  }
}
