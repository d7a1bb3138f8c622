// A broker for the AMQP tests: Warren in this process, or the one that WARREN_TEST_AMQP_URL names.
import { Broker } from '../../../src/index.ts'

export interface TestBroker {
  readonly url: string
  stop(): Promise<void>
}

export async function startTestBroker(): Promise<TestBroker> {
  const given = process.env.WARREN_TEST_AMQP_URL
  if (given !== undefined) return { url: given, stop: async () => {} }
  const broker = await Broker.start({ port: 0 })
  return { url: broker.url, stop: () => broker.stop() }
}
