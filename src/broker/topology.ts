// Declares, binds and deletes: the exchanges, queues and bindings of one virtual host, with the
// checks and texts of RabbitMQ (rabbit_exchange, rabbit_amqqueue, rabbit_binding), kept in the
// metadata store where they are durable.

import type { Specimens } from '../base/specimens.ts'
import {
  encodeTable,
  type FieldTable,
  plainValue,
  readTable,
} from '../protocol/amqp/field-table.ts'
import type { BrokerCounters } from './counters.ts'
import {
  accessRefused,
  notFound,
  preconditionFailed,
  resourceLocked,
  resourceText,
} from './errors.ts'
import type { Emit } from './events.ts'
import { type Binding, bindingIdentity, type Destination } from './exchanges/binding.ts'
import { Exchange } from './exchanges/exchange.ts'
import { exchangeTypes } from './exchanges/types.ts'
import type { Message } from './message.ts'
import type { PolicySubject } from './policies.ts'
import type { MetadataStore, Random } from './ports.ts'
import { assertSameArguments, assertSameFlag, checkQueueArguments } from './queues/arguments.ts'
import { Queue, type QueueHost } from './queues/queue.ts'
import { type PolicyDefinition, type QueueSettings, resolveSettings } from './queues/settings.ts'

export interface ExchangeDeclaration {
  readonly name: string
  readonly type: string
  readonly durable: boolean
  readonly autoDelete: boolean
  readonly internal: boolean
  readonly arguments: FieldTable
}

export interface QueueDeclaration {
  readonly name: string
  readonly durable: boolean
  readonly autoDelete: boolean
  /** The connection that alone may use it, or null. */
  readonly owner: object | null
  readonly arguments: FieldTable
}

export interface BindingDeclaration {
  readonly source: string
  readonly destination: { readonly kind: 'queue' | 'exchange'; readonly name: string }
  readonly routingKey: string
  readonly arguments: FieldTable
}

/** What the topology needs from its virtual host and the broker. */
export interface TopologyHost extends QueueHost {
  readonly name: string
  readonly metadata: MetadataStore
  readonly random: Random
  nextQueueId(): number
  readonly counters: BrokerCounters
  readonly specimens: Specimens
  readonly events: { readonly emit: Emit }
  policyFor(subject: PolicySubject): PolicyDefinition | null
  /** Throws when one more queue is more than the virtual host may have. */
  checkQueueLimit(name: string): void
  /** Throws when one more exchange is more than the broker may have. */
  checkExchangeLimit(name: string): void
  /** Gives a destination that has just been bound the messages that its exchange remembers. */
  replay(messages: readonly Message[], destination: Destination): void
}

const key = (...parts: string[]): string => JSON.stringify(parts)

export class Topology {
  readonly exchanges: Map<string, Exchange> = new Map()
  readonly queues: Map<string, Queue> = new Map()
  /** Rises with every change that can alter a route. */
  version = 1
  /** Bindings by destination, so that a queue's deletion need not search all exchanges. */
  readonly #incoming = new Map<Destination, Set<Binding>>()
  /** Exclusive queues by owner; owners that are gone take their entry with them. */
  readonly #exclusive = new WeakMap<object, Set<Queue>>()
  readonly #host: TopologyHost

  constructor(host: TopologyHost) {
    this.#host = host
  }

  // Exchanges

