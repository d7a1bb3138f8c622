// Works out a publish target: checks, then the route.

import { accessRefused, resourceText } from './errors.ts'
import type { Exchange } from './exchanges/exchange.ts'
import { makeEnvelope, type PublishTarget, replyPrefix } from './publish-target.ts'
import type { VirtualHost } from './vhost.ts'

/** Throws NOT_FOUND or ACCESS_REFUSED, in RabbitMQ's order of checks. */
export function resolveTarget(
  vhost: VirtualHost,
  user: string,
  exchangeName: string,
  routingKey: string,
): PublishTarget {
  const { access, topology } = vhost
  access.check(user, vhost.name, { kind: 'exchange', name: exchangeName }, 'write')
  const exchange = topology.exchange(exchangeName)
  if (exchange.internal) {
    const text = resourceText('exchange', exchangeName, vhost.name)
    throw accessRefused(`cannot publish to internal ${text}`)
  }
  if (exchange.type.name === 'topic') {
    access.checkTopic(user, vhost.name, { exchange: exchangeName, routingKey }, 'write')
  }
  return makeTarget(vhost, exchange, routingKey)
}

/** The target alone, for who has checked what has to be checked. */
export function makeTarget(
  vhost: VirtualHost,
  exchange: Exchange,
  routingKey: string,
): PublishTarget {
  const isReply = exchange.name === '' && routingKey.startsWith(replyPrefix)
  return {
    exchange,
    envelope: makeEnvelope(exchange.name, routingKey),
    queues: vhost.routing.byKey(exchange, routingKey),
    replyToken: isReply ? routingKey.slice(replyPrefix.length) : null,
    topologyVersion: vhost.topology.version,
    accessVersion: vhost.access.version,
  }
}
