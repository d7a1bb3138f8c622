// The health checks and questions of rabbitmq-diagnostics. A check that fails exits with 69, which is
// what container probes look at.

import { connect } from 'node:net'
import { segment, toItem } from '../api-client.ts'
import type { Call, Command, Output } from '../command.ts'
import { ExitCode, Failure, UsageFailure } from '../failure.ts'
import { logTailCommand } from './log-tail.ts'
import { alarmLines, listenerLine, listenersOf, thisNode } from './status-report.ts'

const group = 'Monitoring, observability and health checks'
const tools = ['diagnostics'] as const

interface Check {
  readonly name: string
  readonly summary: string
  readonly banner: (node: string) => string
  readonly path: (call: Call) => string
  readonly passed: (node: string, call: Call) => string
  readonly failed: (node: string, reason: string, call: Call) => string
  readonly positional?: { readonly name: string; readonly documentation: string }
  /** What the help shows behind the name. */
  readonly example?: string
}

const checks: readonly Check[] = [
  {
    name: 'check_local_alarms',
    summary:
      'Health check that exits with a non-zero code if there are any resource alarms on the node',
    banner: (node) => `Asking node ${node} to report any local resource alarms ...`,
    path: () => '/health/checks/local-alarms',
    passed: (node) => `Node ${node} reported no local alarms`,
    failed: (node, reason) => `Node ${node} reported alarms: ${reason}`,
  },
  {
    name: 'check_alarms',
    summary: 'Health check that exits with a non-zero code if any cluster node has resource alarms',
    banner: (node) => `Asking node ${node} to report any local resource alarms ...`,
    path: () => '/health/checks/alarms',
    passed: (node) => `Node ${node} reported no alarms, local or clusterwide`,
    failed: (node, reason) => `Node ${node} reported alarms: ${reason}`,
  },
  {
    name: 'check_port_listener',
    summary:
      'Health check that exits with a non-zero code if target node is not listening on the port',
    positional: { name: 'port', documentation: 'Of any listener.' },
    example: '5672',
    banner: (node) => `Asking node ${node} if there's an active listener on the port ...`,
    path: (call) => `/health/checks/port-listener/${segment(call.positionals[0]!)}`,
    passed: (node, call) =>
      `A listener for port ${call.positionals[0]} is running on node ${node}.`,
    failed: (node, reason, call) =>
      `No listener for port ${call.positionals[0]} is active on node ${node}. ${reason}`,
  },
  {
    name: 'check_protocol_listener',
    summary:
      'Health check that exits with a non-zero code if there is no listener for the protocol',
    positional: { name: 'protocol', documentation: 'As listeners shows it: amqp, http …' },
    example: 'amqp',
    banner: (node) => `Asking node ${node} if there's an active listener for the protocol ...`,
    path: (call) => `/health/checks/protocol-listener/${segment(call.positionals[0]!)}`,
    passed: (node, call) =>
      `A listener for protocol ${call.positionals[0]} is running on node ${node}.`,
    failed: (node, reason, call) =>
      `No listener for protocol ${call.positionals[0]} is active on node ${node}. ${reason}`,
  },
  {
    name: 'check_virtual_hosts',
    summary: 'Health check that checks if all vhosts are running in the target node',
    banner: (node) => `Checking if all vhosts are running on node ${node} ...`,
    path: () => '/health/checks/virtual-hosts',
    passed: (node) => `Node ${node} reported all vhosts as running`,
    failed: (node, reason) => `Some virtual hosts on node ${node} are down: ${reason}`,
  },
  {
    name: 'check_if_node_is_quorum_critical',
    summary: 'Health check that exits with a non-zero code if queues would lose their quorum',
    banner: (node) => `Checking if node ${node} is critical for quorum of any quorum queues ...`,
    path: () => '/health/checks/node-is-quorum-critical',
    passed: (node) =>
      `Node ${node} seems to be the only one in a single node cluster, the check does not apply`,
    failed: (_node, reason) => reason,
  },
  {
    name: 'check_if_node_is_mirror_sync_critical',
    summary: 'Health check for classic mirrored queues, which do not exist here',
    banner: (node) => `Checking if node ${node} is critical for data safety of any queues ...`,
    path: () => '/health/checks/node-is-quorum-critical',
    passed: (node) =>
      `Node ${node} seems to be the only one in a single node cluster, the check does not apply`,
    failed: (_node, reason) => reason,
  },
  {
    name: 'check_certificate_expiration',
    summary: 'Health check that exits with a non-zero code if certificates expire soon',
    example: '--within 2 --unit months',
    banner: (node) => `Checking certificate expiration on node ${node} ...`,
    path: (call) => {
      const within = segment(call.option('within') ?? '4')
      return `/health/checks/certificate-expiration/${within}/${segment(call.option('unit') ?? 'weeks')}`
    },
    passed: () => 'No certificates are expiring.',
    failed: (_node, reason) => reason,
  },
]

