// Samples the broker's counters at a steady pace and keeps totals that survive the queues they came
// from. Reading is all it does to the broker; what an object's history costs is fixed.

import type { BrokerCore } from '../../broker/broker-core.ts'
import type { BrokerConnection } from '../../broker/connection.ts'
import type { Exchange } from '../../broker/exchanges/exchange.ts'
import type { Queue } from '../../broker/queues/queue.ts'
import type { VirtualHost } from '../../broker/vhost.ts'
import { ChannelHistories } from './channel-histories.ts'
import {
  columnIndex,
  connectionColumns,
  exchangeColumns,
  queueColumns,
  risingQueueColumns,
  type TotalColumn,
  totalColumns,
} from './columns.ts'
import { SampleRing } from './sample-ring.ts'

/** A minute of history for each object, an hour for the totals, at the default pace. */
const objectSamples = 13
const totalSamples = 721

interface Tracked {
  readonly current: Float64Array
  /** An object that has never done anything has no history, and costs none. */
  ring: SampleRing | null
}

interface Totals {
  readonly current: Float64Array
  readonly ring: SampleRing
}

const publishColumn = columnIndex(totalColumns, 'publish')
const messagesColumn = columnIndex(totalColumns, 'messages')

export class Statistics {
  readonly totals: Totals = newTotals()
  readonly channels: ChannelHistories = new ChannelHistories(objectSamples)
  readonly #core: BrokerCore
  readonly #vhosts = new WeakMap<VirtualHost, Totals>()
  readonly #queues = new WeakMap<Queue, Tracked>()
  readonly #exchanges = new WeakMap<Exchange, Tracked>()
  readonly #connections = new WeakMap<BrokerConnection, Tracked>()

  constructor(core: BrokerCore) {
    this.#core = core
  }

  queueRing(queue: Queue): SampleRing | null {
    return this.#queues.get(queue)?.ring ?? null
  }

  exchangeRing(exchange: Exchange): SampleRing | null {
    return this.#exchanges.get(exchange)?.ring ?? null
  }

  connectionRing(connection: BrokerConnection): SampleRing | null {
    return this.#connections.get(connection)?.ring ?? null
  }

  vhostTotals(vhost: VirtualHost): Totals {
    const known = this.#vhosts.get(vhost)
    if (known !== undefined) return known
    const totals = newTotals()
    this.#vhosts.set(vhost, totals)
    return totals
  }

  /** Brings the totals up to date, as who shows them wants. */
  refresh(): void {
    this.#read(null)
  }

  /** Takes one sample of everything. */
  sample(nowMs: number): void {
    this.#read(nowMs)
    this.totals.ring.push(this.totals.current, nowMs)
    for (const vhost of this.#core.vhosts.values()) {
      const { ring, current } = this.vhostTotals(vhost)
      ring.push(current, nowMs)
    }
    for (const connection of this.#core.connections) {
      for (const channel of connection.channels.values()) this.channels.sample(channel, nowMs)
    }
  }

  /** Throws all samples away; counters go on counting. */
  forget(): void {
    this.totals.ring.clear()
    for (const vhost of this.#core.vhosts.values()) {
      this.vhostTotals(vhost).ring.clear()
      const { queues, exchanges } = vhost.topology
      for (const queue of queues.values()) this.#queues.get(queue)?.ring?.clear()
      for (const exchange of exchanges.values()) this.#exchanges.get(exchange)?.ring?.clear()
    }
    for (const connection of this.#core.connections) {
      this.#connections.get(connection)?.ring?.clear()
      for (const channel of connection.channels.values()) this.channels.forget(channel)
    }
  }

