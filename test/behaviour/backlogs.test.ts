// Backlogs are read back from the disk and passed on without an object for each message. Whatever a
// consumer then does with them, each message is where RabbitMQ would have it.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import amqplib, { type Channel, type ChannelModel, type ConsumeMessage } from 'amqplib'
import { BrokerProcess } from '../support/broker-process.ts'

/** More than a few reads of the backlog bring. */
const count = 5000
const broker = new BrokerProcess()
let connection: ChannelModel
let channel: Channel
let queue: string

before(async () => {
  const config = join(broker.directory, 'little-memory.conf')
  writeFileSync(config, 'warren.memory_budget = 64KiB\n')
  await broker.start('--config', config)
})
after(() => broker.remove())
beforeEach(async () => {
  connection = await amqplib.connect(broker.url)
  channel = await connection.createChannel()
})
afterEach(() => connection.close())

for (const persistent of [false, true]) {
  const title = (text: string): string => `${persistent ? 'persistent' : 'transient'}: ${text}`

  test(title('acknowledged in batches, everything comes once and in order'), async () => {
    await fill(persistent)
    const numbers: number[] = []
    await consume({ prefetch: 300 }, (message, number) => {
      numbers.push(number)
      if (number % 100 === 99) channel.ack(message, true)
      return numbers.length === count
    })
    assert.deepEqual(numbers, upTo(count))
    await assertLeft(0)
  })

  test(title('acknowledged one by one, also from the end of what is out'), async () => {
    await fill(persistent)
    const held: ConsumeMessage[] = []
    let seen = 0
    await consume({ prefetch: 50 }, (message) => {
      held.push(message)
      seen += 1
      if (held.length === 50 || seen === count)
        for (const each of seen % 3 === 0 ? held.splice(0).reverse() : held.splice(0))
          channel.ack(each)
      return seen === count
    })
    await assertLeft(0)
  })

  test(title('what is given back comes again in its place, marked'), async () => {
    await fill(persistent)
    const numbers: number[] = []
    const again: number[] = []
    await consume({ prefetch: 100 }, (message, number) => {
      if (message.fields.redelivered) again.push(number)
      if (number % 7 === 3 && !message.fields.redelivered) channel.nack(message, false, true)
      else {
        numbers.push(number)
        channel.ack(message)
      }
      return numbers.length === count
    })
    assert.deepEqual(
      numbers.sort((a, b) => a - b),
      upTo(count),
    )
    assert.deepEqual(
      again.sort((a, b) => a - b),
      upTo(count).filter((number) => number % 7 === 3),
    )
    await assertLeft(0)
  })

  test(title('a channel that closes leaves what it has not acknowledged'), async () => {
    await fill(persistent)
    const first: number[] = []
    await consume({ prefetch: 400 }, (message, number) => {
      first.push(number)
      if (number === 149) channel.ack(message, true)
      return first.length === 400
    })
    await channel.close()
    channel = await connection.createChannel()
    const numbers: number[] = []
    const marked: number[] = []
    await consume({ noAck: true }, (message, number) => {
      numbers.push(number)
      if (message.fields.redelivered) marked.push(number)
      return numbers.length === count - 150
    })
    assert.deepEqual(numbers, upTo(count).slice(150))
    assert.deepEqual(marked.slice(0, 250), upTo(400).slice(150))
    await assertLeft(0)
  })

  test(title('rejected ones go to the dead letter exchange'), async () => {
    const dead = await channel.assertQueue('', { exclusive: true })
    await fill(persistent, { deadLetterExchange: '', deadLetterRoutingKey: dead.queue })
    let seen = 0
    await consume({ prefetch: 64 }, (message, number) => {
      if (number % 10 === 0) channel.reject(message, false)
      else channel.ack(message)
      seen += 1
      return seen === count
    })
    const numbers: number[] = []
    queue = dead.queue
    await consume({ noAck: true }, (message, number) => {
      assert.equal(message.properties.headers?.['x-death']?.[0]?.reason, 'rejected')
      numbers.push(number)
      return numbers.length === count / 10
    })
    assert.deepEqual(
      numbers,
      upTo(count).filter((number) => number % 10 === 0),
    )
  })

  test(title('basic.get, a second consumer and publishes come between'), async () => {
    await fill(persistent)
    const numbers: number[] = []
    const other = await connection.createChannel()
    await other.prefetch(20)
    const take = (message: amqplib.Message | null): void => {
      if (message === null) return
      numbers.push(numberOf(message))
      other.ack(message)
    }
    const gets: Promise<void>[] = []
    let started = false
    await consume({ prefetch: 100 }, (message, number) => {
      numbers.push(number)
      if (number % 50 === 0) {
        gets.push(other.get(queue).then((got) => take(got || null)))
      }
      if (number < 500) channel.sendToQueue(queue, Buffer.from(`${count + number}`), { persistent })
      if (number > 2000 && !started) {
        started = true
        void other.consume(queue, take)
      }
      channel.ack(message)
      return numbers.length >= count + 480
    })
    await Promise.all(gets)
    await other.close()
    await channel.close()
    channel = await connection.createChannel()
    for (let got = await channel.get(queue); got !== false; got = await channel.get(queue)) {
      numbers.push(numberOf(got))
      channel.ack(got)
    }
    assert.ok(new Set(numbers).size >= count + 480)
    assert.equal(Math.min(...numbers), 0)
    await assertLeft(0)
  })

  test(title('a purge leaves what is out, and nothing else'), async () => {
    await fill(persistent)
    const held: ConsumeMessage[] = []
    await consume({ prefetch: 200 }, (message) => held.push(message) === 200)
    await new Promise((resolve) => setTimeout(resolve, 50))
    const { messageCount } = await channel.purgeQueue(queue)
    assert.equal(messageCount, count - 200)
    channel.nack(held[199]!, true, true)
    const again: number[] = []
    await consume({ prefetch: 200 }, (message, number) => {
      again.push(number)
      channel.ack(message)
      return again.length === 200
    })
    assert.deepEqual(again, upTo(200))
    await assertLeft(0)
  })
}

const upTo = (end: number): number[] => Array.from({ length: end }, (_, i) => i)
const numberOf = ({ content }: { readonly content: Buffer }): number => Number(content.toString())

async function fill(persistent: boolean, options: amqplib.Options.AssertQueue = {}): Promise<void> {
  const publisher = await connection.createConfirmChannel()
  queue = (await publisher.assertQueue('', { autoDelete: false, durable: true, ...options })).queue
  for (let i = 0; i < count; i += 1)
    publisher.sendToQueue(queue, Buffer.from(`${i}`), { persistent })
  await publisher.waitForConfirms()
  await publisher.close()
}

/** Consumes until `take` says that it is enough; then the consumer is cancelled. */
async function consume(
  { prefetch = 0, noAck = false },
  take: (message: ConsumeMessage, number: number) => boolean,
): Promise<void> {
  await channel.prefetch(prefetch)
  let enough: () => void = () => {}
  const done = new Promise<void>((resolve) => {
    enough = resolve
  })
  const onMessage = (message: ConsumeMessage | null): void => {
    if (message !== null && take(message, numberOf(message))) enough()
  }
  const { consumerTag } = await channel.consume(queue, onMessage, { noAck })
  await done
  await channel.cancel(consumerTag)
}

async function assertLeft(left: number): Promise<void> {
  const { messageCount } = await channel.checkQueue(queue)
  assert.equal(messageCount, left)
  assert.deepEqual(await channel.deleteQueue(queue), { messageCount: left })
}
