// What a client may ask of a channel's virtual host, with the permissions that each request needs and
// RabbitMQ's order of checks (rabbit_channel). Handlers only translate methods into these calls.

import {
  type FieldTable,
  type FieldValue,
  plainValue,
  tableValueTypeName,
} from '../protocol/amqp/field-table.ts'
import type { Permission } from './access.ts'
import type { Channel } from './channel.ts'
import type { Consumer } from './consumer.ts'
import {
  accessRefused,
  noPreviousQueue,
  notFound,
  preconditionFailed,
  resourceText,
} from './errors.ts'
import type { Exchange } from './exchanges/exchange.ts'
import { replyQueue } from './publish-checks.ts'
import { replyPrefix } from './publish-target.ts'
import { isInteger } from './queues/arguments.ts'
import type { Queue } from './queues/queue.ts'
import {
  type BindingDeclaration,
  checkNotDefaultExchange,
  checkReservedName,
  type ExchangeDeclaration,
} from './topology.ts'

export interface QueueRequest {
  readonly name: string
  readonly passive: boolean
  readonly durable: boolean
  readonly exclusive: boolean
  readonly autoDelete: boolean
  readonly arguments: FieldTable
}

export interface QueueCounts {
  readonly name: string
  readonly messageCount: number
  readonly consumerCount: number
}

export interface ConsumeRequest {
  readonly queue: string
  readonly tag: string
  readonly noAck: boolean
  readonly exclusive: boolean
  readonly arguments: FieldTable
}

function permit(
  channel: Channel,
  kind: 'queue' | 'exchange',
  name: string,
  permission: Permission,
): void {
  const { user, vhost } = channel.connection
  vhost.access.check(user, vhost.name, { kind, name }, permission)
}

/** CR and LF are taken out of declared names [RMQ: rabbit_channel:strip_cr_lf]. */
function clean(name: string): string {
  return name.replace(/[\r\n]/g, '')
}

/** The empty name stands for the queue declared last on the channel. */
export function queueName(channel: Channel, name: string): string {
  if (name !== '') return name
  if (channel.lastQueue === null) throw noPreviousQueue()
  return channel.lastQueue
}

// Exchanges

export function checkExchange(channel: Channel, name: string): void {
  checkNotDefaultExchange(name)
  channel.connection.vhost.topology.exchange(name)
}

export function declareExchange(channel: Channel, request: ExchangeDeclaration): Exchange {
  const { vhost } = channel.connection
  checkNotDefaultExchange(request.name)
  const name = clean(request.name)
  permit(channel, 'exchange', name, 'configure')
  if (!vhost.topology.exchanges.has(name)) checkReservedName('exchange', name)
  const alternate = request.arguments['alternate-exchange']
  if (alternate !== undefined) {
    assertText(alternate, 'alternate-exchange', resourceText('exchange', name, vhost.name))
    permit(channel, 'exchange', name, 'read')
    permit(channel, 'exchange', String(plainValue(alternate)), 'write')
  }
  return vhost.topology.declareExchange({ ...request, name })
}

export function deleteExchange(channel: Channel, name: string, ifUnused: boolean): void {
  const { vhost } = channel.connection
  checkNotDefaultExchange(name)
  if (name.startsWith('amq.')) {
    const text = resourceText('exchange', name, vhost.name)
    throw accessRefused(`deletion of system ${text} not allowed`)
  }
  permit(channel, 'exchange', name, 'configure')
  const exchange = vhost.topology.exchanges.get(name)
  if (exchange !== undefined) vhost.topology.deleteExchange(exchange, ifUnused)
}

function assertText(value: FieldValue, argument: string, resource: string): void {
  if (typeof value === 'string') return
  throw preconditionFailed(
    `invalid type '${tableValueTypeName(value)}' for arg '${argument}' in ${resource}`,
  )
}

// Bindings

export function bind(channel: Channel, declaration: BindingDeclaration): void {
  const request = named(channel, declaration)
  permitBinding(channel, request)
  const { vhost } = channel.connection
  if (request.destination.kind === 'queue' && vhost.topology.exchanges.has(request.source)) {
    vhost.topology.queue(request.destination.name, channel.connection)
  }
  vhost.topology.bind(request)
}

export function unbind(channel: Channel, declaration: BindingDeclaration): void {
  const request = named(channel, declaration)
  permitBinding(channel, request)
  channel.connection.vhost.topology.unbind(request)
}

/** With neither queue nor key given, the key is the name of the queue declared last. */
function named(channel: Channel, declaration: BindingDeclaration): BindingDeclaration {
  const { destination, routingKey } = declaration
  checkNotDefaultExchange(declaration.source)
  if (destination.kind === 'exchange') {
    checkNotDefaultExchange(destination.name)
    return declaration
  }
  if (destination.name !== '') return declaration
  const name = queueName(channel, '')
  const key = routingKey === '' ? name : routingKey
  return { ...declaration, destination: { kind: 'queue', name }, routingKey: key }
}

function permitBinding(
  channel: Channel,
  { source, destination, routingKey }: BindingDeclaration,
): void {
  permit(channel, destination.kind, destination.name, 'write')
  permit(channel, 'exchange', source, 'read')
  const { user, vhost } = channel.connection
  if (vhost.topology.exchanges.get(source)?.type.name !== 'topic') return
  vhost.access.checkTopic(user, vhost.name, { exchange: source, routingKey }, 'read')
}

