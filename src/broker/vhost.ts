// A virtual host: its topology, and the way of a message from an exchange into queues.

import type { Specimens } from '../base/specimens.ts'
import { contentOf } from '../protocol/amqp/content.ts'
import { emptyTable, type FieldTable, tableValueTypeName } from '../protocol/amqp/field-table.ts'
import {
  type MessageProperties,
  PropertyFlag,
  readProperties,
  readPropertyFlags,
  replaceProperties,
} from '../protocol/amqp/properties.ts'
import type { AccessControl } from './access.ts'
import type { BrokerCounters } from './counters.ts'
import { describeDeath, textArray } from './dead-letter.ts'
import { delayOf } from './delays/delay-header.ts'
import type { DelayTarget } from './delays/delay-store.ts'
import type { Delays } from './delays/delays.ts'
import { Drops } from './drops.ts'
import type { Duplicates } from './duplicates/duplicates.ts'
import { BrokerError, preconditionFailed, resourceText } from './errors.ts'
import type { BrokerEvents } from './events.ts'
import type { Destination, RouteInput } from './exchanges/exchange-type.ts'
import { Interception, type InterceptionHost } from './interception.ts'
import type { BrokerLimits } from './limits.ts'
import type { MemoryBudget } from './memory-budget.ts'
import { Message } from './message.ts'
import type { MessageSpans } from './message-spans.ts'
import { ParameterBook } from './parameters.ts'
import { PolicyBook, type PolicySubject } from './policies.ts'
import type { Clock, MessageLog, MetadataStore, Random } from './ports.ts'
import { makeEnvelope, type PublishTarget } from './publish-target.ts'
import type { DeathReason, Queue } from './queues/queue.ts'
import type { PolicyDefinition } from './queues/settings.ts'
import type { ReplyAddresses } from './reply-consumer.ts'
import { Routing } from './routing.ts'
import { Topology, type TopologyHost } from './topology.ts'
import type { TurnWork, Unanswered } from './turn.ts'

/** What all virtual hosts of a broker share. */
export interface VirtualHostContext {
  readonly log: MessageLog
  readonly metadata: MetadataStore
  readonly clock: Clock
  readonly random: Random
  readonly budget: MemoryBudget
  readonly access: AccessControl
  readonly limits: BrokerLimits
  readonly replies: ReplyAddresses
  readonly counters: BrokerCounters
  readonly specimens: Specimens
  readonly delays: Delays
  readonly duplicates: Duplicates
  readonly events: BrokerEvents
  /** As `rabbit@host`. */
  readonly nodeName: string
  /** Null: messages are not followed. */
  readonly spans: MessageSpans | null
  readonly turn: TurnWork
  nextQueueId(): number
  /** How many there are in all virtual hosts. */
  countOf(kind: 'queues' | 'exchanges'): number
}

export interface VirtualHostInfo {
  readonly description: string
  readonly tags: readonly string[]
  readonly defaultQueueType: string
  /** Whether copies of all messages go to amq.rabbitmq.trace. */
  readonly tracing: boolean
}

/**
 * `delayed`: a part of it waits for its time, all else is routed. `repeated`: the same, and a part
 * was dropped because it repeats a message that may not be safe yet.
 */
export type Outcome = 'routed' | 'unroutable' | 'refused' | 'delayed' | 'repeated'

/** Dead-lettering may lead to further deaths; chains longer than this are taken for a mistake. */
const deathDepthMax = 32

export class VirtualHost implements TopologyHost, InterceptionHost {
  readonly name: string
  info: VirtualHostInfo
  readonly topology: Topology
  readonly routing: Routing
  readonly log: MessageLog
  readonly metadata: MetadataStore
  readonly clock: Clock
  readonly random: Random
  readonly budget: MemoryBudget
  readonly access: AccessControl
  readonly limits: BrokerLimits
  readonly replies: ReplyAddresses
  readonly counters: BrokerCounters
  readonly specimens: Specimens
  readonly events: BrokerEvents
  readonly nodeName: string
  readonly spans: MessageSpans | null
  readonly drops: Drops = new Drops()
  readonly delays: Delays
  readonly duplicates: Duplicates
  readonly policies: PolicyBook
  readonly parameters: ParameterBook
  /** `max-connections` and `max-queues`; absent is no limit. */
  quotas: Readonly<Record<string, number>> = {}
  connectionCount = 0
  readonly #context: VirtualHostContext
  #deathDepth = 0

