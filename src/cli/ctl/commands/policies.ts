// Commands about policies, operator policies, and runtime parameters.

import { segment } from '../api-client.ts'
import type { Call, Command, Output } from '../command.ts'
import { nothing } from '../command.ts'
import { ExitCode, Failure } from '../failure.ts'
import { parseJsonArgument } from './json-argument.ts'

const tools = ['ctl'] as const
const policyPositionals = [
  { name: 'name', documentation: 'The policy’s name.' },
  { name: 'pattern', documentation: 'A regular expression for names of queues and exchanges.' },
  {
    name: 'definition',
    documentation: 'JSON, such as {"max-length": 1000, "overflow": "reject-publish"}.',
  },
]
const policyOptions = [
  {
    name: 'priority',
    value: 'priority',
    documentation: 'The greatest one that matches counts (0).',
  },
  {
    name: 'apply-to',
    value: 'apply-to',
    documentation: 'queues, classic_queues, quorum_queues, streams, exchanges or all (all).',
  },
]

interface PolicyKind {
  /** The part of the commands' names and of the banners that differs. */
  readonly word: string
  readonly title: string
  readonly listTitle: string
  readonly path: string
}

const policy: PolicyKind = {
  word: 'policy',
  title: 'policy',
  listTitle: 'policies',
  path: 'policies',
}
const operatorPolicy: PolicyKind = {
  word: 'operator_policy',
  title: 'operator policy',
  listTitle: 'operator policy overrides',
  path: 'operator-policies',
}

function commandsFor(kind: PolicyKind): Command[] {
  const group = 'Policies'
  const setTitle = kind === policy ? 'policy' : 'operator policy override'
  return [
    {
      name: `set_${kind.word}`,
      tools,
      group,
      summary:
        kind === policy
          ? 'Sets or updates a policy'
          : 'Sets an operator policy that overrides a subset of arguments in user policies',
      vhostScoped: true,
      positionals: policyPositionals,
      options: policyOptions,
      details: `  PROGRAM set_${kind.word} --apply-to queues --priority 5 short '^tmp-' '{"expires": 60000}'`,
      banner: ({ positionals: [name, pattern, definition], vhost, ...call }) =>
        `Setting ${setTitle} "${name}" for pattern "${pattern}" to "${definition}" with priority "${call.option('priority') ?? '0'}" for vhost "${vhost}" ...`,
      async run(call) {
        const [name, pattern, definition] = call.positionals
        await call.api.put(`/${kind.path}/${segment(call.vhost)}/${segment(name!)}`, {
          pattern,
          definition: parseJsonArgument(definition!),
          priority: Number(call.option('priority') ?? 0),
          'apply-to': call.option('apply-to') ?? 'all',
        })
        return nothing
      },
    },
    {
      name: `clear_${kind.word}`,
      tools,
      group,
      summary: kind === policy ? 'Clears (removes) a policy' : 'Clears an operator policy',
      vhostScoped: true,
      positionals: policyPositionals.slice(0, 1),
      details: `  PROGRAM clear_${kind.word} -p / short`,
      banner: ({ positionals, vhost }) =>
        `Clearing ${kind.title} "${positionals[0]}" on vhost "${vhost}" ...`,
      run: async (call) =>
        deleted(call, `/${kind.path}/${segment(call.vhost)}/${segment(call.positionals[0]!)}`),
    },
    {
      name: kind === policy ? 'list_policies' : 'list_operator_policies',
      tools,
      group,
      summary:
        kind === policy
          ? 'Lists all policies in a virtual host'
          : 'Lists operator policy overrides for a virtual host',
      vhostScoped: true,
      details: `  PROGRAM list_${kind === policy ? 'policies' : 'operator_policies'} -p / --formatter json`,
      banner: ({ vhost }) => `Listing ${kind.listTitle} for vhost "${vhost}" ...`,
      async run({ api, vhost }) {
        const items = await api.list(`/${kind.path}/${segment(vhost)}`)
        return {
          kind: 'table',
          columns: ['vhost', 'name', 'pattern', 'apply-to', 'definition', 'priority'],
          rows: items.map((item) => ({ ...item, definition: JSON.stringify(item.definition) })),
        }
      },
    },
  ]
}