  /** One pass over all objects, of which most are idle; with a time, their samples are taken too. */
  #read(nowMs: number | null): void {
    const { current } = this.totals
    current.fill(0, messagesColumn, messagesColumn + 3)
    for (const vhost of this.#core.vhosts.values()) this.#readVhost(vhost, nowMs)
    for (const connection of this.#core.connections) this.#readConnection(connection, nowMs)
    const { counters } = this.#core
    const set = (name: TotalColumn, value: number): void => {
      current[columnIndex(totalColumns, name)] = value
    }
    set('confirm', counters.confirmed)
    set('return_unroutable', counters.unroutableReturned)
    set('drop_unroutable', counters.unroutableDropped)
    set('connection_created', counters.connectionsOpened)
    set('connection_closed', counters.connectionsClosed)
    set('channel_created', counters.channelsOpened)
    set('channel_closed', counters.channelsClosed)
    set('queue_declared', counters.queuesDeclared)
    set('queue_created', counters.queuesCreated)
    set('queue_deleted', counters.queuesDeleted)
  }

  #readVhost(vhost: VirtualHost, nowMs: number | null): void {
    const { current } = this.vhostTotals(vhost)
    const all = this.totals.current
    const fresh = new Float64Array(queueColumns.length)
    current.fill(0, messagesColumn, messagesColumn + 3)
    for (const queue of vhost.topology.queues.values()) {
      readQueue(queue, fresh)
      // Nothing ever came or went: most of ten thousand queues, and not even looked up.
      if (isZero(fresh)) continue
      const tracked = trackedOf(this.#queues, queue, queueColumns.length)
      for (let column = 1; column < risingQueueColumns; column += 1) {
        const change = fresh[column]! - tracked.current[column]!
        if (change === 0) continue
        current[column]! += change
        all[column]! += change
      }
      for (let column = messagesColumn; column < queueColumns.length; column += 1) {
        current[column]! += fresh[column]!
        all[column]! += fresh[column]!
      }
      tracked.current.set(fresh)
      if (nowMs !== null) push(tracked, nowMs)
    }
    for (const exchange of vhost.topology.exchanges.values()) {
      const tracked = trackedOf(this.#exchanges, exchange, exchangeColumns.length)
      // What clients publish is counted where it comes in: a message may go to many queues.
      const change = exchange.publishedIn - tracked.current[0]!
      current[publishColumn]! += change
      all[publishColumn]! += change
      tracked.current[0] = exchange.publishedIn
      tracked.current[1] = exchange.publishedOut
      if (nowMs !== null) push(tracked, nowMs)
    }
  }

  #readConnection(connection: BrokerConnection, nowMs: number | null): void {
    const tracked = trackedOf(this.#connections, connection, connectionColumns.length)
    const { receivedBytes, sentBytes } = connection.control.traffic()
    const vhost = this.vhostTotals(connection.vhost).current
    for (const [index, value] of [receivedBytes, sentBytes].entries()) {
      const change = value - tracked.current[index]!
      const column = columnIndex(totalColumns, connectionColumns[index]!)
      vhost[column]! += change
      this.totals.current[column]! += change
      tracked.current[index] = value
    }
    if (nowMs !== null) push(tracked, nowMs)
  }
}

function newTotals(): Totals {
  return {
    current: new Float64Array(totalColumns.length),
    ring: new SampleRing(totalColumns.length, totalSamples),
  }
}

function trackedOf<T extends object>(
  all: WeakMap<T, Tracked>,
  object: T,
  columns: number,
): Tracked {
  const known = all.get(object)
  if (known !== undefined) return known
  const tracked: Tracked = { current: new Float64Array(columns), ring: null }
  all.set(object, tracked)
  return tracked
}

function push(tracked: Tracked, nowMs: number): void {
  const { current } = tracked
  if (tracked.ring === null) {
    if (isZero(current)) return
    tracked.ring = new SampleRing(current.length, objectSamples)
  }
  tracked.ring.push(current, nowMs)
}

function isZero(values: Float64Array): boolean {
  for (let column = 0; column < values.length; column += 1) {
    if (values[column] !== 0) return false
  }
  return true
}

/** In the order of `queueColumns`. */
function readQueue(queue: Queue, into: Float64Array): void {
  const { statistics } = queue
  into[0] = statistics.published
  into[1] = statistics.delivered
  into[2] = statistics.deliveredNoAck
  into[3] = statistics.got
  into[4] = statistics.gotNoAck
  into[5] = statistics.gotEmpty
  into[6] = statistics.redelivered
  into[7] = statistics.acknowledged
  into[8] = into[1] + into[2] + into[3] + into[4]
  into[9] = queue.messageCount
  into[10] = queue.readyCount
  into[11] = queue.unackedCount
}
