// How many objects of a kind the whole node has, for RabbitMQ's keys of the same names.

import type { Setting } from '../setting.ts'
import { section } from '../setting.ts'
import { integer, orNull } from '../value-types.ts'

const limits = section('limits')
const count = orNull(integer(0), 'infinity')

export const limitSettings: readonly Setting[] = [
  limits('connectionsMax', {
    key: 'connection_max',
    type: count,
    byDefault: null,
    documentation: 'How many AMQP connections the node takes.',
  }),
  limits('connectionsMax', {
    key: 'max_connections',
    type: count,
    documentation: 'Another name of `connection_max`.',
  }),
  limits('channelsMax', {
    key: 'channel_max_per_node',
    type: count,
    byDefault: null,
    documentation: 'How many channels all connections together may have open.',
  }),
  limits('consumersMax', {
    key: 'consumer_max_per_channel',
    type: count,
    byDefault: null,
    documentation: 'How many consumers one channel may have.',
  }),
  limits('vhostsMax', {
    key: 'vhost_max',
    type: count,
    byDefault: null,
    documentation: 'How many virtual hosts there may be.',
  }),
  limits('queuesMax', {
    key: 'cluster_queue_limit',
    type: count,
    byDefault: null,
    documentation: 'How many queues all virtual hosts together may have.',
  }),
  limits('exchangesMax', {
    key: 'cluster_exchange_limit',
    type: count,
    byDefault: null,
    documentation:
      'How many exchanges all virtual hosts together may have, those of every virtual host included.',
  }),
]
