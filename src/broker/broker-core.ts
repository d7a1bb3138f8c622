// The broker: virtual hosts, users and connections, and the turn in which all of their work is
// done. Pure and synchronous; whoever owns the sockets calls `endTurn` after each round of reads.

import { Specimens } from '../base/specimens.ts'
import { type FieldTable, TypedValue } from '../protocol/amqp/field-table.ts'
import { AccessControl, type PasswordHasher } from './access.ts'
import { BrokerConnection, type ConnectionControl, type ConnectionDetails } from './connection.ts'
import { ConsumerTimeouts } from './consumer-timeouts.ts'
import { BrokerCounters } from './counters.ts'
import type { DelayStore, DelayTarget } from './delays/delay-store.ts'
import { Delays, type DelaysHost } from './delays/delays.ts'
import type { DuplicateStore } from './duplicates/duplicate-store.ts'
import { Duplicates } from './duplicates/duplicates.ts'
import { notAllowed, preconditionFailed } from './errors.ts'
import { BrokerEvents, type Emit, eventExchange } from './events.ts'
import type { BrokerLimits } from './limits.ts'
import { MemoryBudget } from './memory-budget.ts'
import type { Message } from './message.ts'
import type { MessageSpans } from './message-spans.ts'
import { ParameterBook } from './parameters.ts'
import type { Clock, MessageLog, MetadataRecord, MetadataStore, Random } from './ports.ts'
import { declarePredefined } from './predefined.ts'
import type { Queue } from './queues/queue.ts'
import type { ReplyAddresses } from './reply-consumer.ts'
import type { TurnWork, Unanswered } from './turn.ts'
import { Unpinning } from './unpinning.ts'
import { VirtualHost, type VirtualHostInfo } from './vhost.ts'

export interface BrokerOptions {
  readonly log: MessageLog
  readonly metadata: MetadataStore
  readonly delays: DelayStore
  readonly duplicates: DuplicateStore
  readonly clock: Clock
  readonly random: Random
  readonly hasher: PasswordHasher
  /** As `rabbit@host`, for tools that ask. */
  readonly nodeName: string
  readonly limits: BrokerLimits
  /** Follows messages for distributed traces; missing or null: nobody does. */
  readonly spans?: MessageSpans | null
  /** What messages may take in memory before they page out, in bytes. */
  readonly memoryBytes: number
  /** Told of each new virtual host, once it is there; not of those that a restart brings back. */
  readonly vhostAdded?: (vhost: VirtualHost) => void
  /** Has `endTurn` called soon: there is work that no socket brought. */
  readonly requestTurn: () => void
}

const defaultVhostName = '/'

const defaultInfo: VirtualHostInfo = {
  description: '',
  tags: [],
  defaultQueueType: 'classic',
  tracing: false,
}

export class BrokerCore implements TurnWork, DelaysHost {
  readonly access: AccessControl
  readonly hasher: PasswordHasher
  readonly vhosts: Map<string, VirtualHost> = new Map()
  readonly connections: Set<BrokerConnection> = new Set()
  readonly replies: ReplyAddresses = new Map()
  readonly counters: BrokerCounters = new BrokerCounters()
  readonly specimens: Specimens = new Specimens()
  readonly parameters: ParameterBook
  readonly delays: Delays
  readonly duplicates: Duplicates
  readonly events: BrokerEvents
  readonly log: MessageLog
  readonly metadata: MetadataStore
  readonly clock: Clock
  readonly random: Random
  readonly limits: BrokerLimits
  readonly budget: MemoryBudget
  readonly #requestTurn: () => void
  readonly #nodeName: string
  readonly #vhostAdded: ((vhost: VirtualHost) => void) | undefined
  readonly #spans: MessageSpans | null
  #dirty: Queue[] = []
  /** Channels with publishes or commits that are not answered yet. */
  #unanswered: Set<Unanswered> = new Set()
  #turnRequested = false
  #nowMs = 0
  #nextQueueId = 1
  readonly #unpinning: Unpinning
  readonly #timeouts: ConsumerTimeouts

