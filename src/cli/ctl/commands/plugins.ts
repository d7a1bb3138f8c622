// rabbitmq-plugins and feature flags: here everything is built in, so that enabling succeeds for what
// is there, is told for what is not, and images and scripts that enable plugins go on working.

import type { Command } from '../command.ts'
import { nothing } from '../command.ts'
import { ExitCode, Failure } from '../failure.ts'

interface Plugin {
  readonly name: string
  /** Whether what the plugin does is part of the broker. */
  readonly builtIn: boolean
}

const builtIn = [
  'rabbitmq_consistent_hash_exchange',
  'rabbitmq_delayed_message_exchange',
  'rabbitmq_management',
  'rabbitmq_management_agent',
  'rabbitmq_message_deduplication',
  'rabbitmq_prometheus',
  'rabbitmq_random_exchange',
  'rabbitmq_recent_history_exchange',
  'rabbitmq_web_dispatch',
  'rabbitmq_auth_mechanism_ssl',
  'rabbitmq_event_exchange',
]
const missing = [
  'rabbitmq_amqp1_0',
  'rabbitmq_auth_backend_cache',
  'rabbitmq_auth_backend_http',
  'rabbitmq_auth_backend_ldap',
  'rabbitmq_auth_backend_oauth2',
  'rabbitmq_federation',
  'rabbitmq_federation_management',
  'rabbitmq_jms_topic_exchange',
  'rabbitmq_mqtt',
  'rabbitmq_peer_discovery_aws',
  'rabbitmq_peer_discovery_common',
  'rabbitmq_peer_discovery_consul',
  'rabbitmq_peer_discovery_etcd',
  'rabbitmq_peer_discovery_k8s',
  'rabbitmq_sharding',
  'rabbitmq_shovel',
  'rabbitmq_shovel_management',
  'rabbitmq_stomp',
  'rabbitmq_stream',
  'rabbitmq_stream_management',
  'rabbitmq_top',
  'rabbitmq_tracing',
  'rabbitmq_trust_store',
  'rabbitmq_web_mqtt',
  'rabbitmq_web_stomp',
]
const plugins: readonly Plugin[] = [
  ...builtIn.map((name) => ({ name, builtIn: true })),
  ...missing.map((name) => ({ name, builtIn: false })),
].toSorted((left, right) => (left.name < right.name ? -1 : 1))

const tools = ['plugins'] as const
const group = 'Plugin Management'
const names = {
  name: 'plugin',
  optional: true,
  rest: true,
  documentation: 'Names as RabbitMQ’s.',
}
const switches = [
  { name: 'offline', documentation: 'accepted' },
  { name: 'online', documentation: 'accepted' },
  { name: 'all', documentation: 'all that are built in' },
]

