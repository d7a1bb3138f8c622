// Commands about what users may do in a virtual host, and by routing key on topic exchanges.

import { segment } from '../api-client.ts'
import type { Call, Command } from '../command.ts'
import { nothing } from '../command.ts'
import { ExitCode, Failure } from '../failure.ts'

const group = 'Access Control'
const tools = ['ctl'] as const
const username = { name: 'username', documentation: 'The user’s name.' }
const patternNote = 'A regular expression for names; ^$ matches none.'

export const permissionCommands: readonly Command[] = [
  {
    name: 'set_permissions',
    tools,
    group,
    summary: 'Sets user permissions for a vhost',
    vhostScoped: true,
    positionals: [
      username,
      { name: 'conf', documentation: `What the user may declare and delete. ${patternNote}` },
      { name: 'write', documentation: `What the user may publish to. ${patternNote}` },
      { name: 'read', documentation: `What the user may consume from. ${patternNote}` },
    ],
    details: `  PROGRAM set_permissions -p / alice '.*' '.*' '.*'
  PROGRAM set_permissions -p orders alice '^alice-' '.*' '.*'
Quote the patterns, or the shell replaces them by file names.`,
    banner: ({ positionals, vhost }) =>
      `Setting permissions for user "${positionals[0]}" in vhost "${vhost}" ...`,
    async run(call) {
      const [user, configure, write, read] = call.positionals
      await mustExist(call, user!)
      await call.api.put(path('permissions', call.vhost, user!), { configure, write, read })
      return nothing
    },
  },
  {
    name: 'clear_permissions',
    tools,
    group,
    summary: 'Revokes user permissions for a vhost',
    vhostScoped: true,
    details: '  PROGRAM clear_permissions -p / alice',
    positionals: [username],
    banner: ({ positionals, vhost }) =>
      `Clearing permissions for user "${positionals[0]}" in vhost "${vhost}" ...`,
    async run(call) {
      const user = call.positionals[0]!
      await mustExist(call, user)
      await call.api.delete(path('permissions', call.vhost, user))
      return nothing
    },
  },
  {
    name: 'list_permissions',
    tools,
    group,
    summary: 'Lists user permissions in a virtual host',
    vhostScoped: true,
    details: '  PROGRAM list_permissions -p orders',
    banner: ({ vhost }) => `Listing permissions for vhost "${vhost}" ...`,
    async run({ api, vhost }) {
      const rows = await api.list(`/vhosts/${segment(vhost)}/permissions`)
      return { kind: 'table', columns: ['user', 'configure', 'write', 'read'], rows }
    },
  },
  {
    name: 'list_user_permissions',
    tools,
    group,
    summary: 'Lists permissions of a user across all virtual hosts',
    details: '  PROGRAM list_user_permissions alice',
    positionals: [username],
    banner: ({ positionals }) => `Listing permissions for user "${positionals[0]}" ...`,
    async run(call) {
      const user = call.positionals[0]!
      await mustExist(call, user, { vhost: false })
      const rows = await call.api.list(`/users/${segment(user)}/permissions`)
      return { kind: 'table', columns: ['vhost', 'configure', 'write', 'read'], rows }
    },
  },
  {
    name: 'set_topic_permissions',
    tools,
    group,
    summary: 'Sets user topic permissions for an exchange',
    vhostScoped: true,
    positionals: [
      username,
      { name: 'exchange', documentation: 'A topic exchange.' },
      { name: 'write', documentation: 'Which routing keys the user may publish with.' },
      { name: 'read', documentation: 'Which routing keys the user may bind with.' },
    ],
    details: `  PROGRAM set_topic_permissions -p / alice amq.topic '^{username}-.*' '.*'`,
    banner: ({ positionals: [user, exchange], vhost }) =>
      `Setting topic permissions on "${exchange}" for user "${user}" in vhost "${vhost}" ...`,
    async run(call) {
      const [user, exchange, write, read] = call.positionals
      await mustExist(call, user!)
      await call.api.put(path('topic-permissions', call.vhost, user!), { exchange, write, read })
      return nothing
    },
  },
  {
    name: 'clear_topic_permissions',
    tools,
    group,
    summary: 'Clears user topic permissions for a vhost or exchange',
    vhostScoped: true,
    details: '  PROGRAM clear_topic_permissions -p / alice amq.topic',
    positionals: [
      username,
      { name: 'exchange', optional: true, documentation: 'All of them if it is left out.' },
    ],
    banner: ({ positionals: [user, exchange], vhost }) =>
      exchange === undefined
        ? `Clearing topic permissions for user "${user}" in vhost "${vhost}" ...`
        : `Clearing topic permissions on "${exchange}" for user "${user}" in vhost "${vhost}" ...`,
    async run(call) {
      const [user, exchange] = call.positionals
      await mustExist(call, user!)
      const suffix = exchange === undefined ? '' : `/${segment(exchange)}`
      await call.api.delete(`${path('topic-permissions', call.vhost, user!)}${suffix}`)
      return nothing
    },
  },
  {
    name: 'list_topic_permissions',
    tools,
    group,
    summary: 'Lists topic permissions in a virtual host',
    vhostScoped: true,
    details: '  PROGRAM list_topic_permissions -p /',
    banner: ({ vhost }) => `Listing topic permissions for vhost "${vhost}" ...`,
    async run({ api, vhost }) {
      const rows = await api.list(`/vhosts/${segment(vhost)}/topic-permissions`)
      return { kind: 'table', columns: ['user', 'exchange', 'write', 'read'], rows }
    },
  },
  {
    name: 'list_user_topic_permissions',
    tools,
    group,
    summary: 'Lists user topic permissions',
    details: '  PROGRAM list_user_topic_permissions alice',
    positionals: [username],
    banner: ({ positionals }) => `Listing topic permissions for user "${positionals[0]}" ...`,
    async run(call) {
      const user = call.positionals[0]!
      await mustExist(call, user, { vhost: false })
      const rows = await call.api.list(`/users/${segment(user)}/topic-permissions`)
      return { kind: 'table', columns: ['vhost', 'exchange', 'write', 'read'], rows }
    },
  },
]

function path(kind: 'permissions' | 'topic-permissions', vhost: string, user: string): string {
  return `/${kind}/${segment(vhost)}/${segment(user)}`
}

/** The API says only "not found"; scripts look at which exit code it is. */
async function mustExist(
  { api, vhost }: Call,
  user: string,
  options: { vhost: boolean } = { vhost: true },
): Promise<void> {
  if (options.vhost && (await api.find(`/vhosts/${segment(vhost)}`)) === null) {
    throw new Failure(ExitCode.unavailable, `Virtual host ${vhost} does not exist`)
  }
  if ((await api.find(`/users/${segment(user)}`)) === null) {
    throw new Failure(ExitCode.noUser, `User ${user} does not exist`)
  }
}
