// Settings of the AMQP listeners and of what a connection may do.

import { type SaslMechanism, SaslMechanisms } from '../config.ts'
import type { Setting } from '../setting.ts'
import { joinedSection, section } from '../setting.ts'
import type { ValueType } from '../value-types.ts'
import { bytes, duration, endpoint, integer, oneOf, port, text } from '../value-types.ts'

const amqp = section('amqp')
const amqpJoined = joinedSection('amqp')

const saslMechanism: ValueType<SaslMechanism> = {
  name: SaslMechanisms.join(', '),
  parse(given) {
    const found = SaslMechanisms.find((name) => name === given.toUpperCase())
    if (found !== undefined) return found
    throw new RangeError(`expected one of ${SaslMechanisms.join(', ')}, got '${given}'`)
  },
}

export const amqpSettings: readonly Setting[] = [
  amqpJoined('listeners', {
    key: 'listeners.tcp.$name',
    type: endpoint,
    byDefault: [{ host: null, port: 5672 }],
    defaultText: '5672 on all addresses',
    join: ({ current, value, first }) => (first ? [value] : [...current, value]),
    documentation:
      'Where AMQP 0-9-1 is served. `listeners.tcp.default` and any number of `listeners.tcp.1`, `.2`, … together.',
  }),
  amqpJoined('listeners', {
    key: 'listeners.tcp',
    type: { name: 'none', parse: parseNone },
    join: () => [],
    documentation: '`none` switches plain TCP off.',
  }),
  amqpJoined('listeners', {
    key: 'warren.port',
    type: port,
    environment: 'RABBITMQ_NODE_PORT',
    flag: '--port',
    join: ({ current, value }) => [{ host: current[0]?.host ?? null, port: value }],
    documentation:
      'The AMQP port alone: keeps the first listener’s address, drops further listeners.',
  }),
  amqpJoined('listeners', {
    key: 'warren.bind',
    type: text,
    environment: 'RABBITMQ_NODE_IP_ADDRESS',
    flag: '--bind',
    join: ({ current, value }) => [
      { host: value === '' ? null : value, port: current[0]?.port ?? 5672 },
    ],
    documentation:
      'The AMQP address alone: keeps the first listener’s port, drops further listeners. Also where management and Prometheus listen unless they have an address of their own.',
  }),
  amqp('heartbeatSeconds', {
    key: 'heartbeat',
    type: integer(0, 65535),
    byDefault: 60,
    documentation: 'Seconds between heartbeats that the broker proposes; 0 switches them off.',
  }),
  amqp('frameBytesMax', {
    key: 'frame_max',
    type: bytes,
    byDefault: 131072,
    documentation:
      'Largest frame in bytes that the broker proposes. Smaller values of a client are accepted down to 4096 [AMQP 0-9-1, connection.tune].',
  }),
  amqp('channelsMax', {
    key: 'channel_max',
    type: integer(0, 65535),
    byDefault: 2047,
    documentation:
      'Channels per connection that the broker proposes; 0 for no limit but the protocol’s.',
  }),
  amqp('channelsMax', {
    key: 'max_channels_per_connection',
    type: integer(0, 65535),
    documentation: 'Another name of `channel_max`.',
  }),
  amqp('handshakeTimeoutMs', {
    key: 'handshake_timeout',
    type: duration(1),
    byDefault: 10000,
    documentation: 'How long a client may take from connecting to connection.open.',
  }),
  amqp('messageBytesMax', {
    key: 'max_message_size',
    type: bytes,
    byDefault: 134217728,
    documentation:
      'Largest message body. 128 MiB as in RabbitMQ 3.13; RabbitMQ 4 lowered it to 16 MiB.',
  }),
  amqp('backlog', {
    key: 'tcp_listen_options.backlog',
    type: integer(1, 65535),
    byDefault: 128,
    documentation: 'How many connections may wait to be accepted.',
  }),
  amqp('busyWaitMicros', {
    key: 'warren.busy_wait',
    type: integer(0, 1000),
    byDefault: ({ processors }) => (processors > 1 ? 50 : 0),
    defaultText: '50, or 0 with one processor',
    environment: 'WARREN_BUSY_WAIT',
    documentation:
      'For how many microseconds the broker looks for more work before it sleeps, where pauses are no longer than that, and three times as long where all that comes answers what was sent: clients that wait for each answer get it twice as soon. As `+sbwt` of RabbitMQ’s runtime; 0 switches it off.',
  }),
  amqpJoined('tlsListeners', {
    key: 'listeners.ssl.$name',
    type: endpoint,
    byDefault: [],
    defaultText: 'none',
    join: ({ current, value, first }) => (first ? [value] : [...current, value]),
    documentation:
      'Where AMQP 0-9-1 is served over TLS, usually 5671; as with `listeners.tcp`. Needs `ssl_options.certfile` and `ssl_options.keyfile`. `--bind` does not move it.',
  }),
  amqpJoined('tlsListeners', {
    key: 'listeners.ssl',
    type: { name: 'none', parse: parseNone },
    join: () => [],
    documentation: '`none` switches AMQP over TLS off.',
  }),
  amqp('tlsHandshakeTimeoutMs', {
    key: 'ssl_handshake_timeout',
    type: duration(1, 1),
    byDefault: 5000,
    documentation: 'How long a client may take for the TLS handshake.',
  }),
  amqpJoined('mechanisms', {
    key: 'auth_mechanisms.$number',
    type: saslMechanism,
    byDefault: ['PLAIN', 'AMQPLAIN'],
    defaultText: 'PLAIN, AMQPLAIN',
    join: ({ current, value, first }) => (first ? [value] : [...current, value]),
    documentation:
      'How clients may log in. `EXTERNAL` takes the name in the client’s certificate, without a password; it is offered to connections over TLS.',
  }),
  amqp('loginFrom', {
    key: 'ssl_cert_login_from',
    type: oneOf('distinguished_name', 'common_name'),
    byDefault: 'distinguished_name',
    documentation:
      'What of a client’s certificate is the user’s name for `EXTERNAL`: all of its subject, such as `CN=app,O=example`, or the common name.',
  }),
]

function parseNone(given: string): null {
  if (given === 'none') return null
  throw new RangeError(`expected none, got '${given}' (a port goes to listeners.tcp.default)`)
}