  constructor(name: string, info: VirtualHostInfo, context: VirtualHostContext) {
    this.name = name
    this.info = info
    this.#context = context
    this.log = context.log
    this.metadata = context.metadata
    this.clock = context.clock
    this.random = context.random
    this.budget = context.budget
    this.access = context.access
    this.limits = context.limits
    this.replies = context.replies
    this.counters = context.counters
    this.specimens = context.specimens
    this.delays = context.delays
    this.duplicates = context.duplicates
    this.events = context.events
    this.nodeName = context.nodeName
    this.spans = context.spans
    this.parameters = new ParameterBook('parameter', name, context.metadata, context.events)
    this.policies = new PolicyBook(name, context.metadata, (kind, attributes) => {
      this.topology.applyPolicies()
      this.events.emit(kind, { ...attributes, vhost: name })
    })
    this.topology = new Topology(this)
    this.routing = new Routing(this.topology)
  }

  get nowMs(): number {
    return this.#context.turn.nowMs
  }

  nextQueueId(): number {
    return this.#context.nextQueueId()
  }

  policyFor(subject: PolicySubject): PolicyDefinition | null {
    return this.policies.effective(subject).definition
  }

  setQuotas(quotas: Readonly<Record<string, number>>): void {
    this.quotas = quotas
    if (Object.keys(quotas).length > 0) this.metadata.put('vhost-limits', this.name, quotas)
    else this.metadata.delete('vhost-limits', this.name)
  }

  checkQueueLimit(name: string): void {
    const refused = `cannot declare queue '${name}': queue limit in`
    const limit = this.quotas['max-queues']
    if (limit !== undefined && limit >= 0 && this.topology.queues.size >= limit) {
      throw preconditionFailed(`${refused} vhost '${this.name}' (${limit}) is reached`)
    }
    const { queuesMax } = this.limits
    if (queuesMax === Number.POSITIVE_INFINITY) return
    if (this.#context.countOf('queues') < queuesMax) return
    throw preconditionFailed(`${refused} cluster (${queuesMax}) is reached`)
  }

  checkExchangeLimit(name: string): void {
    const { exchangesMax } = this.limits
    if (exchangesMax === Number.POSITIVE_INFINITY) return
    if (this.#context.countOf('exchanges') < exchangesMax) return
    throw preconditionFailed(
      `cannot declare ${resourceText('exchange', name, this.name)}: exchange limit of ${exchangesMax} is reached`,
    )
  }

  markDirty(queue: Queue): void {
    queue.dirty = true
    this.#context.turn.touch(queue)
  }

  expectConfirm(channel: Unanswered): void {
    this.#context.turn.confirm(channel)
  }

  expireQueue(queue: Queue): void {
    if (queue.deleted) return
    this.topology.deleteQueue(queue)
    // A timer may have brought this, outside of any turn.
    this.#context.turn.requestTurn()
  }

  /** The log position at which a message just published is safe; 0 when it need not be stored. */
  syncPosition(message: Message): number {
    return message.awaitsSync ? message.position : 0
  }

  /** As `syncPosition`; what repeats another message is as safe as all that came before it. */
  safePosition(outcome: Outcome, message: Message): number {
    return outcome === 'repeated' ? this.log.appendedPosition : this.syncPosition(message)
  }

  /** Sends a message on its way; the queues that take it deliver at the end of the turn. */
  publish(target: PublishTarget, message: Message): Outcome {
    const { exchange, queues } = target
    exchange.publishedIn += 1
    if (target.replyToken !== null) return this.#reply(target.replyToken, message)
    if (queues === null || namesFurtherKeys(message)) return this.#publishByContent(target, message)
    if (queues.length === 0) return 'unroutable'
    exchange.publishedOut += queues.length
    return this.enqueue(message, queues)
  }

  /** The target by what is declared and bound now. */
  renew(target: PublishTarget): PublishTarget {
    if (target.topologyVersion === this.topology.version) return target
    const { exchange: name, routingKey } = target.envelope
    const exchange = this.topology.exchanges.get(name)
    if (exchange === undefined) return { ...target, queues: [] }
    return { ...target, exchange, queues: this.routing.byKey(exchange, routingKey) }
  }

  /** Stores a message once and places it in the queues; one that is full may refuse it. */
  enqueue(message: Message, queues: readonly Queue[]): Outcome {
    let accepting = queues
    let outcome: Outcome = 'routed'
    for (const queue of queues) {
      const turnedAway = this.#turnAway(queue, message)
      if (turnedAway === null) continue
      accepting = accepting.filter((other) => other !== queue)
      if (outcome !== 'refused') outcome = outcome === 'repeated' ? outcome : turnedAway
    }
    if (message.persistent) this.#store(message, accepting)
    for (const queue of accepting) queue.enqueue(message)
    return outcome
  }

  /** What becomes of a message that does not enter the queue now; null when it does. */
  #turnAway(queue: Queue, message: Message): Outcome | null {
    if (queue.settings.delays) {
      const delayMs = delayOf(message)
      if (delayMs > 0) return this.#park({ kind: 'queue', name: queue.name }, message, delayMs)
    }
    if (queue.repeats(message)) return 'repeated'
    if (!queue.refuses(message)) return null
    if (queue.settings.overflow === 'reject-publish-dlx') this.deadLetter(queue, message, 'maxlen')
    return 'refused'
  }

  #park(target: Omit<DelayTarget, 'vhost'>, message: Message, delayMs: number): Outcome {
    const moved = this.#deathDepth > 0
    this.delays.park({ vhost: this.name, ...target }, message, delayMs, moved)
    return 'delayed'
  }

