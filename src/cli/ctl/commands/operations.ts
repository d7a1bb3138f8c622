// Commands that do something to queues and connections, and definitions in and out.

import { readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync, gzipSync } from 'node:zlib'
import { segment, toItem } from '../api-client.ts'
import type { Call, Command } from '../command.ts'
import { nothing } from '../command.ts'
import { ExitCode, Failure } from '../failure.ts'
import { partSize, splitDefinitions } from './definition-parts.ts'
import { parseJsonArgument } from './json-argument.ts'
import { moveMessagesCommand } from './move-messages.ts'

const tools = ['ctl'] as const

const queueCommands: readonly Command[] = [
  {
    name: 'purge_queue',
    tools,
    group: 'Queues',
    summary: 'Purges a queue (removes all messages in it)',
    vhostScoped: true,
    details:
      '  PROGRAM purge_queue -p / orders\n\nMessages that consumers have and not acknowledged yet are not touched.',
    positionals: [{ name: 'queue', documentation: 'The queue’s name.' }],
    banner: ({ positionals, vhost }) => `Purging queue '${positionals[0]}' in vhost '${vhost}' ...`,
    async run({ api, vhost, positionals }) {
      const path = `/queues/${segment(vhost)}/${segment(positionals[0]!)}/contents`
      if (!(await api.delete(path))) throw new Failure(ExitCode.unavailable, 'not_found')
      return nothing
    },
  },
  {
    name: 'delete_queue',
    tools,
    group: 'Queues',
    summary: 'Deletes a queue',
    vhostScoped: true,
    details: '  PROGRAM delete_queue -p / orders --if-empty --if-unused',
    positionals: [{ name: 'queue', documentation: 'The queue’s name.' }],
    options: [
      { name: 'if-empty', short: 'e', documentation: 'only if it holds no messages' },
      { name: 'if-unused', short: 'u', documentation: 'only if it has no consumers' },
    ],
    banner: (call) => {
      const conditions = [
        ...(call.switch('if-empty') ? ['if queue is empty '] : []),
        ...(call.switch('if-unused') ? ['if queue is unused '] : []),
      ].join('and ')
      return `Deleting queue '${call.positionals[0]}' on vhost '${call.vhost}' ${conditions}...`
    },
    async run(call) {
      const path = `/queues/${segment(call.vhost)}/${segment(call.positionals[0]!)}`
      const queue = await call.api.find(path)
      if (queue === null) throw new Failure(ExitCode.usage, 'Queue not found')
      const query = [
        ...(call.switch('if-empty') ? ['if-empty=true'] : []),
        ...(call.switch('if-unused') ? ['if-unused=true'] : []),
      ].join('&')
      await call.api.delete(query === '' ? path : `${path}?${query}`)
      const count = Number(queue.messages_ready ?? 0)
      return {
        kind: 'text',
        text: `Queue was successfully deleted with ${count} ready messages`,
        value: { messages: count },
      }
    },
  },
  {
    name: 'list_unresponsive_queues',
    tools,
    group: 'Monitoring, observability and health checks',
    summary: 'Tests queues to respond within timeout. Lists those which did not respond',
    vhostScoped: true,
    details: '  PROGRAM list_unresponsive_queues -p / -t 10',
    banner: ({ vhost }) => `Listing unresponsive queues for vhost ${vhost} ...`,
    // Queues share one thread with the API: an answer means that all of them respond.
    async run({ api, vhost }) {
      await api.list(`/queues/${segment(vhost)}?columns=name`)
      return { kind: 'table', columns: ['name'], rows: [], streamed: true }
    },
  },
]

const connectionCommands: readonly Command[] = [
  {
    name: 'close_connection',
    tools,
    group: 'Operations',
    summary: 'Instructs the broker to close the connection',
    positionals: [
      { name: 'connection', documentation: 'Its name, as list_connections pid or name shows it.' },
      { name: 'explanation', documentation: 'What the client is told.' },
    ],
    details: `  PROGRAM list_connections name
  PROGRAM close_connection '127.0.0.1:4711 -> 127.0.0.1:5672' 'maintenance'`,
    banner: ({ positionals: [name, reason] }) => `Closing connection ${name}, reason: ${reason}...`,
    async run({ api, positionals: [name, reason] }) {
      const path = `/connections/${segment(name!)}`
      if (await api.delete(path, { 'X-Reason': reason! })) return nothing
      throw new Failure(ExitCode.unavailable, `there is no connection ${name}`)
    },
  },
  {
    name: 'close_all_connections',
    tools,
    group: 'Operations',
    summary:
      'Instructs the broker to close all connections for the specified vhost or entire RabbitMQ node',
    vhostScoped: true,
    details: `  PROGRAM close_all_connections -p / 'maintenance'
  PROGRAM close_all_connections --global --limit 100 --per-connection-delay 50 'rebalancing'`,
    positionals: [{ name: 'explanation', documentation: 'What the clients are told.' }],
    options: [
      { name: 'limit', value: 'count', documentation: 'at most so many' },
      { name: 'per-connection-delay', value: 'ms', documentation: 'wait between them' },
      { name: 'global', documentation: 'in all virtual hosts' },
    ],
    banner: (call) => {
      const where = call.switch('global') ? 'across all vhosts' : `in vhost ${call.vhost}`
      return `Closing all connections ${where}, reason: ${call.positionals[0]}...`
    },
    run: (call) =>
      closeConnections(call, call.switch('global') ? '/connections' : vhostConnections(call)),
  },
  {
    name: 'close_all_user_connections',
    tools,
    group: 'Operations',
    summary: 'Instructs the broker to close all connections of the specified user',
    details: `  PROGRAM close_all_user_connections alice 'password changed'`,
    positionals: [
      { name: 'username', documentation: 'Whose connections.' },
      { name: 'explanation', documentation: 'What the clients are told.' },
    ],
    banner: ({ positionals: [user, reason] }) =>
      `Closing connections of user ${user}, reason: ${reason}...`,
    run: (call) => closeConnections(call, `/connections/username/${segment(call.positionals[0]!)}`),
  },
]