const parameterCommands: readonly Command[] = [
  {
    name: 'set_parameter',
    tools,
    group: 'Parameters',
    summary: 'Sets a runtime parameter.',
    vhostScoped: true,
    details: `  PROGRAM set_parameter -p / mine colour '"red"'`,
    positionals: [
      { name: 'component', documentation: 'What the parameter belongs to.' },
      { name: 'name', documentation: 'Its name.' },
      { name: 'value', documentation: 'JSON.' },
    ],
    banner: ({ positionals: [component, name, value], vhost }) =>
      `Setting runtime parameter "${name}" for component "${component}" to "${value}" in vhost "${vhost}" ...`,
    async run({ api, vhost, positionals: [component, name, value] }) {
      const path = `/parameters/${segment(component!)}/${segment(vhost)}/${segment(name!)}`
      await api.put(path, { component, vhost, name, value: parseJsonArgument(value!) })
      return nothing
    },
  },
  {
    name: 'clear_parameter',
    tools,
    group: 'Parameters',
    summary: 'Clears a runtime parameter.',
    vhostScoped: true,
    details: '  PROGRAM clear_parameter -p / mine colour',
    positionals: [
      { name: 'component', documentation: 'What the parameter belongs to.' },
      { name: 'name', documentation: 'Its name.' },
    ],
    banner: ({ positionals: [component, name], vhost }) =>
      `Clearing runtime parameter "${name}" for component "${component}" on vhost "${vhost}" ...`,
    run: async (call) => {
      const [component, name] = call.positionals
      return deleted(
        call,
        `/parameters/${segment(component!)}/${segment(call.vhost)}/${segment(name!)}`,
      )
    },
  },
  {
    name: 'list_parameters',
    tools,
    group: 'Parameters',
    summary: 'Lists runtime parameters for a virtual host',
    vhostScoped: true,
    details: '  PROGRAM list_parameters -p /',
    banner: ({ vhost }) => `Listing runtime parameters for vhost "${vhost}" ...`,
    async run({ api, vhost }) {
      const items = await api.list('/parameters')
      const rows = items
        .filter((item) => item.vhost === vhost)
        .map((item) => ({ ...item, value: JSON.stringify(item.value) }))
      return { kind: 'table', columns: ['component', 'name', 'value'], rows }
    },
  },
  {
    name: 'set_global_parameter',
    tools,
    group: 'Parameters',
    summary: 'Sets a runtime parameter.',
    details: `  PROGRAM set_global_parameter mine '{"a": 1}'`,
    positionals: [
      { name: 'name', documentation: 'Its name.' },
      { name: 'value', documentation: 'JSON.' },
    ],
    banner: ({ positionals: [name, value] }) =>
      `Setting global runtime parameter "${name}" to "${value}" ...`,
    async run({ api, positionals: [name, value] }) {
      const path = `/global-parameters/${segment(name!)}`
      await api.put(path, { name, value: parseJsonArgument(value!) })
      return nothing
    },
  },
  {
    name: 'clear_global_parameter',
    tools,
    group: 'Parameters',
    summary: 'Clears a global runtime parameter',
    details: '  PROGRAM clear_global_parameter mine',
    positionals: [{ name: 'name', documentation: 'Its name.' }],
    banner: ({ positionals }) => `Clearing global runtime parameter "${positionals[0]}" ...`,
    run: async (call) => deleted(call, `/global-parameters/${segment(call.positionals[0]!)}`),
  },
  {
    name: 'list_global_parameters',
    tools,
    group: 'Parameters',
    summary: 'Lists global runtime parameters',
    details: '  PROGRAM list_global_parameters',
    banner: () => 'Listing global runtime parameters ...',
    async run({ api }) {
      const items = await api.list('/global-parameters')
      const rows = items.map((item) => ({ ...item, value: JSON.stringify(item.value) }))
      return { kind: 'table', columns: ['name', 'value'], rows }
    },
  },
  {
    name: 'set_cluster_name',
    tools,
    group: 'Configuration and Environment',
    summary: 'Sets the cluster name',
    details: '  PROGRAM set_cluster_name orders.example.com',
    positionals: [{ name: 'name', documentation: 'What clients are told.' }],
    banner: ({ positionals }) => `Setting cluster name to ${positionals[0]} ...`,
    async run({ api, positionals }) {
      await api.put('/cluster-name', { name: positionals[0] })
      return nothing
    },
  },
]

/** Policies and parameters are the same to RabbitMQ, hence the wording for both. */
async function deleted({ api }: Call, path: string): Promise<Output> {
  if (await api.delete(path)) return nothing
  throw new Failure(ExitCode.unavailable, 'Parameter does not exist')
}

export const policyCommands: readonly Command[] = [
  ...commandsFor(policy),
  ...commandsFor(operatorPolicy),
  ...parameterCommands,
]
