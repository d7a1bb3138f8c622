// Commands about virtual hosts and their limits, and users' limits.

import type { Item } from '../api-client.ts'
import { segment, toItem } from '../api-client.ts'
import type { Command } from '../command.ts'
import { nothing } from '../command.ts'
import { ExitCode, Failure, UsageFailure } from '../failure.ts'
import { parseJsonArgument } from './json-argument.ts'

const group = 'Virtual hosts'
const tools = ['ctl'] as const
const vhostName = { name: 'vhost', documentation: 'The virtual host’s name.' }
const limitsArgument = {
  name: 'definition',
  documentation: 'JSON, such as {"max-connections": 100, "max-queues": 50}; -1 is no limit.',
}
const vhostColumns = [
  'name',
  'description',
  'tags',
  'default_queue_type',
  'metadata',
  'tracing',
  'cluster_state',
  'protected_from_deletion',
]

export const vhostCommands: readonly Command[] = [
  {
    name: 'add_vhost',
    tools,
    group,
    summary: 'Creates a virtual host',
    positionals: [vhostName],
    options: [
      { name: 'description', value: 'text', documentation: 'What it is for.' },
      { name: 'tags', value: 'tags', documentation: 'Words separated by commas.' },
      {
        name: 'default-queue-type',
        value: 'type',
        documentation: 'What a queue declared without a type becomes.',
      },
    ],
    details: `  PROGRAM add_vhost orders --description 'Order handling'
  PROGRAM set_permissions -p orders alice '.*' '.*' '.*'`,
    banner: ({ positionals }) => `Adding vhost "${positionals[0]}" ...`,
    async run(call) {
      const [description, tags] = [call.option('description'), call.option('tags')]
      const type = call.option('default-queue-type')
      await call.api.put(`/vhosts/${segment(call.positionals[0]!)}`, {
        ...(description === undefined ? {} : { description }),
        ...(tags === undefined ? {} : { tags }),
        ...(type === undefined ? {} : { default_queue_type: type }),
      })
      return nothing
    },
  },
  {
    name: 'delete_vhost',
    tools,
    group,
    summary: 'Deletes a virtual host',
    positionals: [vhostName],
    details:
      '  PROGRAM delete_vhost orders\n\nDeletes all of its queues, messages, exchanges, bindings, policies and permissions.',
    banner: ({ positionals }) => `Deleting vhost "${positionals[0]}" ...`,
    async run({ api, positionals }) {
      const name = positionals[0]!
      if (await api.delete(`/vhosts/${segment(name)}`)) return nothing
      throw new Failure(ExitCode.dataError, `Virtual host '${name}' does not exist`)
    },
  },
  {
    name: 'list_vhosts',
    tools,
    group: 'Access Control',
    summary: 'Lists virtual hosts',
    details: '  PROGRAM list_vhosts name tags tracing',
    positionals: [
      {
        name: 'column',
        optional: true,
        rest: true,
        documentation: `Any of ${vhostColumns.join(', ')} (name).`,
      },
    ],
    banner: () => 'Listing vhosts ...',
    async run({ api, positionals }) {
      const columns = positionals.length === 0 ? ['name'] : positionals
      const wrong = columns.filter((name) => !vhostColumns.includes(name))
      if (wrong.length > 0) {
        throw new UsageFailure(`Info key(s) ${wrong.join(',')} are not supported`)
      }
      return { kind: 'table', columns, rows: await api.list('/vhosts') }
    },
  },
  {
    name: 'set_vhost_tags',
    tools,
    group,
    summary: 'Sets virtual host tags',
    details: '  PROGRAM set_vhost_tags orders production eu',
    positionals: [
      vhostName,
      { name: 'tag', optional: true, rest: true, documentation: 'Words of your own.' },
    ],
    banner: ({ positionals: [name, ...tags] }) =>
      `Setting tags for virtual host "${name}" to [${tags.join(', ')}] ...`,
    async run({ api, positionals: [name, ...tags] }) {
      await api.put(`/vhosts/${segment(name!)}`, { tags: tags.join(',') })
      return nothing
    },
  },
  {
    name: 'update_vhost_metadata',
    tools,
    group,
    summary: 'Updates metadata (tags, description, default queue type) of a virtual host',
    details: '  PROGRAM update_vhost_metadata orders --default-queue-type quorum',
    positionals: [vhostName],
    options: [
      { name: 'description', value: 'text', documentation: 'What it is for.' },
      { name: 'tags', value: 'tags', documentation: 'Words separated by commas.' },
      { name: 'default-queue-type', value: 'type', documentation: 'The type of new queues.' },
    ],
    banner: ({ positionals }) => `Updating metadata of vhost "${positionals[0]}" ...`,
    async run(call) {
      const name = call.positionals[0]!
      if ((await call.api.find(`/vhosts/${segment(name)}`)) === null) {
        throw new Failure(ExitCode.dataError, `Virtual host '${name}' does not exist`)
      }
      const fields: Record<string, string> = {}
      for (const option of ['description', 'tags', 'default-queue-type']) {
        const value = call.option(option)
        if (value !== undefined) fields[option.replaceAll('-', '_')] = value
      }
      await call.api.put(`/vhosts/${segment(name)}`, fields)
      return nothing
    },
  },
  {
    name: 'restart_vhost',
    tools,
    group,
    summary: 'Restarts a failed vhost data stores and queues',
    vhostScoped: true,
    details: '  PROGRAM restart_vhost -p orders',
    banner: ({ vhost, node }) => `Trying to restart vhost '${vhost}' on node '${node}' ...`,
    async run({ api, vhost, node }) {
      if ((await api.find(`/vhosts/${segment(vhost)}`)) === null) {
        throw new Failure(ExitCode.unavailable, `Virtual host ${vhost} does not exist`)
      }
      return { kind: 'text', text: `Vhost '${vhost}' is already running on node '${node}'` }
    },
  },
  traceCommand('trace_on'),
  traceCommand('trace_off'),
  {
    name: 'set_vhost_limits',
    tools,
    group,
    summary: 'Sets virtual host limits',
    vhostScoped: true,
    details: `  PROGRAM set_vhost_limits -p orders '{"max-connections": 100, "max-queues": 50}'`,
    positionals: [limitsArgument],
    banner: ({ positionals, vhost }) =>
      `Setting vhost limits to "${positionals[0]}" for vhost "${vhost}" ...`,
    async run({ api, vhost, positionals }) {
      for (const [name, value] of Object.entries(toItem(parseJsonArgument(positionals[0]!)))) {
        await api.put(`/vhost-limits/${segment(vhost)}/${segment(name)}`, { value })
      }
      return nothing
    },
  },
  {
    name: 'clear_vhost_limits',
    tools,
    group,
    summary: 'Clears virtual host limits',
    vhostScoped: true,
    details: '  PROGRAM clear_vhost_limits -p orders',
    banner: ({ vhost }) => `Clearing vhost "${vhost}" limits ...`,
    async run({ api, vhost }) {
      for (const name of Object.keys(limitsOf(await api.list(`/vhost-limits/${segment(vhost)}`)))) {
        await api.delete(`/vhost-limits/${segment(vhost)}/${segment(name)}`)
      }
      return nothing
    },
  },
  {
    name: 'list_vhost_limits',
    tools,
    group,
    summary: 'Displays configured virtual host limits',
    vhostScoped: true,
    details: '  PROGRAM list_vhost_limits --global',
    options: [{ name: 'global', documentation: 'lists all virtual hosts that have limits' }],
    banner: (call) =>
      call.switch('global')
        ? 'Listing limits for all vhosts ...'
        : `Listing limits for vhost "${call.vhost}" ...`,
    async run(call) {
      if (call.switch('global')) {
        const items = await call.api.list('/vhost-limits')
        const rows = items.map((item) => ({
          vhost: item.vhost,
          limits: JSON.stringify(item.value),
        }))
        return { kind: 'table', columns: ['vhost', 'limits'], rows }
      }
      const value = limitsOf(await call.api.list(`/vhost-limits/${segment(call.vhost)}`))
      return { kind: 'text', text: JSON.stringify(value), value }
    },
  },
  {
    name: 'set_user_limits',
    tools,
    group: 'Users',
    summary: 'Sets user limits',
    details: `  PROGRAM set_user_limits alice '{"max-connections": 5}'`,
    positionals: [
      { name: 'username', documentation: 'The user’s name.' },
      {
        name: 'definition',
        documentation: 'JSON, such as {"max-connections": 5, "max-channels": 20}.',
      },
    ],
    banner: ({ positionals: [user, limits] }) =>
      `Setting user limits to "${limits}" for user "${user}" ...`,
    async run({ api, positionals: [user, limits] }) {
      for (const [name, value] of Object.entries(toItem(parseJsonArgument(limits!)))) {
        await api.put(`/user-limits/${segment(user!)}/${segment(name)}`, { value })
      }
      return nothing
    },
  },
  {
    name: 'clear_user_limits',
    tools,
    group: 'Users',
    summary: 'Clears user connection/channel limits',
    details: '  PROGRAM clear_user_limits alice max-connections',
    positionals: [
      { name: 'username', documentation: 'The user’s name.' },
      { name: 'limit', documentation: 'max-connections, max-channels or all.' },
    ],
    banner: ({ positionals: [user, limit] }) =>
      `Clearing ${limit === 'all' ? 'all limits' : `"${limit}" limit`} for user "${user}" ...`,
    async run({ api, positionals: [user, limit] }) {
      const names = limit === 'all' ? ['max-connections', 'max-channels'] : [limit!]
      for (const name of names) await api.delete(`/user-limits/${segment(user!)}/${segment(name)}`)
      return nothing
    },
  },
  {
    name: 'list_user_limits',
    tools,
    group: 'Users',
    summary: 'Displays configured user limits',
    details: '  PROGRAM list_user_limits --user alice',
    options: [
      { name: 'user', value: 'username', documentation: 'Whose limits.' },
      { name: 'global', documentation: 'lists all users that have limits' },
    ],
    banner: (call) => `Listing limits for ${userWords(call.option('user'))} ...`,
    async run(call) {
      const user = call.option('user')
      if (user !== undefined) {
        const value = limitsOf(await call.api.list(`/user-limits/${segment(user)}`))
        return { kind: 'text', text: JSON.stringify(value), value }
      }
      const items = await call.api.list('/user-limits')
      const rows = items.map((item) => ({
        user: item.user,
        limits: JSON.stringify(item.value),
      }))
      return { kind: 'table', columns: ['user', 'limits'], rows }
    },
  },
]

