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

const always: Check = () => ok

const checks: Readonly<Record<string, Check>> = {
  alarms: alarmCheck,
  'local-alarms': alarmCheck,
  'virtual-hosts': always,
  'port-listener/:port': portCheck,
  'protocol-listener/:protocol': protocolCheck,
  'node-is-quorum-critical': () => ({ reason: 'single node cluster' }),
  'node-is-mirror-sync-critical': () => ({ reason: 'single node cluster' }),
  'is-in-service': always,
  'ready-to-serve-clients': always,
  'below-node-connection-limit': ({ core }) => ({ connections: core.connections.size }),
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
      access: 'any',
      summary: 'A health check: 200 or 503',
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
