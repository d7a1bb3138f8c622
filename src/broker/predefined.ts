// The exchanges that every virtual host has from the beginning [AMQP 0-9-1, 3.1.3; RMQ: vhosts].

import { eventExchange } from './events.ts'
import type { Topology } from './topology.ts'

const predefined: readonly (readonly [name: string, type: string])[] = [
  ['', 'direct'],
  ['amq.direct', 'direct'],
  ['amq.fanout', 'fanout'],
  ['amq.topic', 'topic'],
  ['amq.headers', 'headers'],
  ['amq.match', 'headers'],
  ['amq.rabbitmq.trace', 'topic'],
]

/** `hasEvents`: the default virtual host has the exchange for events as well. */
export function declarePredefined(topology: Topology, hasEvents: boolean): void {
  const all = hasEvents ? [...predefined, [eventExchange, 'topic'] as const] : predefined
  for (const [name, type] of all) {
    const internal = name.startsWith('amq.rabbitmq.')
    topology.addPredefined({
      name,
      type,
      durable: true,
      autoDelete: false,
      internal,
      arguments: {},
    })
  }
}