  constructor(options: BrokerOptions) {
    this.log = options.log
    this.metadata = options.metadata
    this.clock = options.clock
    this.random = options.random
    this.hasher = options.hasher
    this.limits = options.limits
    this.budget = new MemoryBudget(options.memoryBytes)
    this.#requestTurn = options.requestTurn
    this.#nodeName = options.nodeName
    this.#vhostAdded = options.vhostAdded
    this.#spans = options.spans ?? null
    this.events = new BrokerEvents(options.clock, {
      isBound: () =>
        (this.#eventVhost()?.topology.exchanges.get(eventExchange)?.bindings.size ?? 0) > 0,
      publish: (message) => this.#eventVhost()?.publishInternal(message),
    })
    const emit: Emit = (kind, attributes) => this.events.emit(kind, attributes)
    this.access = new AccessControl(options.metadata, emit)
    this.parameters = new ParameterBook('global-parameter', '', options.metadata, this.events)
    this.log.onDurable = () => this.requestTurn()
    this.delays = new Delays(options.delays, this)
    this.duplicates = new Duplicates(options.duplicates, this)
    this.#unpinning = new Unpinning(this)
    this.#timeouts = new ConsumerTimeouts(this)
  }

  // The turn

  get nowMs(): number {
    if (this.#nowMs === 0) {
      this.#nowMs = this.clock.now()
      // Whoever asks begins a turn: the time would stand still until the next one ends.
      this.requestTurn()
    }
    return this.#nowMs
  }

  requestTurn(): void {
    if (this.#turnRequested) return
    this.#turnRequested = true
    this.#requestTurn()
  }

  touch(queue: Queue): void {
    this.#dirty.push(queue)
    this.requestTurn()
  }

  confirm(channel: Unanswered): void {
    this.#unanswered.add(channel)
    this.requestTurn()
  }

  /** Delivers what can be delivered and settles queues' affairs; part of `endTurn`. */
  dispatch(): void {
    // Dead letters make further queues dirty: the list grows while it is walked.
    const dirty = this.#dirty
    for (let i = 0; i < dirty.length; i += 1) {
      const queue = dirty[i]!
      queue.dirty = false
      if (!queue.deleted) queue.dispatch()
    }
    this.#dirty = []
  }

  /** Ends the turn: afterwards what it appended is written, and replies may leave. */
  endTurn(): void {
    if (this.#nowMs === 0) this.#nowMs = this.clock.now()
    this.#turnRequested = false
    this.delays.release()
    this.dispatch()
    this.metadata.commit()
    this.delays.commit()
    this.duplicates.beforeLog()
    this.log.commitTurn()
    this.duplicates.afterLog()
    for (const channel of this.#unanswered) {
      if (!channel.settleConfirms(this.log.durablePosition)) this.#unanswered.delete(channel)
    }
    this.#nowMs = 0
  }

  /** RabbitMQ publishes events in the default virtual host. */
  #eventVhost(): VirtualHost | undefined {
    return this.vhosts.get(defaultVhostName)
  }

  deliverDelayed(target: DelayTarget, message: Message): number {
    return this.vhosts.get(target.vhost)?.deliverDelayed(target, message) ?? 0
  }

  nextQueueId(): number {
    this.#nextQueueId += 1
    return this.#nextQueueId - 1
  }

  /** Ends what the broker does on its own; nothing may be asked of it afterwards. */
  stop(): void {
    this.delays.stop()
    this.#unpinning.stop()
    this.#timeouts.stop()
  }

  // Virtual hosts

  vhost(name: string): VirtualHost | undefined {
    return this.vhosts.get(name)
  }

  addVhost(name: string, info: Partial<VirtualHostInfo> = {}): VirtualHost {
    const { vhostsMax } = this.limits
    if (this.vhosts.size >= vhostsMax) {
      throw preconditionFailed(
        `cannot create vhost '${name}': vhost limit of ${vhostsMax} is reached`,
      )
    }
    const vhost = this.#createVhost(name, { ...defaultInfo, ...info })
    this.metadata.put('vhost', name, vhost.info)
    // What an earlier one of this name has left behind is not for this one.
    if (this.delays.store.count({ vhost: name }) > 0) this.delays.cancelAll({ vhost: name })
    this.events.emit('vhost.created', { name, description: vhost.info.description })
    this.#vhostAdded?.(vhost)
    return vhost
  }

  updateVhost(vhost: VirtualHost, info: Partial<VirtualHostInfo>): void {
    vhost.info = { ...vhost.info, ...info }
    this.metadata.put('vhost', vhost.name, vhost.info)
  }

  deleteVhost(vhost: VirtualHost): void {
    for (const connection of this.connections) {
      if (connection.vhost === vhost) connection.control.close(`vhost '${vhost.name}' is deleted`)
    }
    for (const queue of [...vhost.topology.queues.values()]) vhost.topology.deleteQueue(queue)
    for (const exchange of [...vhost.topology.exchanges.values()]) {
      vhost.topology.deleteExchange(exchange, false)
    }
    this.access.forgetVhost(vhost.name)
    vhost.policies.clear()
    vhost.parameters.clear()
    vhost.setQuotas({})
    this.vhosts.delete(vhost.name)
    this.delays.cancelAll({ vhost: vhost.name })
    this.metadata.delete('vhost', vhost.name)
    this.events.emit('vhost.deleted', { name: vhost.name })
  }

  #createVhost(name: string, info: VirtualHostInfo): VirtualHost {
    const vhost = new VirtualHost(name, info, {
      ...this.#shared(),
      nextQueueId: () => this.nextQueueId(),
      countOf: (kind) => this.#countOf(kind),
    })
    this.vhosts.set(name, vhost)
    declarePredefined(vhost.topology, name === defaultVhostName)
    return vhost
  }

  #countOf(kind: 'queues' | 'exchanges'): number {
    let count = 0
    for (const { topology } of this.vhosts.values()) count += topology[kind].size
    return count
  }

