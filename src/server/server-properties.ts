// What the broker tells of itself in connection.start. Clients choose their behaviour by it: kombu
// decides on the meaning of qos by `product`, others need a `version`. [RMQ: rabbit_reader]

import type { FieldTable } from '../protocol/amqp/field-table.ts'
import type { MethodArgumentsForWrite } from '../protocol/amqp/methods.ts'

export interface ServerIdentity {
  readonly product: string
  readonly version: string
  readonly clusterName: string
}

/** What connection.start says. */
export function startArguments(
  identity: ServerIdentity,
  mechanisms: string,
): MethodArgumentsForWrite<'connection.start'> {
  return {
    versionMajor: 0,
    versionMinor: 9,
    serverProperties: serverProperties(identity),
    mechanisms,
    locales: 'en_US',
  }
}

function serverProperties({ product, version, clusterName }: ServerIdentity): FieldTable {
  return {
    capabilities: {
      publisher_confirms: true,
      exchange_exchange_bindings: true,
      'basic.nack': true,
      consumer_cancel_notify: true,
      'connection.blocked': true,
      consumer_priorities: true,
      authentication_failure_close: true,
      per_consumer_qos: true,
      direct_reply_to: true,
    },
    cluster_name: clusterName,
    copyright: 'Copyright (c) the Warren authors',
    information: 'Licensed under the Apache License 2.0',
    platform: 'Node.js',
    product,
    version,
  }
}
