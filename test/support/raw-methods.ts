// AMQP 0-9-1's methods with RabbitMQ's extensions, written down a second time for the tests: a
// mistake in the product's own table must not be able to hide behind itself. Order of fields is
// the order on the wire; runs of `bit` share octets. [AMQP 0-9-1 generated reference]

export type WireType =
  | 'bit'
  | 'octet'
  | 'short'
  | 'long'
  | 'longlong'
  | 'shortstr'
  | 'longstr'
  | 'table'

export interface RawMethod {
  readonly classId: number
  readonly methodId: number
  readonly name: string
  readonly fields: readonly { readonly name: string; readonly type: WireType }[]
}

const close = 'short replyCode, shortstr replyText, short classId, short methodId'
const bind =
  'short reserved1, shortstr destination, shortstr source, shortstr routingKey, bit noWait, table arguments'

const definitions: readonly [classId: number, methodId: number, name: string, fields: string][] = [
  [
    10,
    10,
    'connection.start',
    'octet versionMajor, octet versionMinor, table serverProperties, longstr mechanisms, longstr locales',
  ],
  [
    10,
    11,
    'connection.start-ok',
    'table clientProperties, shortstr mechanism, longstr response, shortstr locale',
  ],
  [10, 20, 'connection.secure', 'longstr challenge'],
  [10, 21, 'connection.secure-ok', 'longstr response'],
  [10, 30, 'connection.tune', 'short channelMax, long frameMax, short heartbeat'],
  [10, 31, 'connection.tune-ok', 'short channelMax, long frameMax, short heartbeat'],
  [10, 40, 'connection.open', 'shortstr virtualHost, shortstr reserved1, bit reserved2'],
  [10, 41, 'connection.open-ok', 'shortstr reserved1'],
  [10, 50, 'connection.close', close],
  [10, 51, 'connection.close-ok', ''],
  [10, 60, 'connection.blocked', 'shortstr reason'],
  [10, 61, 'connection.unblocked', ''],
  [10, 70, 'connection.update-secret', 'longstr newSecret, shortstr reason'],
  [10, 71, 'connection.update-secret-ok', ''],
  [20, 10, 'channel.open', 'shortstr reserved1'],
  [20, 11, 'channel.open-ok', 'longstr reserved1'],
  [20, 20, 'channel.flow', 'bit active'],
  [20, 21, 'channel.flow-ok', 'bit active'],
  [20, 40, 'channel.close', close],
  [20, 41, 'channel.close-ok', ''],
  [
    30,
    10,
    'access.request',
    'shortstr realm, bit exclusive, bit passive, bit active, bit write, bit read',
  ],
  [30, 11, 'access.request-ok', 'short ticket'],
  [
    40,
    10,
    'exchange.declare',
    'short reserved1, shortstr exchange, shortstr type, bit passive, bit durable, bit autoDelete, bit internal, bit noWait, table arguments',
  ],
  [40, 11, 'exchange.declare-ok', ''],
  [40, 20, 'exchange.delete', 'short reserved1, shortstr exchange, bit ifUnused, bit noWait'],
  [40, 21, 'exchange.delete-ok', ''],
  [40, 30, 'exchange.bind', bind],
  [40, 31, 'exchange.bind-ok', ''],
  [40, 40, 'exchange.unbind', bind],
  [40, 51, 'exchange.unbind-ok', ''],
  [
    50,
    10,
    'queue.declare',
    'short reserved1, shortstr queue, bit passive, bit durable, bit exclusive, bit autoDelete, bit noWait, table arguments',
  ],
  [50, 11, 'queue.declare-ok', 'shortstr queue, long messageCount, long consumerCount'],
  [
    50,
    20,
    'queue.bind',
    'short reserved1, shortstr queue, shortstr exchange, shortstr routingKey, bit noWait, table arguments',
  ],
  [50, 21, 'queue.bind-ok', ''],
  [50, 30, 'queue.purge', 'short reserved1, shortstr queue, bit noWait'],
  [50, 31, 'queue.purge-ok', 'long messageCount'],
  [
    50,
    40,
    'queue.delete',
    'short reserved1, shortstr queue, bit ifUnused, bit ifEmpty, bit noWait',
  ],
  [50, 41, 'queue.delete-ok', 'long messageCount'],
  [
    50,
    50,
    'queue.unbind',
    'short reserved1, shortstr queue, shortstr exchange, shortstr routingKey, table arguments',
  ],
  [50, 51, 'queue.unbind-ok', ''],
  [60, 10, 'basic.qos', 'long prefetchSize, short prefetchCount, bit global'],
  [60, 11, 'basic.qos-ok', ''],
  [
    60,
    20,
    'basic.consume',
    'short reserved1, shortstr queue, shortstr consumerTag, bit noLocal, bit noAck, bit exclusive, bit noWait, table arguments',
  ],
  [60, 21, 'basic.consume-ok', 'shortstr consumerTag'],
  [60, 30, 'basic.cancel', 'shortstr consumerTag, bit noWait'],
  [60, 31, 'basic.cancel-ok', 'shortstr consumerTag'],
  [
    60,
    40,
    'basic.publish',
    'short reserved1, shortstr exchange, shortstr routingKey, bit mandatory, bit immediate',
  ],
  [
    60,
    50,
    'basic.return',
    'short replyCode, shortstr replyText, shortstr exchange, shortstr routingKey',
  ],
  [
    60,
    60,
    'basic.deliver',
    'shortstr consumerTag, longlong deliveryTag, bit redelivered, shortstr exchange, shortstr routingKey',
  ],
  [60, 70, 'basic.get', 'short reserved1, shortstr queue, bit noAck'],
  [
    60,
    71,
    'basic.get-ok',
    'longlong deliveryTag, bit redelivered, shortstr exchange, shortstr routingKey, long messageCount',
  ],
  [60, 72, 'basic.get-empty', 'shortstr reserved1'],
  [60, 80, 'basic.ack', 'longlong deliveryTag, bit multiple'],
  [60, 90, 'basic.reject', 'longlong deliveryTag, bit requeue'],
  [60, 100, 'basic.recover-async', 'bit requeue'],
  [60, 110, 'basic.recover', 'bit requeue'],
  [60, 111, 'basic.recover-ok', ''],
  [60, 120, 'basic.nack', 'longlong deliveryTag, bit multiple, bit requeue'],
  [85, 10, 'confirm.select', 'bit noWait'],
  [85, 11, 'confirm.select-ok', ''],
  [90, 10, 'tx.select', ''],
  [90, 11, 'tx.select-ok', ''],
  [90, 20, 'tx.commit', ''],
  [90, 21, 'tx.commit-ok', ''],
  [90, 30, 'tx.rollback', ''],
  [90, 31, 'tx.rollback-ok', ''],
]