const definitionCommands: readonly Command[] = [
  {
    name: 'export_definitions',
    tools,
    group: 'Definitions',
    summary: 'Exports definitions in JSON.',
    vhostScoped: true,
    positionals: [
      {
        name: 'file',
        documentation: 'Where to; - for standard output. A name ending in .gz is compressed.',
      },
    ],
    options: [{ name: 'format', value: 'format', documentation: 'json, the only one here' }],
    details: `  PROGRAM export_definitions definitions.json
  PROGRAM export_definitions - -p orders | jq .queues`,
    banner: ({ positionals: [file] }) =>
      file === '-' ? null : `Exporting definitions in JSON to a file at "${file}" ...`,
    async run(call) {
      const file = call.positionals[0]!
      mustBeJson(call)
      const scope = call.vhostGiven ? `/${segment(call.vhost)}` : ''
      const definitions = await call.api.get(`/definitions${scope}`)
      const json = JSON.stringify(definitions)
      if (file === '-') return { kind: 'text', text: json, value: definitions }
      settle(() => writeFileSync(file, file.endsWith('.gz') ? gzipSync(json) : `${json}\n`))
      return nothing
    },
  },
  {
    name: 'import_definitions',
    tools,
    group: 'Definitions',
    summary: 'Imports definitions in JSON.',
    vhostScoped: true,
    positionals: [
      { name: 'file', documentation: 'Where from; - for standard input, .gz is understood.' },
    ],
    options: [
      { name: 'format', value: 'format', documentation: 'json, the only one here' },
      { name: 'skip-if-unchanged', documentation: 'accepted: what is there as it is stays so' },
    ],
    details:
      'Adds to what is there; nothing is deleted.\n  PROGRAM import_definitions definitions.json',
    banner: ({ positionals: [file] }) =>
      `Importing definitions in JSON from a file at "${file}" ...`,
    async run(call) {
      const file = call.positionals[0]!
      mustBeJson(call)
      const raw = settle(() => readFileSync(file === '-' ? 0 : file))
      const text = raw[0] === 0x1f && raw[1] === 0x8b ? gunzipSync(raw) : raw
      const scope = call.vhostGiven ? `/${segment(call.vhost)}` : ''
      await importParts(call, `/definitions${scope}`, parseJsonArgument(text.toString('utf8')))
      return { kind: 'text', text: 'Successfully imported definitions.' }
    },
  },
]

export const operationCommands: readonly Command[] = [
  ...queueCommands,
  moveMessagesCommand,
  ...connectionCommands,
  ...definitionCommands,
]

const vhostConnections = (call: Call): string => `/vhosts/${segment(call.vhost)}/connections`

async function closeConnections(
  call: Call,
  path: string,
): Promise<{ kind: 'text'; text: string; value: unknown }> {
  const reason = call.positionals.at(-1)!
  const limit = Number(call.option('limit') ?? 0)
  const delayMs = Number(call.option('per-connection-delay') ?? 0)
  const all = await call.api.list(path)
  const chosen = limit > 0 ? all.slice(0, limit) : all
  const progress = call.progress('Closing')
  let closed = 0
  for (const connection of chosen) {
    progress.advance(closed, chosen.length)
    const name = String(toItem(connection).name)
    if (await call.api.delete(`/connections/${segment(name)}`, { 'X-Reason': reason })) closed += 1
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
  }
  return { kind: 'text', text: `Closed ${closed} connections`, value: { closed } }
}

async function importParts(call: Call, path: string, document: unknown): Promise<void> {
  const parts = splitDefinitions(toItem(document), partSize)
  const total = parts.reduce((sum, { count }) => sum + count, 0)
  const progress = call.progress('Importing')
  let done = 0
  for (const part of parts) {
    await call.api.post(path, part.document)
    done += part.count
    progress.advance(done, total)
  }
}

function mustBeJson(call: Call): void {
  const format = call.option('format') ?? 'json'
  if (format.toLowerCase() !== 'json') {
    throw new Failure(ExitCode.usage, `format ${format} is not supported, only json`)
  }
}

/** Files that cannot be read or written are told as they are, not as a fault of the program. */
function settle<T>(task: () => T): T {
  try {
    return task()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Failure(ExitCode.dataError, reason, { cause: error })
  }
}
