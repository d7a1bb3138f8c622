// What rabbitmqadmin can list, show and change: names, arguments and paths as RabbitMQ 3's program of
// that name has them, because scripts call it so. Nothing here acts.

export interface Listable {
  /** Whether its path takes a virtual host. */
  readonly scoped?: boolean
  /** Shown when no columns are asked for. */
  readonly columns?: readonly string[]
  /** Columns whose objects are shown as JSON instead of being spread into columns. */
  readonly json?: readonly string[]
}

export const listable: Readonly<Record<string, Listable>> = {
  connections: { columns: ['name', 'user', 'channels'] },
  channels: { columns: ['name', 'user'] },
  consumers: { scoped: true },
  exchanges: { scoped: true, columns: ['name', 'type'] },
  queues: { scoped: true, columns: ['name', 'messages'] },
  bindings: { scoped: true, columns: ['source', 'destination', 'routing_key'] },
  users: {},
  vhosts: { columns: ['name', 'messages'] },
  permissions: {},
  nodes: { columns: ['name', 'type', 'mem_used'] },
  parameters: { json: ['value'] },
  policies: { json: ['definition'] },
  operator_policies: { json: ['definition'] },
  vhost_limits: { json: ['value'] },
}

export const showable: Readonly<Record<string, Listable>> = {
  overview: {
    columns: ['rabbitmq_version', 'cluster_name', 'queue_totals.messages', 'object_totals.queues'],
  },
}

/** How an object is named on the command line: `name=value` words, and the path they make. */
export interface ObjectShape {
  /** A list: one of its members must be given. */
  readonly mandatory: readonly (string | readonly string[])[]
  /** With their defaults; undefined: left out unless given. */
  readonly optional?: Readonly<Record<string, unknown>>
  /** Arguments whose values are JSON. */
  readonly json?: readonly string[]
  /** `{name}` stands for an argument, `{destination_char}` for the destination type's first letter. */
  readonly path: string
}

const name: ObjectShape['mandatory'] = ['name']

const paths = {
  exchange: '/exchanges/{vhost}/{name}',
  queue: '/queues/{vhost}/{name}',
  binding: '/bindings/{vhost}/e/{source}/{destination_char}/{destination}',
  vhost: '/vhosts/{name}',
  user: '/users/{name}',
  permission: '/permissions/{vhost}/{user}',
  parameter: '/parameters/{component}/{vhost}/{name}',
  policy: '/policies/{vhost}/{name}',
  operator_policy: '/operator-policies/{vhost}/{name}',
  vhost_limit: '/vhost-limits/{vhost}/{name}',
}

const policy = {
  mandatory: ['name', 'pattern', 'definition'],
  json: ['definition', 'priority'],
  optional: { priority: 0, 'apply-to': undefined },
}

export const declarable: Readonly<Record<string, ObjectShape>> = {
  exchange: {
    mandatory: ['name', 'type'],
    json: ['arguments'],
    optional: { auto_delete: 'false', durable: 'true', internal: 'false', arguments: {} },
    path: paths.exchange,
  },
  queue: {
    mandatory: name,
    json: ['arguments'],
    optional: {
      auto_delete: 'false',
      durable: 'true',
      arguments: {},
      node: undefined,
      queue_type: undefined,
    },
    path: paths.queue,
  },
  binding: {
    mandatory: ['source', 'destination'],
    json: ['arguments'],
    optional: { destination_type: 'queue', routing_key: '', arguments: {} },
    path: paths.binding,
  },
  vhost: { mandatory: name, optional: { tracing: undefined }, path: paths.vhost },
  user: {
    mandatory: ['name', ['password', 'password_hash'], 'tags'],
    optional: { hashing_algorithm: undefined },
    path: paths.user,
  },
  permission: {
    mandatory: ['vhost', 'user', 'configure', 'write', 'read'],
    path: paths.permission,
  },
  parameter: { mandatory: ['component', 'name', 'value'], json: ['value'], path: paths.parameter },
  policy: { ...policy, path: paths.policy },
  operator_policy: { ...policy, path: paths.operator_policy },
  vhost_limit: { mandatory: ['vhost', 'name', 'value'], json: ['value'], path: paths.vhost_limit },
}

export const deletable: Readonly<Record<string, ObjectShape>> = {
  exchange: { mandatory: name, path: paths.exchange },
  queue: { mandatory: name, path: paths.queue },
  binding: {
    mandatory: ['source', 'destination_type', 'destination'],
    optional: { properties_key: '~' },
    path: `${paths.binding}/{properties_key}`,
  },
  vhost: { mandatory: name, path: paths.vhost },
  user: { mandatory: name, path: paths.user },
  permission: { mandatory: ['vhost', 'user'], path: paths.permission },
  parameter: { mandatory: ['component', 'name'], path: paths.parameter },
  policy: { mandatory: name, path: paths.policy },
  operator_policy: { mandatory: name, path: paths.operator_policy },
  vhost_limit: { mandatory: ['vhost', 'name'], path: paths.vhost_limit },
}

export const closable: Readonly<Record<string, ObjectShape>> = {
  connection: { mandatory: name, path: '/connections/{name}' },
}

export const purgable: Readonly<Record<string, ObjectShape>> = {
  queue: { mandatory: name, path: '/queues/{vhost}/{name}/contents' },
}

export const messageVerbs: Readonly<Record<'publish' | 'get', ObjectShape>> = {
  publish: {
    mandatory: ['routing_key'],
    json: ['properties'],
    optional: {
      payload: undefined,
      properties: {},
      exchange: 'amq.default',
      payload_encoding: 'string',
    },
    path: '/exchanges/{vhost}/{exchange}/publish',
  },
  get: {
    mandatory: ['queue'],
    optional: {
      count: '1',
      ackmode: 'ack_requeue_true',
      payload_file: undefined,
      encoding: 'auto',
    },
    path: '/queues/{vhost}/{queue}/get',
  },
}

/** Columns that come first, in this order; all others follow by their names. */
export const promotedColumns: readonly string[] = [
  'vhost',
  'name',
  'type',
  'source',
  'destination',
  'destination_type',
  'routing_key',
]
