// What request bodies have to be. Loaded with the first request that has one: the library would take a
// quarter of the time that a start has, and 30 MB of a broker that nobody administers.

import { type TSchema, Type } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import type { BodyName } from './body-name.ts'
import { badRequest } from './errors.ts'

const stringList = Type.Union([Type.String(), Type.Array(Type.String())])
/** RabbitMQ's tools send true, "true" and "false" alike. */
const flag = Type.Union([Type.Boolean(), Type.Literal('true'), Type.Literal('false')])
const whole = Type.Union([Type.Integer(), Type.String({ pattern: '^-?\\d+$' })])
const table = Type.Record(Type.String(), Type.Unknown())
const optional = Type.Optional
/** How many messages one request may act on. */
const messageKeysMax = 1000

const definitionLists = [
  'users',
  'vhosts',
  'permissions',
  'topic_permissions',
  'parameters',
  'global_parameters',
  'policies',
  'queues',
  'exchanges',
  'bindings',
]

export const bodySchemas: Readonly<Record<BodyName, TSchema>> = {
  user: Type.Object({
    password: optional(Type.String()),
    password_hash: optional(Type.String()),
    hashing_algorithm: optional(Type.String()),
    tags: optional(stringList),
  }),
  vhost: Type.Object({
    description: optional(Type.String()),
    tags: optional(stringList),
    default_queue_type: optional(Type.String()),
    tracing: optional(flag),
  }),
  permissions: Type.Object({
    configure: optional(Type.String()),
    write: optional(Type.String()),
    read: optional(Type.String()),
    exchange: optional(Type.String()),
  }),
  queue: Type.Object({
    durable: optional(flag),
    auto_delete: optional(flag),
    arguments: optional(table),
  }),
  exchange: Type.Object({
    type: optional(Type.String()),
    durable: optional(flag),
    auto_delete: optional(flag),
    internal: optional(flag),
    arguments: optional(table),
  }),
  binding: Type.Object({
    routing_key: optional(Type.String()),
    arguments: optional(table),
  }),
  get: Type.Object({
    count: optional(whole),
    ackmode: optional(Type.String()),
    encoding: optional(Type.String()),
    truncate: optional(whole),
  }),
  explain: Type.Object({
    routing_key: optional(Type.String()),
    headers: optional(table),
  }),
  messageAction: Type.Object({
    action: Type.String(),
    keys: Type.Array(Type.String(), { maxItems: messageKeysMax }),
    to: optional(Type.Unknown()),
  }),
  publish: Type.Object({
    properties: optional(Type.Unknown()),
    routing_key: optional(Type.String()),
    payload: optional(Type.String()),
    payload_encoding: optional(Type.String()),
  }),
  policy: Type.Object({
    pattern: optional(Type.String()),
    definition: optional(table),
    priority: optional(whole),
    'apply-to': optional(Type.String()),
  }),
  limit: Type.Object({ value: optional(whole) }),
  bulkDelete: Type.Object({ users: optional(Type.Array(Type.String())) }),
  parameter: Type.Object({ value: optional(Type.Unknown()) }),
  clusterName: Type.Object({ name: optional(Type.String()) }),
  definitions: Type.Object(
    Object.fromEntries(definitionLists.map((name) => [name, optional(Type.Array(table))])),
  ),
  nodeOperation: Type.Object({ action: Type.String() }),
  setting: Type.Object({
    value: optional(Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
  }),
  queueAction: Type.Object({ action: Type.String() }),
  gatewayTrial: Type.Object({
    gateway: Type.String(),
    method: Type.String(),
    parameters: optional(Type.Array(Type.Unknown())),
    timeout_ms: optional(whole),
  }),
}

/** Compiled when a body of the kind comes for the first time. */
const checks = new Map<BodyName, Validator>()

/** Throws a bad request that names the member which is wrong. */
export function checkBody(name: BodyName, body: unknown): void {
  const check = checks.get(name) ?? Compile(bodySchemas[name])
  checks.set(name, check)
  if (check.Check(body)) return
  const [first] = check.Errors(body)
  const where = first?.instancePath.replace(/^\//, '').replaceAll('/', '.') ?? ''
  throw badRequest(`${where === '' ? 'body' : where} ${first?.message ?? 'is not valid'}`)
}
