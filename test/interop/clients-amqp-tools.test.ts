// The command line tools of librabbitmq (the C client), unmodified.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startBrokerUnderTest, type Target } from '../support/broker-under-test.ts'
import { Child } from '../support/child.ts'
import { findProgram, skipUnless } from '../support/peers.ts'
import { RawClient } from '../support/raw-client.ts'

const installed = ['amqp-publish', 'amqp-consume', 'amqp-get'].every(
  (name) => findProgram(name) !== undefined,
)
const skip = skipUnless(installed, 'amqp-tools is not installed')

describe('librabbitmq', { skip }, () => {
  let broker: Target
  let admin: RawClient
  before(async () => {
    broker = await startBrokerUnderTest()
    admin = await RawClient.channel(broker.url)
    await admin.call(1, 'queue.declare', { queue: 'tools' })
  })
  after(async () => {
    await admin?.close()
    await broker?.stop()
  })

  test('amqp-publish and amqp-get', async () => {
    const publish = new Child('amqp-publish', [
      ...['-u', broker.url, '-r', 'tools', '-p', '-C', 'text/plain', '-H', 'colour: green'],
      ...['-b', 'from C'],
    ])
    await publish.succeeds()
    const get = new Child('amqp-get', ['-u', broker.url, '-q', 'tools'])
    assert.equal(await get.succeeds(), 'from C')
    const empty = new Child('amqp-get', ['-u', broker.url, '-q', 'tools'])
    // The tool ends with 2 when the queue is empty.
    await assert.rejects(empty.succeeds(), /ended with 2/)
  })

  test('amqp-publish line by line, amqp-consume with acknowledgements and prefetch', async () => {
    const publish = new Child('amqp-publish', ['-u', broker.url, '-r', 'tools', '-l'], {
      input: 'one\ntwo\nthree\n',
    })
    await publish.succeeds()
    const consume = new Child('amqp-consume', [
      ...['-u', broker.url, '-q', 'tools', '-c', '3', '-p', '1', 'cat'],
    ])
    assert.equal(await consume.succeeds(), 'one\ntwo\nthree\n')
    const { args } = await admin.call(1, 'queue.declare', { queue: 'tools', passive: true })
    assert.deepEqual([args.messageCount, args.consumerCount], [0, 0])
  })

  test('amqp-consume on an exclusive queue bound to an exchange', async () => {
    const consume = new Child('amqp-consume', [
      ...['-u', broker.url, '-q', 'tools-own', '-x', '-e', 'amq.topic', '-r', 'tools.#'],
      ...['-c', '1', 'cat'],
    ])
    await untilRouted(admin)
    assert.equal(await consume.succeeds(), 'to the topic')
  })
})

/** Publishes until the consumer's binding is there. */
async function untilRouted(admin: RawClient): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    admin.publish(
      1,
      { exchange: 'amq.topic', routingKey: 'tools.x', mandatory: true },
      'to the topic',
    )
    const returned = (await admin.settle()).some(({ name }) => name === 'basic.return')
    if (!returned) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('amqp-consume never bound its queue')
}