/** The firehose: copies of what is published and delivered go to amq.rabbitmq.trace. */
function traceCommand(name: 'trace_on' | 'trace_off'): Command {
  const on = name === 'trace_on'
  return {
    name,
    tools,
    group,
    summary: on
      ? 'Publishes copies of all messages to the exchange amq.rabbitmq.trace'
      : 'Ends tracing',
    vhostScoped: true,
    details: `  PROGRAM ${name} -p orders${on ? '\n\nCosts much: every message is published once more, and again when delivered.' : ''}`,
    banner: ({ vhost }) => `${on ? 'Starting' : 'Stopping'} tracing for vhost "${vhost}" ...`,
    async run({ api, vhost }) {
      if ((await api.find(`/vhosts/${segment(vhost)}`)) === null) {
        throw new Failure(ExitCode.unavailable, `Virtual host ${vhost} does not exist`)
      }
      await api.put(`/vhosts/${segment(vhost)}`, { tracing: on })
      return { kind: 'text', text: `Trace ${on ? 'enabled' : 'disabled'} for vhost ${vhost}` }
    },
  }
}

const userWords = (user: string | undefined): string =>
  user === undefined ? 'all users' : `user "${user}"`

/** One element for the virtual host or user, or none when nothing is limited. */
function limitsOf(items: readonly Item[]): Item {
  return toItem(items[0]?.value)
}
