// RPC over AMQP with Warren on both ends, in each of its profiles.
import { after, before } from 'node:test'
import { amqp } from '../../src/rpc/index.ts'
import { startTestBroker, type TestBroker } from './support/broker.ts'
import { transportSuite } from './support/transport-suite.ts'

let broker: TestBroker
let queues = 0

before(async () => {
  broker = await startTestBroker()
})
after(() => broker.stop())

function transport() {
  queues += 1
  return amqp({ url: broker.url, queue: `rpc-test-${process.pid}-${queues}` })
}

transportSuite({
  name: 'amqp, JSON',
  transport,
  without: ['busy', 'port'],
})

transportSuite({
  name: 'amqp, MessagePack, replies on a queue',
  transport,
  url: (url) => `${url}&profile=message-pack`,
  client: { amqp: { reply: 'queue' } },
  without: ['busy', 'port'],
})
