// Commands about the node as a whole: whether it runs, how it is, and stopping it.

import { existsSync } from 'node:fs'
import { segment, toItem } from '../api-client.ts'
import type { Call, Command, Output } from '../command.ts'
import { nothing } from '../command.ts'
import { ExitCode, Failure } from '../failure.ts'
import { clusterReport, statusReport } from './status-report.ts'

const group = 'Nodes'
const ctl = ['ctl'] as const
const both = ['ctl', 'diagnostics'] as const
const monitoring = 'Monitoring, observability and health checks'
const defaultStartupSeconds = 300
const pollMs = 200

const runningCommands: readonly Command[] = [
  {
    name: 'ping',
    tools: both,
    group: monitoring,
    summary: 'Checks that the broker is up and lets the tool in',
    details:
      '  PROGRAM ping\n  PROGRAM -q ping && echo up\n\nExits with 69 when nobody answers, 77 when the broker does not let the tool in.',
    banner: ({ node, timeoutMs }) =>
      `Will ping ${node}. This only checks if the broker answers. Timeout: ${timeoutMs} ms.`,
    async run({ api }) {
      await api.get('/whoami')
      return { kind: 'text', text: 'Ping succeeded' }
    },
  },
  {
    name: 'await_startup',
    tools: ctl,
    group,
    summary: 'Waits for the broker to start on the target node',
    details: `  PROGRAM await_startup -t 30`,
    async run(call) {
      await waitUntilUp(call)
      return nothing
    },
  },
  {
    name: 'wait',
    tools: ctl,
    group,
    summary: 'Waits for the broker to start; given a pid file, for that to appear first',
    details: '  PROGRAM wait /run/warren.pid -t 60',
    positionals: [{ name: 'pidfile', optional: true, documentation: 'Written by a supervisor.' }],
    options: [{ name: 'pid', short: 'P', value: 'pid', documentation: 'accepted' }],
    banner: ({ positionals: [file] }) =>
      file === undefined ? null : `Waiting for pid file '${file}' to appear`,
    async run(call) {
      const file = call.positionals[0]
      const until = deadline(call)
      while (file !== undefined && !existsSync(file)) await pause(until)
      await waitUntilUp(call)
      return { kind: 'text', text: `Applications rabbit are running on node ${call.node}` }
    },
  },
  ...stopCommand('stop', 'Stops the broker. Messages and definitions stay.'),
  ...stopCommand('shutdown', 'Stops the broker and waits until it is gone.'),
  {
    name: 'stop_app',
    tools: ctl,
    group,
    summary: 'Stops serving AMQP, leaving the process and its management running',
    details: '  PROGRAM stop_app && PROGRAM reset && PROGRAM start_app',
    banner: ({ node }) => `Stopping rabbit application on node ${node} ...`,
    run: (call) => operate(call, 'suspend'),
  },
  {
    name: 'start_app',
    tools: ctl,
    group,
    summary: 'Serves AMQP again after stop_app',
    details: '  PROGRAM start_app',
    banner: ({ node }) => `Starting node ${node} ...`,
    run: (call) => operate(call, 'resume'),
  },
  {
    name: 'suspend_listeners',
    tools: ctl,
    group: 'Operations',
    summary: 'Suspends client connection listeners so that no new client connections are accepted',
    details:
      '  PROGRAM suspend_listeners\n\nClients that are connected stay so. resume_listeners undoes it.',
    banner: ({ node }) => `Will suspend client listeners on node ${node}.`,
    run: (call) => operate(call, 'suspend_listeners'),
  },
  {
    name: 'resume_listeners',
    tools: ctl,
    group: 'Operations',
    summary: 'Resumes client connection listeners making them accept client connections again',
    details: '  PROGRAM resume_listeners',
    banner: ({ node }) => `Will resume client listeners on node ${node}.`,
    run: (call) => operate(call, 'resume_listeners'),
  },
  {
    name: 'reset',
    tools: ctl,
    group,
    summary: 'Returns the node to its virgin state: deletes all data, users and definitions',
    details:
      '  PROGRAM stop_app && PROGRAM reset && PROGRAM start_app\n\nWhat the configuration says of the first start (default_user, …) is created again.',
    banner: ({ node }) => `Resetting node ${node} ...`,
    run: (call) => operate(call, 'reset'),
  },
]

