// Health checks: 200 with `ok`, or 503 with the reason, for probes and load balancers.

import type { Context } from '../context.ts'
import { badRequest, HttpError } from '../errors.ts'
import type { Asked, Resource, Route } from '../route.ts'
import { visibleVhost } from '../route.ts'

type Check = (context: Context, asked: Asked) => Failed | Readonly<Record<string, unknown>>

interface Failed {
  readonly failed: string
  readonly extra?: Readonly<Record<string, unknown>>
}

const ok: Readonly<Record<string, unknown>> = {}

const alarmCheck: Check = ({ node, alarms }) => {
  const { memoryAlarm, diskAlarm } = alarms()
  const raised = [
    ...(memoryAlarm ? [{ node: node.name, resource: 'memory' }] : []),
    ...(diskAlarm ? [{ node: node.name, resource: 'disk' }] : []),
  ]
  if (raised.length === 0) return ok
  return { failed: 'There are alarms in effect in the cluster', extra: { alarms: raised } }
}

const portCheck: Check = ({ listeners }, asked) => {
  const port = Number(asked.param('port'))
  if (!Number.isInteger(port)) throw badRequest('port must be a number')
  const ports = listeners().map((listener) => listener.port)
  if (ports.includes(port)) return { port }
  return { failed: 'No active listener', extra: { missing: port, ports } }
}

/** RabbitMQ's names for the protocols, and what people also call them. */
const aliases: Readonly<Record<string, string>> = {
  amqp091: 'amqp',
  'amqp0.9.1': 'amqp',
  'amqp-0-9-1': 'amqp',
  prometheus: 'http/prometheus',
  management: 'http',
  amqps: 'amqp/ssl',
}

const protocolCheck: Check = ({ listeners }, asked) => {
  const given = asked.param('protocol')
  const protocols = [...new Set(listeners().map(({ protocol }) => protocol))]
  const protocol = aliases[given.toLowerCase()] ?? given.toLowerCase()
  if (protocols.includes(protocol)) return { protocol: given }
  return { failed: 'No active listener', extra: { missing: given, protocols } }
}

const unitDays: Readonly<Record<string, number>> = { days: 1, weeks: 7, months: 30, years: 365 }
const dayMs = 86_400_000

const expirationCheck: Check = ({ core, certificates }, asked) => {
  const days = unitDays[asked.param('unit')]
  const count = Number(asked.param('number'))
  if (days === undefined) throw badRequest('unit must be days, weeks, months or years')
  if (!Number.isInteger(count)) throw badRequest('within must be a whole number')
  const untilMs = core.clock.now() + count * days * dayMs
  const expired = certificates()
    .filter(({ expiresAtMs }) => expiresAtMs < untilMs)
    .map(({ name, file, expiresAtMs }) => ({
      name,
      certfile: file,
      certfile_expires_on: [new Date(expiresAtMs).toISOString()],
    }))
  if (expired.length === 0) return ok
  return { failed: 'Certificates expiring', extra: { expired } }
}

const connectionLimitCheck: Check = ({ core }) => {
  const connections = core.connections.size
  const { connectionsMax } = core.limits
  const limit = Number.isFinite(connectionsMax) ? connectionsMax : 'infinity'
  if (connections < connectionsMax) return { limit, connections }
  return { failed: 'node connection limit is reached', extra: { limit, connections } }
}

/** Suspended listeners are RabbitMQ's maintenance mode. */
const inServiceCheck: Check = ({ operations }) => {
  if (operations.isSuspended?.() !== true) return ok
  return { failed: 'this rabbit node is not currently available to serve' }
}

const readyCheck: Check = (context, asked) => {
  const inService = inServiceCheck(context, asked)
  if (isFailed(inService)) return inService
  const serves = context.listeners().some(({ protocol }) => protocol.startsWith('amqp'))
  if (!serves) return { failed: 'no active listeners for AMQP/AMQPS' }
  const below = connectionLimitCheck(context, asked)
  return isFailed(below) ? below : ok
}

const always: Check = () => ok

const summaries: Readonly<Record<string, string>> = {
  alarms: 'Whether no alarm is in effect in the cluster',
  'local-alarms': 'Whether no alarm is in effect on the node',
  'virtual-hosts': 'Whether all virtual hosts run: always',
  'port-listener/:port': 'Whether something listens on a port',
  'protocol-listener/:protocol': 'Whether something listens for a protocol',
  'node-is-quorum-critical': 'Whether queues can do without the node: with one node nobody asks',
  'node-is-mirror-sync-critical': 'The same for mirrored queues of old',
  'is-in-service': 'Whether the node is not suspended',
  'ready-to-serve-clients': 'Whether clients can connect: in service, listening, below its limit',
  'below-node-connection-limit': 'Whether one more connection is allowed',
  'metadata-store/initialized': 'Whether metadata can be read: always once the API answers',
  'metadata-store/initialized/with-data': 'The same, with something in it',
  'quorum-queues-without-elected-leaders/all-vhosts': 'Whether all queues have a leader: always',
  'quorum-queues-without-elected-leaders/vhost/:vhost': 'The same for one virtual host',
  'certificate-expiration/:number/:unit': 'Whether all certificates are valid for so long',
}

/** As in RabbitMQ these need no login: load balancers ask them. */
const openChecks: readonly string[] = [
  'is-in-service',
  'ready-to-serve-clients',
  'below-node-connection-limit',
]

const checks: Readonly<Record<string, Check>> = {
  alarms: alarmCheck,
  'local-alarms': alarmCheck,
  'virtual-hosts': always,
  'port-listener/:port': portCheck,
  'protocol-listener/:protocol': protocolCheck,
  'node-is-quorum-critical': () => ({ reason: 'single node cluster' }),
  'node-is-mirror-sync-critical': () => ({ reason: 'single node cluster' }),
  'is-in-service': inServiceCheck,
  'ready-to-serve-clients': readyCheck,
  'below-node-connection-limit': connectionLimitCheck,
  'metadata-store/initialized': always,
  'metadata-store/initialized/with-data': always,
  'quorum-queues-without-elected-leaders/all-vhosts': always,
  'quorum-queues-without-elected-leaders/vhost/:vhost': always,
  'certificate-expiration/:number/:unit': expirationCheck,
}

export const health: Resource = (context) => [
  ...Object.entries(checks).map(
    ([path, check]): Route => ({
      method: 'GET',
      path: `/health/checks/${path}`,
      access: openChecks.includes(path) ? 'none' : 'any',
      summary: summaries[path] ?? '',
      answer: (asked) => answerCheck(check(context, asked)),
    }),
  ),
  ...(['/healthchecks/node', '/healthchecks/node/:name'] as const).map(
    (path): Route => ({
      method: 'GET',
      path,
      access: 'any',
      summary: 'RabbitMQ’s old node health check',
      answer: () => ({ status: 'ok' }),
    }),
  ),
  {
    method: 'GET',
    path: '/aliveness-test/:vhost',
    access: 'management',
    summary: 'Whether the virtual host answers; leaves no queue behind',
    answer: (asked) => {
      // RabbitMQ declares a queue and sends a message through it. Here a virtual host that can be
      // looked up is one that works: broker and API share one thread.
      visibleVhost(context, asked)
      return { status: 'ok' }
    },
  },
]

function answerCheck(result: ReturnType<Check>): object {
  if (!isFailed(result)) return { status: 'ok', ...result }
  throw new HttpError(503, 'failed', result.failed, { status: 'failed', ...result.extra })
}

function isFailed(result: ReturnType<Check>): result is Failed {
  return 'failed' in result
}