  delayForExchange(name: string, message: Message, delayMs: number): void {
    this.#park({ kind: 'exchange', name }, message, delayMs)
  }

  /** A delayed message's time has come. What it waited for may be gone by now, and so is it then. */
  deliverDelayed(target: DelayTarget, message: Message): number {
    const gone =
      target.kind === 'queue' ? this.#toQueue(target, message) : this.#again(target, message)
    if (gone) this.drops.add('unroutable', message, this.nowMs)
    return this.syncPosition(message)
  }

  #toQueue({ name }: DelayTarget, message: Message): boolean {
    const queue = this.topology.queues.get(name)
    if (queue === undefined) return true
    const outcome = this.enqueue(message, [queue])
    // Its publisher has been told long ago that it was taken.
    if (outcome === 'refused' && queue.settings.overflow === 'reject-publish') {
      this.deadLetter(queue, message, 'maxlen')
    }
    return false
  }

  #again({ name }: DelayTarget, message: Message): boolean {
    const exchange = this.topology.exchanges.get(name)
    if (exchange === undefined) return true
    try {
      return this.#publishByContent({ exchange, queues: null }, message) === 'unroutable'
    } catch (error) {
      // Nobody is there any more to be told what is wrong with its headers.
      if (error instanceof BrokerError) return true
      throw error
    }
  }

  replay(messages: readonly Message[], destination: Destination): void {
    for (const remembered of messages) {
      const message = remembered.copy()
      if (destination.kind === 'queue') this.enqueue(message, [destination])
      else {
        const exchange = this.topology.exchanges.get(destination.name)
        if (exchange !== undefined) this.#publishByContent({ exchange, queues: null }, message)
      }
    }
  }

  deadLetter(queue: Queue, message: Message, reason: DeathReason): void {
    const name = queue.settings.deadLetterExchange
    const exchange = name === null ? undefined : this.topology.exchanges.get(name)
    if (exchange === undefined || this.#deathDepth >= deathDepthMax) {
      this.drops.add(reason, message, this.nowMs, { queue: queue.name, deadLetterExchange: null })
      return
    }
    const death = describeDeath(queue, message, reason, this.nowMs)
    const envelope = makeEnvelope(exchange.name, death.routingKeys[0]!)
    const dead = new Message(
      contentOf(death.header, message),
      envelope,
      message.persistent,
      this.nowMs,
    )
    this.#deathDepth += 1
    const queues = new Set<Queue>()
    const interception = new Interception(dead, this)
    for (const routingKey of death.routingKeys) {
      const input = { ...routeInput(dead, interception), routingKey }
      for (const found of this.routing.byContent(exchange, input)) queues.add(found)
    }
    const alive = [...queues].filter((found) => !death.automaticCycle(found.name))
    const isTaken = alive.length > 0 || interception.delayed || interception.dropped
    const deadLetterExchange = isTaken ? exchange.name : null
    this.drops.add(reason, message, this.nowMs, { queue: queue.name, deadLetterExchange })
    if (alive.length > 0) this.enqueue(dead, alive)
    this.#deathDepth -= 1
  }

  /** Publishes what the broker itself has to say; nothing happens when nobody listens. */
  publishInternal(message: Message): void {
    const exchange = this.topology.exchanges.get(message.envelope.exchange)
    if (exchange === undefined || exchange.bindings.size === 0) return
    const queues = this.routing.byContent(exchange, routeInput(message))
    if (queues.length > 0) this.enqueue(message, queues)
  }

  /** The queues that a message just published has gone to, for the firehose. */
  routedQueues(target: PublishTarget, message: Message): string[] {
    const queues = target.queues ?? this.routing.byContent(target.exchange, routeInput(message))
    return queues.map(({ name }) => name)
  }

  #store(message: Message, queues: readonly Queue[]): void {
    if (queues.length === 1) {
      const queue = queues[0]!
      if (queue.stored) {
        message.position = this.log.publish(
          message,
          queue.laneFor(message).alone,
          queue.settings.syncs,
        )
        message.awaitsSync = queue.settings.syncs
      }
      return
    }
    const stored = queues.filter((queue) => queue.stored)
    if (stored.length === 0) return
    const lanes = stored.map((queue) => queue.laneFor(message))
    message.awaitsSync = stored.some((queue) => queue.settings.syncs)
    message.position = this.log.publish(message, lanes, message.awaitsSync)
  }

  #reply(token: string, message: Message): Outcome {
    const consumer = this.replies.get(token)
    if (consumer === undefined) return 'unroutable'
    consumer.deliver(message)
    return 'routed'
  }

  #publishByContent(target: Pick<PublishTarget, 'exchange' | 'queues'>, message: Message): Outcome {
    const interception = new Interception(message, this)
    const input = routeInput(message, interception)
    const headers = input.headers()
    const furtherKeys = [...keysIn(headers, 'CC'), ...keysIn(headers, 'BCC')]
    const queues = new Set(target.queues ?? this.routing.byContent(target.exchange, input))
    // Sender-selected distribution: each key routes as if the message had been published with it.
    for (const routingKey of furtherKeys) {
      const route = this.routing.byContent(target.exchange, { ...input, routingKey })
      for (const queue of route) queues.add(queue)
    }
    if (queues.size === 0) return this.#intercepted(interception)
    target.exchange.publishedOut += queues.size
    const sent = headers.BCC === undefined ? message : withoutBcc(message, headers)
    const outcome = this.enqueue(sent, [...queues])
    message.position = sent.position
    message.awaitsSync = sent.awaitsSync
    return outcome === 'routed' && interception.delayed ? 'delayed' : outcome
  }

  /** A message for no queue: exchanges have kept it, or know it already, or nobody wants it. */
  #intercepted(interception: Interception): Outcome {
    if (interception.delayed) return 'delayed'
    return interception.dropped ? 'repeated' : 'unroutable'
  }
}