const reportCommands: readonly Command[] = [
  {
    name: 'status',
    tools: both,
    group: monitoring,
    summary: 'Displays status of a node',
    details: '  PROGRAM status\n  PROGRAM status --formatter json | jq .alarms',
    banner: ({ node }) => `Status of node ${node} ...`,
    run: ({ api }) => statusReport(api),
  },
  {
    name: 'cluster_status',
    tools: both,
    group: 'Cluster',
    summary: 'Displays all the nodes in the cluster, together with the currently running nodes',
    details: '  PROGRAM cluster_status --formatter json',
    banner: ({ node }) => `Cluster status of node ${node} ...`,
    run: ({ api }) => clusterReport(api),
  },
  {
    name: 'environment',
    tools: both,
    group: 'Configuration and Environment',
    summary: 'Displays every setting that is in force and where its value comes from',
    details:
      '  PROGRAM environment | grep -v default\n\nThe source is default, file:line, an environment variable or a flag.',
    banner: ({ node }) => `Application environment of node ${node} ...`,
    async run({ api }) {
      const { settings } = await api.item('/config/effective')
      const rows = Array.isArray(settings) ? settings.map(toItem) : []
      return { kind: 'table', columns: ['key', 'value', 'source'], rows }
    },
  },
  {
    name: 'report',
    tools: both,
    group: monitoring,
    summary: 'Generate a server status report for support purposes',
    details:
      '  PROGRAM report > report.txt\n\nPasswords are not in it; names, addresses and arguments are.',
    banner: ({ node }) => `Reporting server status of node ${node} ...`,
    async run({ api }) {
      const paths = [
        '/overview',
        '/nodes',
        '/vhosts',
        '/connections',
        '/channels',
        '/queues',
        '/exchanges',
        '/bindings',
        '/consumers',
        '/permissions',
        '/policies',
        '/config/effective',
      ]
      const parts: string[] = []
      const value: Record<string, unknown> = {}
      for (const path of paths) {
        const content = await api.get(path)
        value[path.slice(1)] = content
        parts.push(`${path.slice(1)}\n\n${JSON.stringify(content, null, 2)}\n`)
      }
      return { kind: 'text', text: parts.join('\n'), value }
    },
  },
  {
    name: 'version',
    tools: [...both, 'plugins'],
    group: 'Help',
    summary: 'Displays the version of the broker that is answering',
    details: '  PROGRAM version',
    async run({ api }) {
      const overview = await api.item('/overview')
      return { kind: 'text', text: String(overview.rabbitmq_version) }
    },
  },
]

const settingCommands: readonly Command[] = [
  {
    name: 'set_log_level',
    tools: ctl,
    group: 'Configuration and Environment',
    summary: 'Sets log level in the running node',
    details:
      '  PROGRAM set_log_level debug\n\nUntil the next start; categories with a level of their own keep it.',
    positionals: [{ name: 'level', documentation: 'debug, info, warning, error or none.' }],
    banner: ({ positionals }) => `Setting log level to "${positionals[0]}" ...`,
    run: (call) => changeSetting(call, 'log.default.level', call.positionals[0]!),
  },
  {
    name: 'set_vm_memory_high_watermark',
    tools: ctl,
    group: 'Configuration and Environment',
    summary: 'Sets the vm_memory_high_watermark setting',
    positionals: [
      {
        name: 'fraction',
        documentation: 'Of the machine’s memory; or the word absolute and a size.',
      },
      { name: 'size', optional: true, documentation: 'Such as 2GB.' },
    ],
    details:
      '  PROGRAM set_vm_memory_high_watermark 0.6\n  PROGRAM set_vm_memory_high_watermark absolute 2GB',
    banner: ({ node, positionals: [first, size] }) =>
      `Setting memory threshold on ${node} to ${size === undefined ? first : `${size} bytes`} ...`,
    run: (call) => changeLimit(call, 'vm_memory_high_watermark', 'relative'),
  },
  {
    name: 'set_disk_free_limit',
    tools: ctl,
    group: 'Configuration and Environment',
    summary: 'Sets the disk_free_limit setting',
    details:
      '  PROGRAM set_disk_free_limit 2GB\n  PROGRAM set_disk_free_limit mem_relative 1.5\n\nUntil the next start.',
    positionals: [
      {
        name: 'limit',
        documentation: 'A size such as 50MB; or the word mem_relative and a number.',
      },
      { name: 'fraction', optional: true, documentation: 'A multiple of the memory.' },
    ],
    banner: ({ node, positionals: [first, fraction] }) =>
      fraction === undefined
        ? `Setting disk free limit on ${node} to ${first} bytes ...`
        : `Setting disk free limit on ${node} to ${fraction} times the total RAM ...`,
    run: (call) => changeLimit(call, 'disk_free_limit', 'absolute'),
  },
]