export const pluginCommands: readonly Command[] = [
  {
    name: 'list',
    tools,
    group,
    summary: 'Lists plugins and their state',
    details: '  PROGRAM list\n  PROGRAM list -e -m',
    positionals: [
      { name: 'pattern', optional: true, documentation: 'A regular expression for names (.*).' },
    ],
    options: [
      { name: 'verbose', short: 'v', documentation: 'accepted' },
      { name: 'minimal', short: 'm', documentation: 'names only' },
      { name: 'enabled', short: 'e', documentation: 'only what is built in' },
      { name: 'implicitly-enabled', short: 'E', documentation: 'only what is built in' },
    ],
    banner: ({ positionals }) => `Listing plugins with pattern "${positionals[0] ?? '.*'}" ...`,
    async run(call) {
      const pattern = new RegExp(call.positionals[0] ?? '.*')
      const onlyEnabled = call.switch('enabled') || call.switch('implicitly-enabled')
      const shown = plugins.filter(
        (plugin) => pattern.test(plugin.name) && (plugin.builtIn || !onlyEnabled),
      )
      const value = {
        format: call.switch('minimal') ? 'minimal' : 'normal',
        plugins: shown.map(({ name, builtIn: present }) => ({
          name,
          enabled: present ? 'enabled' : 'not_enabled',
          running: present,
        })),
      }
      if (call.switch('minimal')) {
        return { kind: 'text', text: shown.map(({ name }) => name).join('\n'), value }
      }
      const lines = shown.map(({ name, builtIn: present }) => `[${present ? 'E*' : '  '}] ${name}`)
      const legend = ` Configured: E = explicitly enabled; e = implicitly enabled
 | Status: * = running on ${call.node}
 |/`
      return { kind: 'text', text: [legend, ...lines].join('\n'), value }
    },
  },
  {
    name: 'enable',
    tools,
    group,
    summary: 'Enables plugins: succeeds for all known ones, and says which are not available',
    details:
      '  PROGRAM enable rabbitmq_management\n  PROGRAM enable --offline rabbitmq_prometheus rabbitmq_consistent_hash_exchange',
    positionals: [names],
    options: switches,
    banner: ({ node, positionals }) =>
      `Enabling plugins on node ${node}:\n${positionals.join('\n')}`,
    async run({ positionals, say }) {
      check(positionals)
      const absent = plugins.filter(({ name, builtIn: has }) => positionals.includes(name) && !has)
      for (const { name } of absent) say(`${name} is not available: what it does is not built in.`)
      say(`The following plugins have been configured:\n  ${builtIn.join('\n  ')}`)
      return { kind: 'text', text: 'Plugin configuration unchanged.' }
    },
  },
  {
    name: 'disable',
    tools,
    group,
    summary: 'Accepted for all known plugins; what is built in cannot be disabled',
    details: '  PROGRAM disable rabbitmq_top',
    positionals: [names],
    options: switches,
    banner: ({ node, positionals }) =>
      `Disabling plugins on node ${node}:\n${positionals.join('\n')}`,
    async run({ positionals, say }) {
      check(positionals)
      say(`The following plugins have been configured:\n  ${builtIn.join('\n  ')}`)
      return { kind: 'text', text: 'Plugin configuration unchanged.' }
    },
  },
  {
    name: 'set',
    tools,
    group,
    summary: 'Accepted: all that is built in stays enabled',
    details: '  PROGRAM set rabbitmq_management',
    positionals: [names],
    options: switches,
    banner: ({ node, positionals }) =>
      `Enabling plugins on node ${node}:\n${positionals.join('\n')}`,
    async run({ positionals }) {
      check(positionals)
      return { kind: 'text', text: 'Plugin configuration unchanged.' }
    },
  },
  {
    name: 'is_enabled',
    tools,
    group,
    summary: 'Health check that exits with a non-zero code if provided plugins are not enabled',
    details: '  PROGRAM is_enabled rabbitmq_management',
    positionals: [{ name: 'plugin', rest: true, documentation: 'Names as RabbitMQ’s.' }],
    options: switches.slice(0, 2),
    banner: ({ node, positionals }) =>
      `Asking node ${node} if ${positionals.length > 1 ? `plugins ${positionals.join(', ')} are` : `plugin ${positionals[0]} is`} enabled...`,
    async run({ node, positionals }) {
      const absent = positionals.filter((name) => !builtIn.includes(name))
      const [subject, verb] = positionals.length > 1 ? ['Plugins', 'are'] : ['Plugin', 'is']
      if (absent.length === 0) {
        const text = `${subject} ${positionals.join(', ')} ${verb} enabled on node ${node}`
        return { kind: 'text', text, value: { message: text, result: 'ok' } }
      }
      throw new Failure(
        ExitCode.unavailable,
        `Plugin ${absent.join(', ')} is not enabled on node ${node}. Enabled plugins and dependencies: ${builtIn.join(', ')}`,
      )
    },
  },
  {
    name: 'directories',
    tools,
    group,
    summary: 'Displays plugin directories, of which there are none',
    details: '  PROGRAM directories',
    banner: ({ node }) => `Listing plugin directories used by node ${node}`,
    run: async () => ({ kind: 'text', text: 'Plugins are built in: there are no directories.' }),
  },
  {
    name: 'list_feature_flags',
    tools: ['ctl'],
    group: 'Feature flags',
    summary: 'Lists feature flags',
    details: '  PROGRAM list_feature_flags name state',
    positionals: [
      {
        name: 'column',
        optional: true,
        rest: true,
        documentation: 'name, state, stability, desc …',
      },
    ],
    banner: () => 'Listing feature flags ...',
    async run({ api, positionals }) {
      const columns = positionals.length === 0 ? ['name', 'state'] : positionals
      return { kind: 'table', columns, rows: await api.list('/feature-flags') }
    },
  },
  {
    name: 'enable_feature_flag',
    tools: ['ctl'],
    group: 'Feature flags',
    summary: 'Accepted: all features are always on',
    details: '  PROGRAM enable_feature_flag all',
    positionals: [{ name: 'flag', documentation: 'A name, or all.' }],
    options: [{ name: 'opt-in', documentation: 'accepted' }],
    banner: ({ positionals: [flag] }) =>
      flag === 'all' ? 'Enabling all feature flags ...' : `Enabling feature flag "${flag}" ...`,
    async run({ api, positionals: [flag] }) {
      const flags = await api.list('/feature-flags')
      if (flag === 'all' || flags.some((one) => one.name === flag)) return nothing
      throw new Failure(
        ExitCode.usage,
        `the feature flag "${flag}" is not known: see list_feature_flags`,
      )
    },
  },
]

function check(given: readonly string[]): void {
  const unknown = given.filter((name) => !plugins.some((plugin) => plugin.name === name))
  if (unknown.length === 0) return
  throw new Failure(ExitCode.software, `plugins not found: ${unknown.join(', ')}`)
}