function keysIn(headers: FieldTable, name: 'CC' | 'BCC'): string[] {
  const value = headers[name]
  if (value === undefined) return []
  if (Array.isArray(value)) return textArray(value)
  throw preconditionFailed(
    `invalid message: {unacceptable_type_in_header,"${name}",${tableValueTypeName(value)}}`,
  )
}

const upperC = 0x43

/** Whether the headers may hold CC or BCC: looks for the letters, so that few need decoding. */
function namesFurtherKeys({ header, headerStart, headerEnd }: Message): boolean {
  if ((readPropertyFlags(header, headerStart) & PropertyFlag.headers) === 0) return false
  for (let at = headerStart + 15; at < headerEnd; at += 1) {
    if (header[at] === upperC && header[at - 1] === upperC) return true
  }
  return false
}

function withoutBcc(message: Message, headers: FieldTable): Message {
  const { BCC: _, ...rest } = headers
  const { header, headerStart, headerEnd } = message
  return message.withHeader(replaceProperties(header, headerStart, headerEnd, { headers: rest }))
}

function routeInput(message: Message, interception?: Interception): RouteInput {
  const { header, headerStart, headerEnd, envelope } = message
  let read: MessageProperties | null = null
  const properties = (): MessageProperties => {
    read ??= readProperties(header, headerStart, headerEnd)
    return read
  }
  const input = {
    routingKey: envelope.routingKey,
    headers: () => properties().headers ?? noHeaders,
    properties,
  }
  if (interception === undefined) return input
  return { ...input, enter: (router, name) => interception.enter(router, name, input) }
}

const noHeaders: FieldTable = emptyTable()
