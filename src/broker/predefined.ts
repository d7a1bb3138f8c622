// The exchanges that every virtual host has from the beginning [AMQP 0-9-1, 3.1.3; RMQ: vhosts].

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

export function declarePredefined(topology: Topology): void {
  for (const [name, type] of predefined) {
    const internal = name === 'amq.rabbitmq.trace'
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
