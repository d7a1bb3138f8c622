// Long bodies are read into memory that is used again as soon as nobody needs it. Whatever way a
// message takes, each of its readers gets the bytes that were sent, and nothing of another's.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import amqplib, { type Channel, type ChannelModel, type ConsumeMessage } from 'amqplib'
import { BrokerProcess } from '../support/broker-process.ts'
import { RawClient } from '../support/raw-client.ts'
import { bodyFrame, headerFrame, method } from '../support/raw-frames.ts'

const broker = new BrokerProcess()
before(() => broker.start())
after(() => broker.remove())

const exchange = 'long bodies'
const frameMax = 131_072
const framePayloadMax = frameMax - 8
/** How many messages each of the two channels of the publisher sends. */
const messagesEach = 24

/** The same numbers in each run. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

function bodyOf(seed: number, bytes: number): Buffer {
  const block = createHash('sha512').update(`${seed}`).digest()
  const body = Buffer.alloc(bytes, block)
  // No two places of a body look alike.
  for (let at = 0; at + 4 <= bytes; at += 4096) body.writeUInt32LE(at ^ seed, at)
  return body
}

const sumOf = (body: Buffer): string => createHash('sha1').update(body).digest('hex')

/** All frames of a message, bodies cut as a client may cut them. */
function framesOf(channel: number, seed: number, next: (below: number) => number): Buffer[] {
  const lengths = [next(3000), 200_000 + next(200_000), 700_000 + next(400_000), next(3_000_000)]
  const body = bodyOf(seed, lengths[next(4)]!)
  const frames = [
    method(channel, 'basic.publish', { exchange, routingKey: '' }),
    headerFrame(channel, body.length, {
      messageId: sumOf(body),
      deliveryMode: 1 + next(2),
    }),
  ]
  const whole = next(3) > 0
  for (let at = 0; at < body.length; ) {
    const end = Math.min(body.length, at + (whole ? framePayloadMax : 1 + next(framePayloadMax)))
    frames.push(bodyFrame(channel, body.subarray(at, end)))
    at = end
  }
  return frames
}

/** Sends the frames of both channels between each other, in writes of any length. */
async function publish({ socket }: RawClient, next: (below: number) => number): Promise<void> {
  const streams = [1, 2].map((channel) =>
    Array.from({ length: messagesEach }, (_, i) =>
      framesOf(channel, channel * 1000 + i, next),
    ).flat(),
  )
  while (streams.some((frames) => frames.length > 0)) {
    const frames = streams[next(2)]!.splice(0, 1 + next(12))
    const bytes = Buffer.concat(frames)
    const cut = next(bytes.length + 1)
    socket.write(bytes.subarray(0, cut))
    if (!socket.write(bytes.subarray(cut))) await once(socket, 'drain')
  }
}

/** Counts the messages that came whole, and fails on the first that did not. */
class Received {
  readonly sums: string[] = []
  #wanted = Number.POSITIVE_INFINITY
  #enough: () => void = () => {}

  add({ content, properties }: Pick<ConsumeMessage, 'content' | 'properties'>): void {
    assert.equal(sumOf(content), properties.messageId)
    this.sums.push(properties.messageId as string)
    if (this.sums.length >= this.#wanted) this.#enough()
  }

  async until(count: number): Promise<void> {
    this.#wanted = count
    if (this.sums.length < count) await new Promise<void>((resolve) => (this.#enough = resolve))
  }
}

async function declare(channel: Channel): Promise<void> {
  await channel.assertExchange(exchange, 'fanout', { durable: false })
  const late = {
    'x-max-length': 2,
    'x-dead-letter-exchange': '',
    'x-dead-letter-routing-key': 'dead',
  }
  for (const queue of ['automatic', 'slow', 'acknowledged', 'fetched', 'late', 'dead']) {
    const args = queue === 'late' ? { arguments: late } : {}
    await channel.assertQueue(queue, { durable: queue === 'fetched', ...args })
    if (queue !== 'dead') await channel.bindQueue(queue, exchange, '')
  }
}

/** A consumer whose socket is not read half of the time. */
function makeSlow(connection: ChannelModel): NodeJS.Timeout {
  const { stream } = connection.connection as unknown as {
    stream: { pause(): void; resume(): void }
  }
  let isPaused = false
  return setInterval(() => {
    isPaused = !isPaused
    if (isPaused) stream.pause()
    else stream.resume()
  }, 60)
}

test('each reader gets the bytes that were sent, whatever way they took', {
  timeout: 120_000,
}, async () => {
  const connections = await Promise.all([1, 2, 3].map(() => amqplib.connect(broker.url)))
  const [quick, slow, careful] = await Promise.all(connections.map((each) => each.createChannel()))
  await declare(quick!)
  const all = { automatic: new Received(), slow: new Received(), dead: new Received() }
  const acknowledged = new Received()
  const slowness = makeSlow(connections[1]!)
  await quick!.consume('automatic', (message) => all.automatic.add(message!), { noAck: true })
  await quick!.consume('dead', (message) => all.dead.add(message!), { noAck: true })
  await slow!.consume('slow', (message) => all.slow.add(message!), { noAck: true })
  await careful!.prefetch(7)
  let count = 0
  await careful!.consume('acknowledged', (message) => {
    count += 1
    // Some come back first, and are delivered again from the same memory.
    if (count % 3 === 0 && !message!.fields.redelivered) return careful!.nack(message!)
    acknowledged.add(message!)
    careful!.ack(message!)
  })

  const publisher = await RawClient.channel(broker.url)
  await publisher.call(2, 'channel.open')
  await publish(publisher, numbers(7))
  const total = 2 * messagesEach
  await Promise.all([
    all.automatic.until(total),
    all.slow.until(total),
    acknowledged.until(total),
    all.dead.until(total - 2),
  ])
  clearInterval(slowness)
  const fetched = new Received()
  for (let i = 0; i < total; i += 1) {
    const message = await quick!.get('fetched', { noAck: i % 2 === 0 })
    assert.ok(message)
    fetched.add(message)
    if (i % 2 === 1) quick!.ack(message)
  }

  assert.deepEqual(all.slow.sums, all.automatic.sums)
  assert.deepEqual(fetched.sums, all.automatic.sums)
  assert.deepEqual(all.dead.sums, all.automatic.sums.slice(0, -2))
  assert.deepEqual(acknowledged.sums.toSorted(), all.automatic.sums.toSorted())
  publisher.socket.destroy()
  await Promise.all(connections.map((each) => each.close()))
})