const checkCommands: readonly Command[] = checks.map((check) => ({
  name: check.name,
  tools,
  group,
  summary: check.summary,
  positionals: check.positional === undefined ? [] : [check.positional],
  details: `  PROGRAM -q ${check.name}${check.example === undefined ? '' : ` ${check.example}`}

Exits with 0 or 69: for probes, load balancers and whoever upgrades nodes.`,
  ...(check.name === 'check_certificate_expiration'
    ? {
        options: [
          { name: 'unit', value: 'unit', documentation: 'days, weeks, months or years (weeks)' },
          { name: 'within', value: 'number', documentation: 'how many of them (4)' },
        ],
      }
    : {}),
  banner: ({ node }: Call) => check.banner(node),
  async run(call: Call): Promise<Output> {
    const { status, body } = await call.api.request('GET', check.path(call), { expect: [503] })
    if (status !== 503) return { kind: 'text', text: check.passed(call.node, call) }
    const reason = String(toItem(body).reason ?? 'no reason given')
    throw new Failure(ExitCode.unavailable, check.failed(call.node, reason, call))
  },
}))

const questionCommands: readonly Command[] = [
  {
    name: 'check_running',
    tools,
    group,
    summary: 'Health check that exits with a non-zero code if the broker is not running',
    details: '  PROGRAM -q check_running',
    banner: ({ node }) => `Checking if RabbitMQ is running on node ${node} ...`,
    run: running,
  },
  {
    name: 'is_running',
    tools,
    group,
    summary: 'Tells whether the broker is fully booted and running',
    details: '  PROGRAM is_running --formatter json',
    banner: ({ node }) => `Asking node ${node} for its status ...`,
    run: running,
  },
  {
    name: 'is_booting',
    tools,
    group,
    summary: 'Tells whether the broker is still booting',
    details: '  PROGRAM is_booting',
    banner: ({ node }) => `Asking node ${node} for its boot status ...`,
    async run({ api, node }) {
      await api.get('/whoami')
      const text = `RabbitMQ on node ${node} is fully booted (check with is_running), stopped or has not started booting yet`
      return { kind: 'text', text, value: { message: text, result: false } }
    },
  },
  {
    name: 'check_port_connectivity',
    tools,
    group,
    summary: 'Basic TCP connectivity health check for each listener port on the target node',
    details:
      '  PROGRAM -q check_port_connectivity\n  PROGRAM check_port_connectivity --address 10.0.0.7',
    options: [{ name: 'address', value: 'address', documentation: 'where to connect to' }],
    banner: ({ node }) => `Testing TCP connections to all active listeners on node ${node} ...`,
    run: portConnectivity,
  },
  {
    name: 'listeners',
    tools,
    group,
    summary:
      'Lists active connection listeners (bind interface, port, protocol) on the target node',
    details: '  PROGRAM listeners --formatter json',
    banner: ({ node }) => `Asking node ${node} to report its protocol listeners ...`,
    async run({ api, node }) {
      const listeners = listenersOf(await api.item('/overview'))
      const text = listeners.map(listenerLine).join('\n')
      return { kind: 'text', text, value: { result: 'ok', node, listeners } }
    },
  },
  {
    name: 'alarms',
    tools,
    group,
    summary: 'Lists resource alarms (local or cluster-wide) in effect on the target node',
    details: '  PROGRAM alarms',
    banner: ({ node }) => `Asking node ${node} to report any known resource alarms ...`,
    async run({ api, node }) {
      const lines = alarmLines(await thisNode(api, await api.item('/overview')))
      const none = lines[0] === '(none)'
      const text = none ? `Node ${node} reported no alarms, local or clusterwide` : lines.join('\n')
      return { kind: 'text', text, value: { result: 'ok', node, alarms: none ? [] : lines } }
    },
  },
  {
    name: 'server_version',
    tools,
    group,
    summary: 'Displays server version on the target node',
    details: '  PROGRAM -q server_version',
    banner: ({ node }) => `Asking node ${node} for its RabbitMQ version...`,
    run: (call) => overviewField(call, 'rabbitmq_version'),
  },
  {
    name: 'erlang_version',
    tools,
    group,
    summary: 'Displays the version of the runtime, which is Node.js here',
    details: '  PROGRAM erlang_version',
    options: [{ name: 'details', documentation: 'accepted' }],
    banner: ({ node }) => `Asking node ${node} for its runtime version...`,
    run: (call) => overviewField(call, 'erlang_full_version'),
  },
  {
    name: 'memory_breakdown',
    tools,
    group,
    summary: 'Provides a memory usage breakdown on the target node.',
    details: '  PROGRAM memory_breakdown --unit mb',
    options: [{ name: 'unit', value: 'unit', documentation: 'bytes, mb or gb (gb)' }],
    check: (call) => void divisorOf(call),
    banner: ({ node }) => `Reporting memory breakdown on node ${node}...`,
    run: memoryBreakdown,
  },
  {
    name: 'log_location',
    tools,
    group,
    summary: 'Shows log file location(s) on target node',
    details: '  PROGRAM log_location',
    banner: ({ node }) => `Log file location(s) on node ${node} ...`,
    async run({ api }) {
      const files = (await thisNode(api, await api.item('/overview'))).log_files
      return { kind: 'text', text: Array.isArray(files) ? files.join('\n') : '<stderr>' }
    },
  },
  {
    name: 'certificates',
    tools,
    group,
    summary: 'Displays certificates (public keys) for every TLS listener on target node',
    details: '  PROGRAM certificates',
    banner: ({ node }) => `Certificates of node ${node} ...`,
    run: certificates,
  },
  {
    name: 'maybe_stuck',
    tools,
    group,
    summary: 'Tells whether the broker’s loop is held up',
    details: '  PROGRAM maybe_stuck',
    banner: ({ node }) => `Asking node ${node} whether it is held up ...`,
    async run({ api }) {
      const begun = performance.now()
      await api.get('/whoami')
      const text = `It answered within ${Math.round(performance.now() - begun)} ms.`
      return { kind: 'text', text }
    },
  },
]