  #shared(): Omit<ConstructorParameters<typeof VirtualHost>[2], 'nextQueueId' | 'countOf'> {
    const { log, metadata, clock, random, budget, access, limits, replies, counters, events } = this
    const shared = {
      delays: this.delays,
      duplicates: this.duplicates,
      log,
      metadata,
      clock,
      random,
      budget,
      access,
      limits,
      replies,
      counters,
      specimens: this.specimens,
      events,
    }
    return { ...shared, nodeName: this.#nodeName, spans: this.#spans, turn: this }
  }

  // Connections

  /** Opens a virtual host for an authenticated user; throws NOT_ALLOWED. */
  connect(
    identity: { user: string; vhost: string },
    details: ConnectionDetails,
    control: ConnectionControl,
  ): BrokerConnection {
    const { user } = identity
    const { connectionsMax } = this.limits
    if (this.connections.size >= connectionsMax) {
      throw notAllowed(`connection refused: node connection limit (${connectionsMax}) is reached`)
    }
    const vhost = this.vhosts.get(identity.vhost)
    if (vhost === undefined) throw notAllowed(`vhost ${identity.vhost} not found`)
    this.#checkEntry(user, vhost)
    const connection = new BrokerConnection({ user, vhost }, details, control, {
      closed: (closed) => this.#disconnected(closed),
      checkChannelLimit: (name) => this.#checkChannelLimit(name),
    })
    vhost.connectionCount += 1
    this.counters.connectionsOpened += 1
    this.connections.add(connection)
    this.events.emit('connection.created', connectionAttributes(connection))
    return connection
  }

