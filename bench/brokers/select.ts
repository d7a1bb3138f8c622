// Brokers by name, as given on the command line.
import type { BrokerSpec } from './broker.ts'
import { externalBroker } from './external.ts'
import { rabbitmq, rabbitmqQuorum } from './rabbitmq.ts'
import { warren } from './warren.ts'

const known: readonly BrokerSpec[] = [warren, rabbitmq, rabbitmqQuorum]

/** `warren,rabbitmq,lavinmq=amqp://guest:guest@localhost:5679/,lavinmq.pid=1234` */
export function selectBrokers(text: string): BrokerSpec[] {
  const parts = text.split(',').map((part) => part.trim())
  const pids = new Map<string, number>()
  for (const part of parts) {
    const match = /^(.+)\.pid=(\d+)$/.exec(part)
    if (match !== null) pids.set(match[1] as string, Number(match[2]))
  }
  return parts
    .filter((part) => !/\.pid=\d+$/.test(part))
    .map((part) => {
      const at = part.indexOf('=')
      if (at > 0) {
        const name = part.slice(0, at)
        return externalBroker(name, part.slice(at + 1), pids.get(name))
      }
      const spec = known.find(({ name }) => name === part)
      if (spec === undefined) {
        const names = known.map(({ name }) => name).join(', ')
        throw new Error(`no broker ${part}; there are ${names}, or give name=amqp://...`)
      }
      return spec
    })
}