export const diagnosticCommands: readonly Command[] = [
  ...checkCommands,
  ...questionCommands,
  logTailCommand,
]

async function running({ api, node }: Call): Promise<Output> {
  await api.get('/whoami')
  const text = `RabbitMQ on node ${node} is fully booted and running`
  return { kind: 'text', text, value: { message: text, result: true } }
}

async function overviewField({ api }: Call, field: string): Promise<Output> {
  return { kind: 'text', text: String((await api.item('/overview'))[field]) }
}

async function portConnectivity(call: Call): Promise<Output> {
  const listeners = listenersOf(await call.api.item('/overview'))
  const host = call.option('address') ?? new URL(call.api.settings.url).hostname
  const failed: number[] = []
  for (const { port } of listeners) if (!(await canConnect(host, port))) failed.push(port)
  const list = (ports: readonly number[]): string => ports.join(', ')
  if (failed.length > 0) {
    throw new Failure(
      ExitCode.unavailable,
      `Connection to ports of the following listeners on node ${call.node} failed: ${list(failed)}`,
    )
  }
  const ports = list(listeners.map((listener) => listener.port))
  return { kind: 'text', text: `Successfully connected to ports ${ports} on node ${call.node}.` }
}

async function certificates(call: Call): Promise<Output> {
  const listeners = listenersOf(await call.api.item('/overview'))
  const { servedCertificates } = await import('../served-certificates.ts')
  const host = new URL(call.api.settings.url).hostname.replace(/^\[|\]$/g, '')
  const served = await servedCertificates(host, listeners)
  if (served.length === 0) return { kind: 'text', text: 'There is no TLS listener.', value: [] }
  const text = served.map(({ listener, subject, issuer, validFrom, validTo, pem }) =>
    [
      listenerLine(listener),
      `Subject: ${subject}`,
      `Issuer: ${issuer}`,
      `Valid: ${validFrom} - ${validTo}`,
      pem,
    ].join('\n'),
  )
  return { kind: 'text', text: text.join('\n'), value: served }
}

const connectTimeoutMs = 5000

function canConnect(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: host.replace(/^\[|\]$/g, ''), port, timeout: connectTimeoutMs })
    const finish = (connected: boolean): void => {
      socket.destroy()
      resolve(connected)
    }
    socket.once('connect', () => finish(true))
    socket.once('error', () => finish(false))
    socket.once('timeout', () => finish(false))
  })
}

const units: Readonly<Record<string, number>> = { bytes: 1, mb: 1e6, gb: 1e9 }
const decimals = 4

function divisorOf(call: Call): { readonly unit: string; readonly divisor: number } {
  const unit = (call.option('unit') ?? 'gb').toLowerCase()
  const divisor = Object.hasOwn(units, unit) ? units[unit] : undefined
  if (divisor === undefined)
    throw new UsageFailure(`unit ${unit} is not supported: bytes, mb or gb`)
  return { unit, divisor }
}

async function memoryBreakdown(call: Call): Promise<Output> {
  const { api } = call
  const { unit, divisor } = divisorOf(call)
  const overview = await api.item('/overview')
  const answer = await api.item(`/nodes/${segment(String(overview.node))}/memory`)
  const parts = Object.entries(toItem(answer.memory)).filter(
    (part): part is [string, number] => typeof part[1] === 'number',
  )
  const total = parts.reduce((sum, [, bytes]) => sum + bytes, 0)
  const lines = parts
    .toSorted((left, right) => right[1] - left[1])
    .map(([name, bytes]) => {
      const percent = total === 0 ? 0 : Number(((bytes / total) * 100).toFixed(2))
      return `${name}: ${Number((bytes / divisor).toFixed(decimals))} ${unit} (${Number.isInteger(percent) ? percent.toFixed(1) : percent}%)`
    })
  return { kind: 'text', text: `${lines.join('\n')}\n`, value: answer.memory }
}