  exchange(name: string): Exchange {
    const exchange = this.exchanges.get(name)
    if (exchange === undefined) throw notFound('exchange', name, this.#host.name)
    return exchange
  }

  declareExchange(declaration: ExchangeDeclaration): Exchange {
    const existing = this.exchanges.get(declaration.name)
    if (existing !== undefined) {
      this.#assertSameExchange(existing, declaration)
      return existing
    }
    this.#host.checkExchangeLimit(declaration.name)
    if (declaration.durable) this.#checkStorable('exchange', declaration.name)
    const exchange = this.#addExchange(declaration)
    if (exchange.durable) {
      this.#host.metadata.put('exchange', key(this.#host.name, exchange.name), {
        type: exchange.type.name,
        autoDelete: exchange.autoDelete,
        internal: exchange.internal,
        arguments: tableText(exchange.arguments),
      })
    }
    this.#emit('exchange.created', {
      name: exchange.name,
      type: exchange.type.name,
      durable: exchange.durable,
      auto_delete: exchange.autoDelete,
      internal: exchange.internal,
      arguments: exchange.arguments,
    })
    return exchange
  }

  /** Adds an exchange that needs no record, since every start adds it again. */
  addPredefined(declaration: ExchangeDeclaration): void {
    this.#addExchange(declaration)
  }

  deleteExchange(exchange: Exchange, ifUnused: boolean): void {
    if (ifUnused && exchange.bindings.size > 0) {
      throw preconditionFailed(`${resourceText('exchange', exchange.name, this.#host.name)} in use`)
    }
    this.exchanges.delete(exchange.name)
    this.version += 1
    if (exchange.durable)
      this.#host.metadata.delete('exchange', key(this.#host.name, exchange.name))
    for (const binding of [...exchange.bindings.values()]) this.#removeBinding(exchange, binding)
    this.#removeIncoming(exchange)
    exchange.router.close?.()
    this.#emit('exchange.deleted', { name: exchange.name })
  }

  #addExchange(declaration: ExchangeDeclaration): Exchange {
    const type = exchangeTypes.get(declaration.type)
    if (type === undefined) {
      throw preconditionFailed(`unknown exchange type '${declaration.type}'`)
    }
    type.checkArguments?.(declaration.arguments)
    const { name: vhost, random, duplicates } = this.#host
    const exchange = new Exchange({ ...declaration, vhost, type, random, duplicates })
    exchange.alternate = this.#alternateOf(exchange)
    this.exchanges.set(exchange.name, exchange)
    this.version += 1
    return exchange
  }

  #alternateOf(exchange: Exchange): string | null {
    const argument = exchange.arguments['alternate-exchange']
    if (argument !== undefined) return String(plainValue(argument))
    const fromPolicy = this.#host.policyFor({
      kind: 'exchange',
      name: exchange.name,
      queueType: '',
    })?.['alternate-exchange']
    return typeof fromPolicy === 'string' ? fromPolicy : null
  }

  #assertSameExchange(existing: Exchange, declaration: ExchangeDeclaration): void {
    const text = resourceText('exchange', existing.name, this.#host.name)
    if (!exchangeTypes.has(declaration.type)) {
      throw preconditionFailed(`unknown exchange type '${declaration.type}'`)
    }
    assertSameFlag('type', declaration.type, existing.type.name, text)
    assertSameFlag('durable', declaration.durable, existing.durable, text)
    assertSameFlag('auto_delete', declaration.autoDelete, existing.autoDelete, text)
    assertSameFlag('internal', declaration.internal, existing.internal, text)
    const compared = ['alternate-exchange', ...(existing.type.comparedArguments ?? [])]
    assertSameArguments(existing.arguments, declaration.arguments, text, compared)
  }

  // Queues

  /** The queue, for a use by `owner`: another connection's exclusive queue is locked. */
  queue(name: string, owner: object | null): Queue {
    const queue = this.queues.get(name)
    if (queue === undefined) throw notFound('queue', name, this.#host.name)
    if (queue.owner !== null && queue.owner !== owner) throw resourceLocked(name, this.#host.name)
    return queue
  }

  declareQueue(declaration: QueueDeclaration): Queue {
    this.#host.counters.queuesDeclared += 1
    const existing = this.queues.get(declaration.name)
    if (existing !== undefined) {
      this.#assertSameQueue(existing, declaration)
      existing.touch()
      return existing
    }
    checkQueueArguments(
      declaration.arguments,
      resourceText('queue', declaration.name, this.#host.name),
    )
    this.#checkQueueType(declaration)
    this.#host.checkQueueLimit(declaration.name)
    if (declaration.durable) this.#checkStorable('queue', declaration.name)
    const queue = this.#addQueue(declaration, this.#host.nextQueueId())
    this.#host.counters.queuesCreated += 1
    this.#emit('queue.created', {
      name: queue.name,
      durable: queue.durable,
      auto_delete: queue.autoDelete,
      exclusive: queue.exclusive,
      arguments: queue.arguments,
    })
    if (queue.stored) {
      this.#host.metadata.put('queue', key(this.#host.name, queue.name), {
        id: queue.id,
        autoDelete: queue.autoDelete,
        arguments: tableText(queue.arguments),
      })
    }
    return queue
  }

  /** Deletes the queue and returns how many messages were ready in it. */
  deleteQueue(queue: Queue, conditions?: { ifUnused: boolean; ifEmpty: boolean }): number {
    const text = resourceText('queue', queue.name, this.#host.name)
    if (conditions?.ifUnused && queue.consumers.count > 0)
      throw preconditionFailed(`${text} in use`)
    if (conditions?.ifEmpty && queue.readyCount > 0) throw preconditionFailed(`${text} not empty`)
    const ready = queue.readyCount
    this.#host.counters.queuesDeleted += 1
    this.queues.delete(queue.name)
    if (queue.owner !== null) this.#exclusive.get(queue.owner)?.delete(queue)
    this.version += 1
    if (queue.stored) this.#host.metadata.delete('queue', key(this.#host.name, queue.name))
    this.#removeIncoming(queue)
    queue.delete()
    this.#emit('queue.deleted', { name: queue.name })
    return ready
  }

  /** The exclusive queues of one connection. */
  exclusiveQueues(owner: object): Queue[] {
    return [...(this.#exclusive.get(owner) ?? [])]
  }

  #addQueue(declaration: QueueDeclaration, id: number): Queue {
    const settings = this.#settingsOf(declaration.name, declaration.arguments)
    const queue = new Queue({ ...declaration, id, vhost: this.#host.name, settings }, this.#host)
    this.queues.set(queue.name, queue)
    this.#host.specimens.keep(queue)
    if (queue.owner !== null) this.#linkExclusive(queue.owner, queue)
    this.version += 1
    return queue
  }

  #settingsOf(name: string, args: FieldTable): QueueSettings {
    const queueType = String(plainValue(args['x-queue-type'] ?? 'classic'))
    return resolveSettings(args, this.#host.policyFor({ kind: 'queue', name, queueType }))
  }

  /** Policies have changed: everything takes on what now applies to it. */
  applyPolicies(): void {
    for (const queue of this.queues.values()) {
      queue.reconfigure(this.#settingsOf(queue.name, queue.arguments))
    }
    for (const exchange of this.exchanges.values()) exchange.alternate = this.#alternateOf(exchange)
    this.version += 1
  }

  #linkExclusive(owner: object, queue: Queue): void {
    const queues = this.#exclusive.get(owner)
    if (queues === undefined) this.#exclusive.set(owner, new Set([queue]))
    else queues.add(queue)
  }

  /** A quorum queue is durable and shared [RMQ: quorum queues, feature matrix]. */
  #checkQueueType({ name, arguments: args, durable, owner }: QueueDeclaration): void {
    if (args['x-queue-type'] !== 'quorum') return
    const text = resourceText('queue', name, this.#host.name)
    if (!durable) throw preconditionFailed(`invalid property 'non-durable' for ${text}`)
    if (owner !== null) throw preconditionFailed(`invalid property 'exclusive-owner' for ${text}`)
  }

  #assertSameQueue(existing: Queue, declaration: QueueDeclaration): void {
    if (existing.owner !== declaration.owner) throw resourceLocked(existing.name, this.#host.name)
    const text = resourceText('queue', existing.name, this.#host.name)
    assertSameFlag('durable', declaration.durable, existing.durable, text)
    assertSameFlag('auto_delete', declaration.autoDelete, existing.autoDelete, text)
    assertSameArguments(existing.arguments, declaration.arguments, text)
  }

  // Bindings

  bind(declaration: BindingDeclaration): Binding {
    const source = this.exchange(declaration.source)
    const destination = this.#destination(declaration)
    source.type.checkBinding?.(declaration.routingKey, declaration.arguments, source.arguments)
    const identity = bindingIdentity(destination, declaration.routingKey, declaration.arguments)
    const existing = source.bindings.get(identity)
    if (existing !== undefined) return existing
    const { routingKey, arguments: args } = declaration
    if (this.#isStored(source, destination)) this.#checkStorable(destination.kind, destination.name)
    const binding = { source: source.name, destination, routingKey, arguments: args, identity }
    this.#addBinding(source, binding)
    this.#emit('binding.created', bindingAttributes(binding))
    if (this.#isStored(source, destination)) {
      this.#host.metadata.put('binding', key(this.#host.name, source.name, identity), {
        source: source.name,
        destination: { kind: destination.kind, name: destination.name },
        routingKey,
        arguments: tableText(args),
      })
    }
    const remembered = source.router.recall?.() ?? []
    if (remembered.length > 0) this.#host.replay(remembered, destination)
    return binding
  }

  /** What is not there to unbind is no error [RMQ: specification differences]. */
  unbind(declaration: BindingDeclaration): void {
    const { kind, name } = declaration.destination
    const source = this.exchanges.get(declaration.source)
    const destination = kind === 'queue' ? this.queues.get(name) : this.exchanges.get(name)
    if (source === undefined || destination === undefined) return
    const identity = bindingIdentity(destination, declaration.routingKey, declaration.arguments)
    const binding = source.bindings.get(identity)
    if (binding === undefined) return
    this.#removeBinding(source, binding)
    this.#deleteIfUnbound(source)
  }

  bindingsTo(destination: Destination): readonly Binding[] {
    return [...(this.#incoming.get(destination) ?? [])]
  }

  #destination({ destination: { kind, name } }: BindingDeclaration): Destination {
    if (kind === 'exchange') return this.exchange(name)
    const queue = this.queues.get(name)
    if (queue === undefined) throw notFound('queue', name, this.#host.name)
    return queue
  }

  #isStored(source: Exchange, destination: Destination): boolean {
    return (
      source.durable && (destination.kind === 'queue' ? destination.stored : destination.durable)
    )
  }

  #addBinding(source: Exchange, binding: Binding): void {
    source.addBinding(binding)
    const incoming = this.#incoming.get(binding.destination)
    if (incoming === undefined) this.#incoming.set(binding.destination, new Set([binding]))
    else incoming.add(binding)
    this.version += 1
  }

  #removeBinding(source: Exchange, binding: Binding): void {
    source.removeBinding(binding)
    this.#incoming.get(binding.destination)?.delete(binding)
    this.version += 1
    this.#emit('binding.deleted', bindingAttributes(binding))
    if (this.#isStored(source, binding.destination)) {
      this.#host.metadata.delete('binding', key(this.#host.name, source.name, binding.identity))
    }
  }

  /** The destination is gone; exchanges that it leaves without bindings may go too. */
  #removeIncoming(destination: Destination): void {
    for (const binding of [...(this.#incoming.get(destination) ?? [])]) {
      const source = this.exchanges.get(binding.source)
      if (source === undefined) continue
      this.#removeBinding(source, binding)
      this.#deleteIfUnbound(source)
    }
    this.#incoming.delete(destination)
  }

  #deleteIfUnbound(exchange: Exchange): void {
    if (exchange.autoDelete && exchange.bindings.size === 0) this.deleteExchange(exchange, false)
  }

  /** What is declared durable has to be on disk before it is answered. */
  #checkStorable(kind: 'queue' | 'exchange', name: string): void {
    if (!this.#host.metadata.blocked) return
    const text = resourceText(kind, name, this.#host.name)
    throw preconditionFailed(`${text} cannot be kept: the disk takes no changes at present`)
  }

  #emit(kind: string, attributes: FieldTable): void {
    this.#host.events.emit(kind, { ...attributes, vhost: this.#host.name })
  }

  // Restart

  /** Takes back what the metadata store kept; exchanges and queues before bindings. */
  restore(kind: string, name: string, value: unknown): void {
    if (kind === 'exchange') {
      const stored = value as StoredExchange
      this.#addExchange({ ...stored, name, durable: true, arguments: textTable(stored.arguments) })
    }
    if (kind === 'queue') {
      const stored = value as StoredQueue
      const { id, autoDelete } = stored
      const args = textTable(stored.arguments)
      this.#addQueue({ name, durable: true, autoDelete, owner: null, arguments: args }, id)
    }
    if (kind === 'binding') this.#restoreBinding(value as StoredBinding)
  }

  #restoreBinding(stored: StoredBinding): void {
    const source = this.exchanges.get(stored.source)
    if (source === undefined) return
    const { kind, name } = stored.destination
    const destination = kind === 'queue' ? this.queues.get(name) : this.exchanges.get(name)
    // A start must not fail for a record that leads nowhere.
    if (destination === undefined) return
    const declaration = { ...stored, arguments: textTable(stored.arguments) }
    const identity = bindingIdentity(destination, stored.routingKey, declaration.arguments)
    this.#addBinding(source, { ...declaration, source: source.name, destination, identity })
  }
}

function bindingAttributes(binding: Binding): FieldTable {
  return {
    source_name: binding.source,
    source_kind: 'exchange',
    destination_name: binding.destination.name,
    destination_kind: binding.destination.kind,
    routing_key: binding.routingKey,
    arguments: binding.arguments,
  }
}

interface StoredExchange {
  readonly type: string
  readonly autoDelete: boolean
  readonly internal: boolean
  readonly arguments: string
}

interface StoredQueue {
  readonly id: number
  readonly autoDelete: boolean
  readonly arguments: string
}

interface StoredBinding {
  readonly source: string
  readonly destination: { readonly kind: 'queue' | 'exchange'; readonly name: string }
  readonly routingKey: string
  readonly arguments: string
}

/** Tables are kept as their wire bytes, so that every type survives. */
function tableText(table: FieldTable): string {
  return Buffer.from(encodeTable(table)).toString('base64')
}

function textTable(text: string): FieldTable {
  const bytes = Buffer.from(text, 'base64')
  return readTable(bytes, 0, bytes.length)
}

/** Names that begin with `amq.` belong to the broker. */
export function checkReservedName(kind: 'queue' | 'exchange', name: string): void {
  if (name.startsWith('amq.')) {
    throw accessRefused(`${kind} name '${name}' contains reserved prefix 'amq.*'`)
  }
}

export function checkNotDefaultExchange(name: string): void {
  if (name === '') throw accessRefused('operation not permitted on the default exchange')
}
