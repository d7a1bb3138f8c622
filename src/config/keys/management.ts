// Settings of the HTTP API with its page, of the metrics listener, and of the logs.

import type { LogLevel as Level } from '../config.ts'
import { LogLevel } from '../config.ts'
import type { Setting } from '../setting.ts'
import { joinedSection, section } from '../setting.ts'
import type { ValueType } from '../value-types.ts'
import { boolean, bytes, duration, oneOf, orNull, port, text } from '../value-types.ts'

const management = section('management')
const managementJoined = joinedSection('management')
const prometheus = section('prometheus')
const log = section('log')
const logJoined = joinedSection('log')

/** Sampling ten thousand queues takes milliseconds: more often than this would be felt. */
const statisticsIntervalMinMs = 100

const words = oneOf(...LogLevel)
/** RabbitMQ knows more levels than are told apart here; its words are accepted for the nearest one. */
const level: ValueType<Level> = {
  name: words.name,
  parse(given) {
    const lower = given.toLowerCase()
    if (lower === 'warn') return 'warning'
    if (['critical', 'alert', 'emergency'].includes(lower)) return 'error'
    return words.parse(lower === 'notice' ? 'info' : lower)
  },
}

export const managementSettings: readonly Setting[] = [
  management('port', {
    key: 'management.tcp.port',
    type: orNull(port, 'none'),
    byDefault: 'auto',
    defaultText: '15672, or none beside `management.ssl.port`',
    environment: 'WARREN_MANAGEMENT_PORT',
    flag: '--management-port',
    documentation: 'Where the HTTP API and the management page are served.',
  }),
  management('port', {
    key: 'management.listener.port',
    type: orNull(port, 'none'),
    documentation: 'An older name of `management.tcp.port`.',
  }),
  management('host', {
    key: 'management.tcp.ip',
    type: text,
    byDefault: null,
    defaultText: 'as the first AMQP listener',
    documentation: 'The address of the management listener.',
  }),
  management('host', {
    key: 'management.listener.ip',
    type: text,
    documentation: 'An older name of `management.tcp.ip`.',
  }),
  management('tlsPort', {
    key: 'management.ssl.port',
    type: orNull(port, 'none'),
    byDefault: null,
    documentation:
      'Where the HTTP API and the page are served over TLS, usually 15671; needs `management.ssl.certfile` and `.keyfile`. Without `management.tcp.port`, plain HTTP is left to this machine, for `warrenctl`.',
  }),
  management('tlsHost', {
    key: 'management.ssl.ip',
    type: text,
    byDefault: null,
    defaultText: 'as management.tcp.ip',
    documentation: 'The address of the management listener over TLS.',
  }),
  managementJoined('pathPrefix', {
    key: 'management.path_prefix',
    type: text,
    byDefault: '',
    defaultText: 'none',
    join: ({ value }) => normalisePrefix(value),
    documentation:
      'What all paths of the HTTP API and the page begin with, behind a reverse proxy.',
  }),
  management('bodyBytesMax', {
    key: 'management.http.max_body_size',
    type: bytes,
    byDefault: 20e6,
    defaultText: '20MB',
    documentation: 'Largest request body, definitions included.',
  }),
  management('statisticsIntervalMs', {
    key: 'collect_statistics_interval',
    type: duration(1, statisticsIntervalMinMs),
    byDefault: 5000,
    documentation: 'How often counters are sampled for rates and charts.',
  }),
  managementJoined('allowedOrigins', {
    key: 'management.cors.allow_origins.$number',
    type: text,
    byDefault: [],
    defaultText: 'none',
    join: ({ current, value, first }) => (first ? [value] : [...current, value]),
    documentation: 'Origins whose pages may use the HTTP API; `*` for all.',
  }),
  prometheus('port', {
    key: 'prometheus.tcp.port',
    type: orNull(port, 'none'),
    byDefault: 'auto',
    defaultText: '15692, or none beside `prometheus.ssl.port`',
    environment: 'WARREN_PROMETHEUS_PORT',
    documentation:
      'Where metrics are served without a password, as long as management is on. If the port is taken, the node starts without this listener; `/metrics` of the management port, for monitors, has the same.',
  }),
  prometheus('host', {
    key: 'prometheus.tcp.ip',
    type: text,
    byDefault: null,
    defaultText: 'as the first AMQP listener',
    documentation: 'The address of the metrics listener.',
  }),
  prometheus('tlsPort', {
    key: 'prometheus.ssl.port',
    type: orNull(port, 'none'),
    byDefault: null,
    documentation:
      'Where metrics are served over TLS, usually 15691; needs `prometheus.ssl.certfile` and `.keyfile`.',
  }),
  prometheus('tlsHost', {
    key: 'prometheus.ssl.ip',
    type: text,
    byDefault: null,
    defaultText: 'as prometheus.tcp.ip',
    documentation: 'The address of the metrics listener over TLS.',
  }),
  prometheus('path', {
    key: 'prometheus.path',
    type: text,
    byDefault: '/metrics',
    documentation:
      'The path of the metrics; `/per-object` and `/detailed` below it have each queue and connection.',
  }),
  prometheus('perObject', {
    key: 'prometheus.return_per_object_metrics',
    type: boolean,
    byDefault: false,
    documentation: 'Whether `/metrics` has a line for each queue, connection and channel.',
  }),
  log('level', {
    key: 'log.default.level',
    type: level,
    byDefault: 'info',
    environment: 'WARREN_LOG_LEVEL',
    flag: '--log-level',
    reloadable: true,
    documentation:
      'The least level that is logged. `RABBITMQ_LOG` takes a level too, and `category=level` pairs.',
  }),
  log('level', {
    key: 'log.level',
    type: level,
    reloadable: true,
    documentation: 'Another name of `log.default.level`.',
  }),
  logJoined('categories', {
    key: 'log.$category.level',
    type: level,
    byDefault: {},
    defaultText: 'as log.default.level',
    join: ({ current, value, captured }) => ({ ...current, [captured]: value }),
    documentation:
      'The least level of one category: connection, store, alarm, management, gateway, telemetry.',
  }),
  log('console', {
    key: 'log.console',
    type: boolean,
    byDefault: true,
    documentation: 'Whether logs go to standard error.',
  }),
  log('consoleLevel', {
    key: 'log.console.level',
    type: level,
    byDefault: null,
    defaultText: 'as log.default.level',
    documentation: 'The least level on standard error.',
  }),
  log('format', {
    key: 'log.console.formatter',
    type: oneOf('auto', 'json', 'plaintext'),
    byDefault: 'auto',
    documentation: 'Lines for people or JSON; `auto` chooses by whether a terminal reads them.',
  }),
  log('file', {
    key: 'log.file',
    type: orNull(text, 'false'),
    byDefault: null,
    defaultText: 'false',
    documentation:
      'A file for logs as JSON, in `log.dir` unless it is an absolute path. `RABBITMQ_LOGS` names one too; `-` there means standard error only.',
  }),
  log('fileLevel', {
    key: 'log.file.level',
    type: level,
    byDefault: null,
    defaultText: 'as log.default.level',
    documentation: 'The least level in the file.',
  }),
  log('directory', {
    key: 'log.dir',
    type: text,
    byDefault: '.',
    environment: 'RABBITMQ_LOG_BASE',
    documentation: 'Where a relative `log.file` lies.',
  }),
]

function normalisePrefix(given: string): string {
  const inner = given.replace(/^\/+|\/+$/g, '')
  return inner === '' ? '' : `/${inner}`
}