// Queues

export function declareQueue(channel: Channel, request: QueueRequest): QueueCounts {
  const reply = replyQueueCounts(channel, request.name)
  if (reply !== null) return reply
  const queue = request.passive ? findQueue(channel, request.name) : createQueue(channel, request)
  // Asking for it renews its lease, passively too [RMQ: rabbit_amqqueue_process, stat].
  if (request.passive) queue.touch()
  channel.lastQueue = queue.name
  return counts(queue)
}

/** Names of direct reply-to tell whether somebody still waits for an answer there. */
function replyQueueCounts(channel: Channel, name: string): QueueCounts | null {
  if (name === replyQueue) return { name, messageCount: 0, consumerCount: 1 }
  if (!name.startsWith(replyPrefix)) return null
  const { vhost } = channel.connection
  if (!vhost.replies.has(name.slice(replyPrefix.length))) throw notFound('queue', name, vhost.name)
  return { name, messageCount: 0, consumerCount: 1 }
}

function counts(queue: Queue): QueueCounts {
  return { name: queue.name, messageCount: queue.readyCount, consumerCount: queue.consumers.count }
}

function findQueue(channel: Channel, name: string): Queue {
  return channel.connection.vhost.topology.queue(name, channel.connection)
}

function createQueue(channel: Channel, request: QueueRequest): Queue {
  const { vhost } = channel.connection
  const stripped = clean(request.name)
  if (stripped !== '') checkReservedName('queue', stripped)
  else if (request.arguments['x-queue-type'] === 'quorum') {
    throw preconditionFailed('Cannot declare a server-named queue for type rabbit_quorum_queue')
  }
  const name = stripped === '' ? `amq.gen-${vhost.random.token(16)}` : stripped
  permit(channel, 'queue', name, 'configure')
  const deadLetter = request.arguments['x-dead-letter-exchange']
  if (deadLetter !== undefined) {
    assertText(deadLetter, 'x-dead-letter-exchange', resourceText('queue', name, vhost.name))
    permit(channel, 'queue', name, 'read')
    permit(channel, 'exchange', String(plainValue(deadLetter)), 'write')
  }
  return vhost.topology.declareQueue({
    name,
    durable: request.durable,
    autoDelete: request.autoDelete,
    owner: request.exclusive ? channel.connection : null,
    arguments: withDefaultType(request, vhost.info.defaultQueueType),
  })
}

/**
 * A virtual host may make queues of another type when the client names none; but not those that
 * only a classic queue can be [RMQ: rabbit_quorum_queue:is_compatible].
 */
function withDefaultType(request: QueueRequest, type: string): FieldTable {
  const { arguments: args, durable, exclusive, autoDelete } = request
  if (type === 'classic' || args['x-queue-type'] !== undefined) return args
  if (!durable || exclusive || autoDelete) return args
  return { ...args, 'x-queue-type': type }
}

export function deleteQueue(
  channel: Channel,
  name: string,
  conditions: { ifUnused: boolean; ifEmpty: boolean },
): number {
  const { vhost } = channel.connection
  const actual = queueName(channel, name)
  permit(channel, 'queue', actual, 'configure')
  if (!vhost.topology.queues.has(actual)) return 0
  return vhost.topology.deleteQueue(findQueue(channel, actual), conditions)
}

export function purgeQueue(channel: Channel, name: string): number {
  const actual = queueName(channel, name)
  permit(channel, 'queue', actual, 'read')
  return findQueue(channel, actual).purge()
}

// Messages

/** The queue for basic.get. */
export function readableQueue(channel: Channel, name: string): Queue {
  channel.checkRoom()
  return queueToRead(channel, name)
}

function queueToRead(channel: Channel, name: string): Queue {
  const actual = queueName(channel, name)
  permit(channel, 'queue', actual, 'read')
  return findQueue(channel, actual)
}

/** Returns the consumer's tag, generated if none was given. */
export function consume(channel: Channel, request: ConsumeRequest): string {
  const { vhost } = channel.connection
  const tag = request.tag === '' ? `amq.ctag-${vhost.random.token(16)}` : request.tag
  if (request.queue === replyQueue) {
    if (!request.noAck) throw preconditionFailed('reply consumer cannot acknowledge')
    channel.openReply(tag)
    return tag
  }
  const queue = queueToRead(channel, request.queue)
  const text = resourceText('queue', queue.name, vhost.name)
  const priority = consumerPriority(request.arguments, text)
  if (queue.consumers.hasExclusive || (request.exclusive && queue.consumers.count > 0)) {
    throw accessRefused(`${text} in exclusive use`)
  }
  const { noAck, exclusive, arguments: args } = request
  const { prefetch } = channel
  const options = { tag, queue, noAck, exclusive, priority, prefetch, arguments: args }
  const consumer: Consumer = channel.consume(options)
  return consumer.tag
}

function consumerPriority(args: FieldTable, resource: string): number {
  const value = args['x-priority']
  if (value === undefined) return 0
  if (isInteger(value)) return Number(plainValue(value))
  throw preconditionFailed(
    `invalid arg 'x-priority' for ${resource}: "expected integer, got ${tableValueTypeName(value)}"`,
  )
}
