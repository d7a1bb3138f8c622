// A virtual host: its topology, and the way of a message from an exchange into queues.

import { emptyTable, type FieldTable, tableValueTypeName } from '../protocol/amqp/field-table.ts'
import {
  PropertyFlag,
  readProperties,
  readPropertyFlags,
  replaceProperties,
} from '../protocol/amqp/properties.ts'
import type { AccessControl } from './access.ts'
import type { BrokerCounters } from './counters.ts'
import { describeDeath, textArray } from './dead-letter.ts'
import { preconditionFailed } from './errors.ts'
import type { RouteInput } from './exchanges/exchange-type.ts'
import type { BrokerLimits } from './limits.ts'
import type { MemoryBudget } from './memory-budget.ts'
import { Message } from './message.ts'
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
  readonly turn: TurnWork
  nextQueueId(): number
}

export interface VirtualHostInfo {
  readonly description: string
  readonly tags: readonly string[]
  readonly defaultQueueType: string
}

export type Outcome = 'routed' | 'unroutable' | 'refused'

/** Dead-lettering may lead to further deaths; chains longer than this are taken for a mistake. */
const deathDepthMax = 32

export class VirtualHost implements TopologyHost {
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
    this.parameters = new ParameterBook('parameter', name, context.metadata)
    this.policies = new PolicyBook(name, context.metadata, () => this.topology.applyPolicies())
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
    const limit = this.quotas['max-queues']
    if (limit === undefined || limit < 0 || this.topology.queues.size < limit) return
    throw preconditionFailed(
      `cannot declare queue '${name}': queue limit in vhost '${this.name}' (${limit}) is reached`,
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
    return message.position > 0 ? message.position : 0
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
    for (const queue of queues) {
      if (!queue.refuses(message)) continue
      accepting = accepting.filter((other) => other !== queue)
      if (queue.settings.overflow === 'reject-publish-dlx')
        this.deadLetter(queue, message, 'maxlen')
    }
    if (message.persistent) this.#store(message, accepting)
    for (const queue of accepting) queue.enqueue(message)
    return accepting.length === queues.length ? 'routed' : 'refused'
  }

  deadLetter(queue: Queue, message: Message, reason: DeathReason): void {
    const name = queue.settings.deadLetterExchange
    const exchange = name === null ? undefined : this.topology.exchanges.get(name)
    if (exchange === undefined || this.#deathDepth >= deathDepthMax) return
    const death = describeDeath(queue, message, reason, this.nowMs)
    const envelope = makeEnvelope(exchange.name, death.routingKeys[0]!)
    const { body, bodyStart, bodyEnd } = message
    const { header } = death
    const content = { header, headerStart: 0, headerEnd: header.length, body, bodyStart, bodyEnd }
    const dead = new Message(content, envelope, message.persistent, this.nowMs)
    const queues = new Set<Queue>()
    for (const routingKey of death.routingKeys) {
      const input = { ...routeInput(dead), routingKey }
      for (const found of this.routing.byContent(exchange, input)) queues.add(found)
    }
    const alive = [...queues].filter((found) => !death.automaticCycle(found.name))
    if (alive.length === 0) return
    this.#deathDepth += 1
    this.enqueue(dead, alive)
    this.#deathDepth -= 1
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
      }
      return
    }
    const stored = queues.filter((queue) => queue.stored)
    if (stored.length === 0) return
    const lanes = stored.map((queue) => queue.laneFor(message))
    message.position = this.log.publish(
      message,
      lanes,
      stored.some((queue) => queue.settings.syncs),
    )
  }

  #reply(token: string, message: Message): Outcome {
    const consumer = this.replies.get(token)
    if (consumer === undefined) return 'unroutable'
    consumer.deliver(message)
    return 'routed'
  }

  #publishByContent(target: PublishTarget, message: Message): Outcome {
    const input = routeInput(message)
    const queues = new Set(target.queues ?? this.routing.byContent(target.exchange, input))
    const headers = input.headers()
    // Sender-selected distribution: each key routes as if the message had been published with it.
    for (const routingKey of [...keysIn(headers, 'CC'), ...keysIn(headers, 'BCC')]) {
      const route = this.routing.byContent(target.exchange, { ...input, routingKey })
      for (const queue of route) queues.add(queue)
    }
    if (queues.size === 0) return 'unroutable'
    target.exchange.publishedOut += queues.size
    const sent = headers.BCC === undefined ? message : withoutBcc(message, headers)
    const outcome = this.enqueue(sent, [...queues])
    message.position = sent.position
    return outcome
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

function routeInput(message: Message): RouteInput {
  const { header, headerStart, headerEnd, envelope } = message
  let headers: FieldTable | null = null
  return {
    routingKey: envelope.routingKey,
    headers: () => {
      headers ??= readProperties(header, headerStart, headerEnd).headers ?? emptyTable()
      return headers
    },
  }
}