/** Commands that scripts know and that cannot mean anything here say so instead of doing nothing. */
const refusals: Readonly<Record<string, string>> = {
  eval: 'there is no Erlang runtime to evaluate in; most of what eval is used for has a command or an HTTP API path',
  eval_file: 'there is no Erlang runtime to evaluate in',
  exec: 'there is no Elixir runtime to evaluate in',
  encode:
    'encrypted configuration values are not supported: use $(VARIABLE) or RABBITMQ_DEFAULT_PASS_FILE',
  decode:
    'encrypted configuration values are not supported: use $(VARIABLE) or RABBITMQ_DEFAULT_PASS_FILE',
  rotate_logs: 'logs are not rotated by the broker: use logrotate with copytruncate',
  join_cluster: 'the broker runs on one node',
  forget_cluster_node: 'the broker runs on one node',
  change_cluster_node_type: 'the broker runs on one node',
  rename_cluster_node: 'the broker runs on one node',
  force_boot: 'the broker runs on one node and always boots',
  observer: 'there is no Erlang runtime to observe',
}

const refusalCommands: readonly Command[] = Object.entries(refusals).map(([name, reason]) => ({
  name,
  tools: name === 'observer' ? (['diagnostics'] as const) : ctl,
  group: 'Not available here',
  summary: `Not available: ${reason}`,
  positionals: [{ name: 'argument', optional: true, rest: true, documentation: 'Not looked at.' }],
  run: () => Promise.reject(new Failure(ExitCode.unavailable, `${name}: ${reason}`)),
}))

export const nodeCommands: readonly Command[] = [
  ...runningCommands,
  ...reportCommands,
  ...settingCommands,
  ...refusalCommands,
]

function stopCommand(name: 'stop' | 'shutdown', summary: string): Command[] {
  return [
    {
      name,
      tools: ctl,
      group,
      summary,
      details: `  PROGRAM ${name}\n  PROGRAM ${name} --idempotent\n\nWhat is confirmed is on disk: nothing is lost.`,
      positionals: [{ name: 'pidfile', optional: true, documentation: 'Not looked at.' }],
      options: [
        { name: 'idempotent', documentation: 'succeeds when the broker does not run' },
        { name: 'wait', documentation: 'accepted: shutdown always waits' },
        { name: 'no-wait', documentation: 'returns at once' },
      ],
      banner: ({ node }) => `Stopping and halting node ${node} ...`,
      async run(call) {
        try {
          await operate(call, 'stop')
        } catch (error) {
          const gone = error instanceof Failure && error.exitCode === ExitCode.unavailable
          if (gone && call.switch('idempotent')) return nothing
          throw error
        }
        if (name === 'shutdown' && !call.switch('no-wait')) await waitUntilGone(call)
        return nothing
      },
    },
  ]
}

async function operate({ api }: Call, action: string): Promise<Output> {
  await api.post('/node/operations', { action })
  return nothing
}

async function changeSetting({ api }: Call, key: string, value: string): Promise<Output> {
  await api.put(`/config/effective/${segment(key)}`, { value })
  return nothing
}

/** Both limits are a fraction or a size; the word before the second argument says which. */
function changeLimit(call: Call, key: string, kindOfOne: 'relative' | 'absolute'): Promise<Output> {
  const [first, second] = call.positionals as [string, string | undefined]
  if (second === undefined) return changeSetting(call, `${key}.${kindOfOne}`, first)
  return changeSetting(call, `${key}.${first === 'absolute' ? 'absolute' : 'relative'}`, second)
}

function deadline(call: Call): number {
  const given = call.option('timeout') !== undefined
  return Date.now() + (given ? call.timeoutMs : defaultStartupSeconds * 1000)
}

async function pause(until: number): Promise<void> {
  if (Date.now() > until) throw new Failure(ExitCode.temporary, 'timed out waiting for the broker')
  await new Promise((resolve) => setTimeout(resolve, pollMs))
}

async function waitUntilUp(call: Call): Promise<void> {
  const until = deadline(call)
  for (;;) {
    try {
      await call.api.get('/whoami')
      return
    } catch (error) {
      if (!(error instanceof Failure) || error.exitCode !== ExitCode.unavailable) throw error
      await pause(until)
    }
  }
}

async function waitUntilGone(call: Call): Promise<void> {
  const until = deadline(call)
  for (;;) {
    try {
      await call.api.get('/whoami')
    } catch {
      return
    }
    await pause(until)
  }
}
