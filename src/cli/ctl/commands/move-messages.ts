// move_messages: a queue's messages to another queue, to an exchange, or back to where they died. No
// command of RabbitMQ's, whose users put up a shovel for it.

import type { Item } from '../api-client.ts'
import { segment, toItem } from '../api-client.ts'
import type { Call, Command, Output } from '../command.ts'
import { ExitCode, Failure, UsageFailure } from '../failure.ts'

/** As many as one look at a queue shows. */
const batchSize = 200
/** How often a queue is asked that has messages on disk and none to show yet. */
const patience = 100
const pauseMs = 50

export const moveMessagesCommand: Command = {
  name: 'move_messages',
  tools: ['ctl'],
  group: 'Queues',
  summary:
    'Moves the messages of a queue to another queue, an exchange, or back to where they died',
  vhostScoped: true,
  positionals: [
    { name: 'queue', documentation: 'Whose messages.' },
    { name: 'to', optional: true, documentation: 'The queue that they go to.' },
  ],
  options: [
    { name: 'to-exchange', value: 'exchange', documentation: 'to an exchange instead' },
    { name: 'routing-key', value: 'key', documentation: 'with this key ("" unless given)' },
    { name: 'back', documentation: 'dead letters go to where they were published to first' },
    { name: 'limit', value: 'count', documentation: 'at most so many' },
  ],
  details: `  PROGRAM move_messages orders.dead orders
  PROGRAM move_messages orders.dead --back --limit 100

A message is published to its new place before it leaves the old one. What finds no queue stays.`,
  check: (call) => void targetOf(call),
  banner: ({ vhost, positionals: [queue] }) =>
    `Moving messages of queue '${queue}' in vhost '${vhost}' ...`,
  run: moveAll,
}

function targetOf(call: Call): object | 'died' {
  const [, queue] = call.positionals
  const exchange = call.option('to-exchange')
  const limit = call.option('limit')
  if (limit !== undefined && !/^\d+$/.test(limit)) throw new UsageFailure('--limit takes a number')
  const given = [queue, exchange, call.switch('back') ? '' : undefined]
  if (given.filter((one) => one !== undefined).length !== 1) {
    throw new UsageFailure('say where to: a queue, --to-exchange or --back')
  }
  if (call.switch('back')) return 'died'
  return exchange === undefined
    ? { exchange: '', routing_key: queue }
    : { exchange, routing_key: call.option('routing-key') ?? '' }
}

async function moveAll(call: Call): Promise<Output> {
  const { api, vhost, positionals } = call
  const to = targetOf(call)
  const path = `/queues/${segment(vhost)}/${segment(positionals[0]!)}`
  const queue = await api.find(path)
  if (queue === null) throw new Failure(ExitCode.unavailable, `Queue not found`)
  // What arrives meanwhile, from here if the target is this queue, is not moved again.
  const total = Math.min(Number(queue.messages_ready), Number(call.option('limit') ?? Infinity))
  const progress = call.progress('Moving')
  let moved = 0
  let stayed = 0
  while (moved + stayed < total) {
    const left = Math.min(batchSize, total - moved - stayed)
    const keys = await keysAt(call, path, { offset: stayed, limit: left })
    if (keys.length === 0) break
    const done = toItem(await api.post(`${path}/messages/actions`, { action: 'move', keys, to }))
    moved += Number(done.done)
    stayed += Number(done.unroutable)
    progress.advance(moved + stayed, total)
  }
  const rest = stayed === 0 ? '' : `; ${stayed} found no queue and stayed`
  return {
    kind: 'text',
    text: `Moved ${moved} messages${rest}`,
    value: { moved, unroutable: stayed },
  }
}

/** Messages that wait on disk are read in while the first ones leave: they take a moment to be seen. */
async function keysAt(
  { api }: Call,
  path: string,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<unknown[]> {
  for (let attempt = 0; attempt < patience; attempt += 1) {
    const page = await api.item(`${path}/messages?offset=${offset}&limit=${limit}&truncate=0`)
    const items: Item[] = Array.isArray(page.items) ? page.items.map(toItem) : []
    if (items.length > 0 || Number(page.messages_ready) <= offset)
      return items.map(({ key }) => key)
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
  return []
}