const parsed: readonly RawMethod[] = definitions.map(([classId, methodId, name, fields]) => ({
  classId,
  methodId,
  name,
  fields:
    fields === ''
      ? []
      : fields.split(', ').map((field) => {
          const [type, fieldName] = field.split(' ') as [WireType, string]
          return { type, name: fieldName }
        }),
}))

const byName = new Map(parsed.map((method) => [method.name, method]))
const byIds = new Map(parsed.map((method) => [`${method.classId}/${method.methodId}`, method]))

export function methodNamed(name: string): RawMethod {
  const method = byName.get(name)
  if (method === undefined) throw new Error(`no AMQP method is called ${name}`)
  return method
}

export function methodWithIds(classId: number, methodId: number): RawMethod {
  const method = byIds.get(`${classId}/${methodId}`)
  if (method === undefined) throw new Error(`no AMQP method has the ids ${classId}/${methodId}`)
  return method
}

/** The content properties in the order of their flags, highest bit first. */
export const contentProperties: readonly { readonly name: string; readonly type: WireType }[] = [
  { name: 'contentType', type: 'shortstr' },
  { name: 'contentEncoding', type: 'shortstr' },
  { name: 'headers', type: 'table' },
  { name: 'deliveryMode', type: 'octet' },
  { name: 'priority', type: 'octet' },
  { name: 'correlationId', type: 'shortstr' },
  { name: 'replyTo', type: 'shortstr' },
  { name: 'expiration', type: 'shortstr' },
  { name: 'messageId', type: 'shortstr' },
  { name: 'timestamp', type: 'longlong' },
  { name: 'type', type: 'shortstr' },
  { name: 'userId', type: 'shortstr' },
  { name: 'appId', type: 'shortstr' },
  { name: 'clusterId', type: 'shortstr' },
]
