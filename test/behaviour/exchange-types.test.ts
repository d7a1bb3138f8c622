// The exchange types beyond the protocol's own, as a client sees them, and after a restart.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { BrokerProcess } from '../support/broker-process.ts'
import { type ConfirmClient, openConfirmClient } from '../support/confirm-client.ts'

const broker = new BrokerProcess()
let client: ConfirmClient
let channel: ConfirmClient['channel']

async function connect(): Promise<void> {
  client = await openConfirmClient(broker.url)
  channel = client.channel
}

async function counts(names: readonly string[]): Promise<number[]> {
  const all: number[] = []
  for (const name of names) all.push((await channel.checkQueue(name)).messageCount)
  return all
}

/** An exchange of the type, with durable queues bound by the keys. */
async function declare(type: string, keys: readonly string[], args = {}): Promise<string[]> {
  await channel.assertExchange(type, type, { durable: true, arguments: args })
  const names = keys.map((_, i) => `${type} ${i}`)
  for (const [i, key] of keys.entries()) {
    await channel.assertQueue(names[i]!, { durable: true })
    await channel.bindQueue(names[i]!, type, key)
  }
  return names
}

const sum = (all: readonly number[]): number => all.reduce((total, count) => total + count, 0)

describe('further exchange types', () => {
  before(async () => {
    await broker.start()
    await connect()
  })
  after(() => broker.remove())

  test('x-consistent-hash gives a key the same queue before and after a restart', async () => {
    const names = await declare('x-consistent-hash', ['1', '2', '3'])
    const send = (): void => {
      for (let i = 0; i < 300; i += 1) {
        channel.publish('x-consistent-hash', `user ${i}`, Buffer.from('m'), { persistent: true })
      }
    }
    send()
    const first = await counts(names)
    assert.equal(sum(first), 300)
    assert.ok(first.every((count) => count > 0))
    await broker.kill()
    await broker.start()
    await connect()
    send()
    const second = await counts(names)
    assert.deepEqual(
      second,
      first.map((count) => count * 2),
    )
  })

  for (const type of ['x-modulus-hash', 'x-random', 'x-local-random']) {
    test(`${type} gives each message to one queue`, async () => {
      const names = await declare(type, ['a', 'b', 'c'])
      for (let i = 0; i < 300; i += 1) channel.publish(type, `${i}`, Buffer.from('m'))
      const all = await counts(names)
      assert.equal(sum(all), 300)
      assert.ok(
        all.every((count) => count > 40),
        String(all),
      )
    })
  }

  test('x-recent-history fills a queue that is bound late', async () => {
    await declare('x-recent-history', [], { 'x-recent-history-length': 2 })
    for (const text of ['a', 'b', 'c']) {
      channel.publish('x-recent-history', '', Buffer.from(text))
    }
    await channel.assertQueue('late', { durable: true })
    await channel.bindQueue('late', 'x-recent-history', '')
    const texts: string[] = []
    for (let i = 0; i < 2; i += 1) {
      const message = await channel.get('late', { noAck: true })
      if (message !== false) texts.push(message.content.toString())
    }
    assert.deepEqual(texts, ['b', 'c'])
    assert.equal(await channel.get('late'), false)
  })

  test('a weight that is no number closes the channel with 406', async () => {
    const other = await client.another()
    const closed = new Promise<Error>((resolve) => {
      other.on('error', resolve)
    })
    await other.assertQueue('q')
    await assert.rejects(other.bindQueue('q', 'x-consistent-hash', 'many'))
    assert.match(
      (await closed).message,
      /406.*PRECONDITION_FAILED - The binding key must be an integer/,
    )
  })
})