  #disconnected(connection: BrokerConnection): void {
    const { details, user, vhost } = connection
    this.connections.delete(connection)
    this.counters.connectionsClosed += 1
    vhost.connectionCount -= 1
    this.events.emit('connection.closed', {
      name: details.name,
      vhost: vhost.name,
      user,
      ...userProvidedName(details.clientProperties),
    })
  }

  /** [RMQ: user limits, max-channels: counts all connections of the user] */
  #checkChannelLimit(user: string): void {
    const { channelsMax } = this.limits
    const { channelsOpened, channelsClosed } = this.counters
    if (channelsOpened - channelsClosed >= channelsMax) {
      throw notAllowed(
        `number of channels opened on node '${this.#nodeName}' has reached the maximum allowed limit of (${channelsMax})`,
      )
    }
    const limit = this.access.users.get(user)?.limits['max-channels']
    if (limit === undefined || limit < 0) return
    let count = 0
    for (const other of this.connections) if (other.user === user) count += other.channels.size
    if (count < limit) return
    throw notAllowed(
      `number of channels opened for user '${user}' has reached the maximum allowed user limit of (${limit})`,
    )
  }

  #checkEntry(user: string, vhost: VirtualHost): void {
    const refused = `access to vhost '${vhost.name}' refused for user '${user}'`
    if (!this.access.mayEnter(user, vhost.name)) throw notAllowed(refused)
    const limit = vhost.quotas['max-connections']
    if (limit !== undefined && limit >= 0 && vhost.connectionCount >= limit) {
      throw notAllowed(`${refused}: connection limit (${limit}) is reached`)
    }
    const own = this.access.users.get(user)?.limits['max-connections']
    if (own === undefined || own < 0) return
    const count = [...this.connections].filter((connection) => connection.user === user).length
    if (count < own) return
    throw notAllowed(
      `connection refused for user '${user}': user connection limit (${own}) is reached`,
    )
  }

  // Restart

  /** Takes back what the metadata store kept. Returns false if it kept nothing: a first start. */
  restore(): boolean {
    const records = [...this.metadata.load()]
    const of = (kind: string) => records.filter((record) => record.kind === kind)
    for (const { key, value } of of('vhost')) this.#createVhost(key, value as VirtualHostInfo)
    for (const kind of ['user', 'permission', 'topic-permission']) {
      for (const { key, value } of of(kind)) this.access.restore(kind, key, value)
    }
    this.#restoreSettings(of)
    for (const { value } of of('queue')) {
      this.#nextQueueId = Math.max(this.#nextQueueId, (value as { id: number }).id + 1)
    }
    for (const kind of ['exchange', 'queue', 'binding']) {
      for (const { key, value } of of(kind)) {
        const [vhost, name] = JSON.parse(key) as [string, string]
        this.vhosts.get(vhost)?.topology.restore(kind, name, value)
      }
    }
    return records.length > 0
  }

  /** What bounds and configures queues comes before them. */
  #restoreSettings(of: (kind: string) => readonly MetadataRecord[]): void {
    for (const kind of ['policy', 'operator-policy'] as const) {
      for (const { key, value } of of(kind)) {
        const [vhost, name] = JSON.parse(key) as [string, string]
        this.vhosts.get(vhost)?.policies.restore(kind, name, value)
      }
    }
    for (const { key, value } of of('parameter')) {
      const [vhost] = JSON.parse(key) as [string]
      this.vhosts.get(vhost)?.parameters.restore(value)
    }
    for (const { value } of of('global-parameter')) this.parameters.restore(value)
    for (const { key, value } of of('vhost-limits')) {
      const vhost = this.vhosts.get(key)
      if (vhost !== undefined) vhost.quotas = value as Record<string, number>
    }
  }
}

/** Clients may name their connections. */
function userProvidedName(properties: Readonly<Record<string, unknown>>): FieldTable {
  const name = properties.connection_name
  return typeof name === 'string' ? { user_provided_name: name } : {}
}

function connectionAttributes({ details, vhost, user }: BrokerConnection): FieldTable {
  return {
    name: details.name,
    vhost: vhost.name,
    user,
    peer_host: details.peerHost,
    peer_port: details.peerPort,
    host: details.host,
    port: details.port,
    protocol: '{0,9,1}',
    auth_mechanism: details.mechanism,
    ...tlsAttributes(details),
    connection_type: 'network',
    frame_max: details.frameMax,
    channel_max: details.channelMax,
    timeout: details.heartbeatSeconds,
    connected_at: new TypedValue('l', details.connectedAtMs),
    ...userProvidedName(details.clientProperties),
  }
}

function tlsAttributes({ tls }: BrokerConnection['details']): FieldTable {
  if (tls === undefined || tls === null) return { ssl: false }
  return {
    ssl: true,
    ssl_protocol: tls.protocol,
    ssl_key_exchange: tls.keyExchange,
    ssl_cipher: tls.cipher,
    ssl_hash: tls.hash,
    peer_cert_subject: tls.peerSubject,
    peer_cert_issuer: tls.peerIssuer,
    peer_cert_validity: tls.peerValidity,
  }
}
