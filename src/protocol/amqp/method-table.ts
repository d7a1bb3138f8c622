// Every method of AMQP 0-9-1 with RabbitMQ's extensions, in one sitting with the specification.
// Fields stand in the order of the wire; consecutive bits share octets, the first in the lowest
// bit. Readers, writers and types follow from this table (method-codec.ts, methods.ts).
// [AMQP 0-9-1, 1.4 to 1.9; RMQ: AMQP 0-9-1 extensions]

export type FieldType =
  | 'bit'
  | 'octet'
  | 'short'
  | 'long'
  | 'longlong'
  | 'shortstr'
  | 'longstr'
  | 'table'
  | 'timestamp'

export interface MethodDefinition {
  readonly classId: number
  readonly methodId: number
  /** Whether a content header and body follow. */
  readonly hasContent: boolean
  readonly fields: { readonly [field: string]: FieldType }
}

export const methodTable = {
  'connection.start': {
    classId: 10,
    methodId: 10,
    hasContent: false,
    fields: {
      versionMajor: 'octet',
      versionMinor: 'octet',
      serverProperties: 'table',
      mechanisms: 'longstr',
      locales: 'longstr',
    },
  },
  'connection.start-ok': {
    classId: 10,
    methodId: 11,
    hasContent: false,
    fields: {
      clientProperties: 'table',
      mechanism: 'shortstr',
      response: 'longstr',
      locale: 'shortstr',
    },
  },
  'connection.secure': {
    classId: 10,
    methodId: 20,
    hasContent: false,
    fields: { challenge: 'longstr' },
  },
  'connection.secure-ok': {
    classId: 10,
    methodId: 21,
    hasContent: false,
    fields: { response: 'longstr' },
  },
  'connection.tune': {
    classId: 10,
    methodId: 30,
    hasContent: false,
    fields: { channelMax: 'short', frameMax: 'long', heartbeat: 'short' },
  },
  'connection.tune-ok': {
    classId: 10,
    methodId: 31,
    hasContent: false,
    fields: { channelMax: 'short', frameMax: 'long', heartbeat: 'short' },
  },
  'connection.open': {
    classId: 10,
    methodId: 40,
    hasContent: false,
    fields: { virtualHost: 'shortstr', reserved1: 'shortstr', reserved2: 'bit' },
  },
  'connection.open-ok': {
    classId: 10,
    methodId: 41,
    hasContent: false,
    fields: { reserved1: 'shortstr' },
  },
  'connection.close': {
    classId: 10,
    methodId: 50,
    hasContent: false,
    fields: { replyCode: 'short', replyText: 'shortstr', classId: 'short', methodId: 'short' },
  },
  'connection.close-ok': { classId: 10, methodId: 51, hasContent: false, fields: {} },
  'connection.blocked': {
    classId: 10,
    methodId: 60,
    hasContent: false,
    fields: { reason: 'shortstr' },
  },
  'connection.unblocked': { classId: 10, methodId: 61, hasContent: false, fields: {} },
  'connection.update-secret': {
    classId: 10,
    methodId: 70,
    hasContent: false,
    fields: { newSecret: 'longstr', reason: 'shortstr' },
  },
  'connection.update-secret-ok': { classId: 10, methodId: 71, hasContent: false, fields: {} },
  'channel.open': {
    classId: 20,
    methodId: 10,
    hasContent: false,
    fields: { reserved1: 'shortstr' },
  },
  'channel.open-ok': {
    classId: 20,
    methodId: 11,
    hasContent: false,
    fields: { reserved1: 'longstr' },
  },
  'channel.flow': { classId: 20, methodId: 20, hasContent: false, fields: { active: 'bit' } },
  'channel.flow-ok': { classId: 20, methodId: 21, hasContent: false, fields: { active: 'bit' } },
  'channel.close': {
    classId: 20,
    methodId: 40,
    hasContent: false,
    fields: { replyCode: 'short', replyText: 'shortstr', classId: 'short', methodId: 'short' },
  },
  'channel.close-ok': { classId: 20, methodId: 41, hasContent: false, fields: {} },
  'access.request': {
    classId: 30,
    methodId: 10,
    hasContent: false,
    fields: {
      realm: 'shortstr',
      exclusive: 'bit',
      passive: 'bit',
      active: 'bit',
      write: 'bit',
      read: 'bit',
    },
  },
  'access.request-ok': {
    classId: 30,
    methodId: 11,
    hasContent: false,
    fields: { ticket: 'short' },
  },
  'exchange.declare': {
    classId: 40,
    methodId: 10,
    hasContent: false,
    fields: {
      reserved1: 'short',
      exchange: 'shortstr',
      type: 'shortstr',
      passive: 'bit',
      durable: 'bit',
      autoDelete: 'bit',
      internal: 'bit',
      noWait: 'bit',
      arguments: 'table',
    },
  },
  'exchange.declare-ok': { classId: 40, methodId: 11, hasContent: false, fields: {} },
  'exchange.delete': {
    classId: 40,
    methodId: 20,
    hasContent: false,
    fields: { reserved1: 'short', exchange: 'shortstr', ifUnused: 'bit', noWait: 'bit' },
  },
  'exchange.delete-ok': { classId: 40, methodId: 21, hasContent: false, fields: {} },
  'exchange.bind': {
    classId: 40,
    methodId: 30,
    hasContent: false,
    fields: {
      reserved1: 'short',
      destination: 'shortstr',
      source: 'shortstr',
      routingKey: 'shortstr',
      noWait: 'bit',
      arguments: 'table',
    },
  },
  'exchange.bind-ok': { classId: 40, methodId: 31, hasContent: false, fields: {} },
  'exchange.unbind': {
    classId: 40,
    methodId: 40,
    hasContent: false,
    fields: {
      reserved1: 'short',
      destination: 'shortstr',
      source: 'shortstr',
      routingKey: 'shortstr',
      noWait: 'bit',
      arguments: 'table',
    },
  },
  'exchange.unbind-ok': { classId: 40, methodId: 51, hasContent: false, fields: {} },
  'queue.declare': {
    classId: 50,
    methodId: 10,
    hasContent: false,
    fields: {
      reserved1: 'short',
      queue: 'shortstr',
      passive: 'bit',
      durable: 'bit',
      exclusive: 'bit',
      autoDelete: 'bit',
      noWait: 'bit',
      arguments: 'table',
    },
  },
  'queue.declare-ok': {
    classId: 50,
    methodId: 11,
    hasContent: false,
    fields: { queue: 'shortstr', messageCount: 'long', consumerCount: 'long' },
  },
  'queue.bind': {
    classId: 50,
    methodId: 20,
    hasContent: false,
    fields: {
      reserved1: 'short',
      queue: 'shortstr',
      exchange: 'shortstr',
      routingKey: 'shortstr',
      noWait: 'bit',
      arguments: 'table',
    },
  },
  'queue.bind-ok': { classId: 50, methodId: 21, hasContent: false, fields: {} },
  'queue.purge': {
    classId: 50,
    methodId: 30,
    hasContent: false,
    fields: { reserved1: 'short', queue: 'shortstr', noWait: 'bit' },
  },
  'queue.purge-ok': {
    classId: 50,
    methodId: 31,
    hasContent: false,
    fields: { messageCount: 'long' },
  },
  'queue.delete': {
    classId: 50,
    methodId: 40,
    hasContent: false,
    fields: {
      reserved1: 'short',
      queue: 'shortstr',
      ifUnused: 'bit',
      ifEmpty: 'bit',
      noWait: 'bit',
    },
  },
  'queue.delete-ok': {
    classId: 50,
    methodId: 41,
    hasContent: false,
    fields: { messageCount: 'long' },
  },
  'queue.unbind': {
    classId: 50,
    methodId: 50,
    hasContent: false,
    fields: {
      reserved1: 'short',
      queue: 'shortstr',
      exchange: 'shortstr',
      routingKey: 'shortstr',
      arguments: 'table',
    },
  },
  'queue.unbind-ok': { classId: 50, methodId: 51, hasContent: false, fields: {} },
  'basic.qos': {
    classId: 60,
    methodId: 10,
    hasContent: false,
    fields: { prefetchSize: 'long', prefetchCount: 'short', global: 'bit' },
  },
  'basic.qos-ok': { classId: 60, methodId: 11, hasContent: false, fields: {} },
  'basic.consume': {
    classId: 60,
    methodId: 20,
    hasContent: false,
    fields: {
      reserved1: 'short',
      queue: 'shortstr',
      consumerTag: 'shortstr',
      noLocal: 'bit',
      noAck: 'bit',
      exclusive: 'bit',
      noWait: 'bit',
      arguments: 'table',
    },
  },
  'basic.consume-ok': {
    classId: 60,
    methodId: 21,
    hasContent: false,
    fields: { consumerTag: 'shortstr' },
  },
  'basic.cancel': {
    classId: 60,
    methodId: 30,
    hasContent: false,
    fields: { consumerTag: 'shortstr', noWait: 'bit' },
  },
  'basic.cancel-ok': {
    classId: 60,
    methodId: 31,
    hasContent: false,
    fields: { consumerTag: 'shortstr' },
  },
  'basic.publish': {
    classId: 60,
    methodId: 40,
    hasContent: true,
    fields: {
      reserved1: 'short',
      exchange: 'shortstr',
      routingKey: 'shortstr',
      mandatory: 'bit',
      immediate: 'bit',
    },
  },
  'basic.return': {
    classId: 60,
    methodId: 50,
    hasContent: true,
    fields: {
      replyCode: 'short',
      replyText: 'shortstr',
      exchange: 'shortstr',
      routingKey: 'shortstr',
    },
  },
  'basic.deliver': {
    classId: 60,
    methodId: 60,
    hasContent: true,
    fields: {
      consumerTag: 'shortstr',
      deliveryTag: 'longlong',
      redelivered: 'bit',
      exchange: 'shortstr',
      routingKey: 'shortstr',
    },
  },
  'basic.get': {
    classId: 60,
    methodId: 70,
    hasContent: false,
    fields: { reserved1: 'short', queue: 'shortstr', noAck: 'bit' },
  },
  'basic.get-ok': {
    classId: 60,
    methodId: 71,
    hasContent: true,
    fields: {
      deliveryTag: 'longlong',
      redelivered: 'bit',
      exchange: 'shortstr',
      routingKey: 'shortstr',
      messageCount: 'long',
    },
  },
  'basic.get-empty': {
    classId: 60,
    methodId: 72,
    hasContent: false,
    fields: { reserved1: 'shortstr' },
  },
  'basic.ack': {
    classId: 60,
    methodId: 80,
    hasContent: false,
    fields: { deliveryTag: 'longlong', multiple: 'bit' },
  },
  'basic.reject': {
    classId: 60,
    methodId: 90,
    hasContent: false,
    fields: { deliveryTag: 'longlong', requeue: 'bit' },
  },
  'basic.recover-async': {
    classId: 60,
    methodId: 100,
    hasContent: false,
    fields: { requeue: 'bit' },
  },
  'basic.recover': { classId: 60, methodId: 110, hasContent: false, fields: { requeue: 'bit' } },
  'basic.recover-ok': { classId: 60, methodId: 111, hasContent: false, fields: {} },
  'basic.nack': {
    classId: 60,
    methodId: 120,
    hasContent: false,
    fields: { deliveryTag: 'longlong', multiple: 'bit', requeue: 'bit' },
  },
  'confirm.select': { classId: 85, methodId: 10, hasContent: false, fields: { noWait: 'bit' } },
  'confirm.select-ok': { classId: 85, methodId: 11, hasContent: false, fields: {} },
  'tx.select': { classId: 90, methodId: 10, hasContent: false, fields: {} },
  'tx.select-ok': { classId: 90, methodId: 11, hasContent: false, fields: {} },
  'tx.commit': { classId: 90, methodId: 20, hasContent: false, fields: {} },
  'tx.commit-ok': { classId: 90, methodId: 21, hasContent: false, fields: {} },
  'tx.rollback': { classId: 90, methodId: 30, hasContent: false, fields: {} },
  'tx.rollback-ok': { classId: 90, methodId: 31, hasContent: false, fields: {} },
} as const
