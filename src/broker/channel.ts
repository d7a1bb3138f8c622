// A channel: delivery tags, what is unacknowledged, prefetch, confirms, transactions. Requests come
// in as plain calls; what goes out goes through the sink given by the server.

import type { Content } from '../protocol/amqp/content.ts'
import { skimDeliveryMode } from '../protocol/amqp/properties.ts'
import { ReplyCode } from '../protocol/amqp/reply-codes.ts'
import type { ChannelOwner } from './channel-owner.ts'
import type { ChannelSink } from './channel-sink.ts'
import { ChannelStatistics } from './channel-statistics.ts'
import { partyOf, spanDelivery, traceDelivery, tracePublish } from './channel-trace.ts'
import { Confirms } from './confirms.ts'
import { Consumer, type ConsumerHost, type ConsumerOptions } from './consumer.ts'
import { Delivery } from './delivery.ts'
import { withDeliveryCount } from './delivery-count.ts'
import { DeliveryRun } from './delivery-run.ts'
import { notAllowed, preconditionFailed } from './errors.ts'
import { Message } from './message.ts'
import type { StoredRun } from './ports.ts'
import { checkContent } from './publish-checks.ts'
import type { PublishTarget } from './publish-target.ts'
import type { QueueEntry } from './queues/entry.ts'
import type { Lane } from './queues/lane.ts'
import { settleRun } from './queues/pass-on.ts'
import type { Queue } from './queues/queue.ts'
import { ReplyConsumer } from './reply-consumer.ts'
import { requeueDeliveries } from './requeue-deliveries.ts'
import { resolveTarget } from './resolve-target.ts'
import { type Outcome, Transaction } from './transaction.ts'
import { Unacked } from './unacked.ts'

/** Targets that a channel remembers; past it the memory starts over. */
const targetsMax = 512

export class Channel implements ConsumerHost {
  readonly number: number
  readonly connection: ChannelOwner
  readonly sink: ChannelSink
  readonly consumers: Map<string, Consumer> = new Map()
  readonly unacked: Unacked = new Unacked()
  readonly statistics: ChannelStatistics = new ChannelStatistics()
  confirms: Confirms | null = null
  transaction: Transaction | null = null
  reply: ReplyConsumer | null = null
  /** The queue that an empty name stands for [AMQP 0-9-1, queue.declare]. */
  lastQueue: string | null = null
  /** basic.qos with global=false: what new consumers get. */
  prefetch = 0
  /** basic.qos with global=true: for all consumers of the channel together; 0 is no limit. */
  globalPrefetch = 0
  closed = false
  /** Deliveries to consumers that are unacknowledged; basic.get does not count. */
  #consumerUnacked = 0
  /** Everything that is out: unacknowledged, or acknowledged in a transaction not yet committed. */
  #outstanding = 0
  #lastTag = 0
  /** Consumers that the broker has cancelled; the client is still to be told. */
  #goneTags: string[] = []
  #targets = new Map<string, PublishTarget>()

  constructor(number: number, connection: ChannelOwner, sink: ChannelSink) {
    this.number = number
    this.connection = connection
    this.sink = sink
  }

  // Publishing

  /** Works out, or remembers, where a publish goes; throws when it may not. */
  target(exchange: string, routingKey: string): PublishTarget {
    const key = `${exchange}\0${routingKey}`
    const known = this.#targets.get(key)
    if (known !== undefined && this.isCurrent(known)) return known
    const { vhost, user } = this.connection
    const target = resolveTarget(vhost, user, exchange, routingKey)
    if (this.#targets.size >= targetsMax) this.#targets.clear()
    this.#targets.set(key, target)
    return target
  }

  isCurrent(target: PublishTarget): boolean {
    const { vhost } = this.connection
    return (
      target.topologyVersion === vhost.topology.version &&
      target.accessVersion === vhost.access.version
    )
  }

  /** `content` may be a reused object: what is kept of it is copied. */
  publish(at: PublishTarget, content: Content, mandatory: boolean): void {
    // The content may have come long after the target was worked out.
    const target = this.isCurrent(at)
      ? at
      : this.target(at.envelope.exchange, at.envelope.routingKey)
    const checked = checkContent(this, content)
    const { header, headerStart, headerEnd } = checked
    const persistent = skimDeliveryMode(header, headerStart, headerEnd) === 2
    const message = new Message(checked, target.envelope, persistent, this.connection.vhost.nowMs)
    this.connection.vhost.counters.messageSizes.count(message.bodyBytes)
    if (this.transaction !== null) this.transaction.publish(target, message, mandatory)
    else this.route(target, message, mandatory)
  }

  /** Routes a message and answers for it; returns false when a queue refused it. */
  route(target: PublishTarget, given: Message, mandatory: boolean): boolean {
    const { vhost } = this.connection
    this.statistics.published += 1
    const span = vhost.spans === null ? null : vhost.spans.publish(given, partyOf(this))
    const message = span === null ? given : span.message
    const outcome = vhost.publish(target, message)
    if (span !== null) span.end(outcome)
    if (vhost.info.tracing) tracePublish(this, target, message)
    // The return goes out before the confirm [RMQ: confirms].
    if (outcome === 'unroutable') this.#unroutable(message, mandatory)
    if (this.confirms === null) return outcome !== 'refused'
    vhost.counters.receivedWithConfirm += 1
    if (outcome === 'refused') this.confirms.refuse()
    else if (outcome === 'delayed' || outcome === 'repeated') {
      this.confirms.expect(vhost.safePosition(outcome, message), vhost.delays.gate)
    } else this.confirms.expect(vhost.syncPosition(message))
    vhost.expectConfirm(this)
    return outcome !== 'refused'
  }

  #emit(kind: string, consumer: Consumer): void {
    this.connection.vhost.events.emit(kind, {
      consumer_tag: consumer.tag,
      queue: consumer.queue.name,
      vhost: this.connection.vhost.name,
      channel: `${this.connection.name} (${this.number})`,
      ack_required: !consumer.noAck,
      exclusive: consumer.exclusive,
      prefetch_count: consumer.prefetch,
      arguments: consumer.arguments,
    })
  }

  #unroutable(message: Message, mandatory: boolean): void {
    const { vhost } = this.connection
    const { counters } = vhost
    if (mandatory) {
      counters.unroutableReturned += 1
      this.statistics.returned += 1
      this.sink.giveBack(ReplyCode.noRoute, 'NO_ROUTE', message)
      return
    }
    counters.unroutableDropped += 1
    this.statistics.dropped += 1
    vhost.drops.add('unroutable', message, vhost.nowMs)
  }

  /** Sends the confirms that have become due; returns whether some still wait. */
  settleConfirms(durablePosition: number): boolean {
    if (this.closed) return false
    if (this.#goneTags.length > 0) this.#announceGone()
    if (this.transaction !== null) return this.transaction.settle(durablePosition, this.sink)
    const { confirms } = this
    if (confirms === null) return false
    const before = confirms.unconfirmedCount
    const waiting = confirms.settle(durablePosition, this.sink)
    this.statistics.confirmed += before - confirms.unconfirmedCount
    this.connection.vhost.counters.confirmed += before - confirms.unconfirmedCount
    return waiting
  }

  selectConfirms(): void {
    if (this.transaction !== null) throw preconditionFailed('cannot switch from tx to confirm mode')
    this.confirms ??= new Confirms()
  }

  selectTransaction(): Transaction {
    if (this.confirms !== null) throw preconditionFailed('cannot switch from confirm to tx mode')
    this.transaction ??= new Transaction(this)
    return this.transaction
  }

  // Consuming

  consume(options: ConsumerOptions): Consumer {
    this.#checkTag(options.tag)
    this.#checkConsumerLimit()
    const consumer = new Consumer(options, this)
    this.consumers.set(consumer.tag, consumer)
    this.connection.vhost.specimens.keep(consumer)
    options.queue.addConsumer(consumer)
    this.#emit('consumer.created', consumer)
    return consumer
  }

  #checkTag(tag: string): void {
    if (!this.consumers.has(tag) && this.reply?.tag !== tag) return
    throw notAllowed(`attempt to reuse consumer tag '${tag}'`)
  }

  #checkConsumerLimit(): void {
    const { consumersMax } = this.connection.vhost.limits
    if (this.consumers.size < consumersMax) return
    throw notAllowed(`reached maximum (${consumersMax}) of consumers per channel`)
  }

  /** An unknown tag is no error [RMQ: specification differences]. */
  cancel(tag: string): void {
    if (this.reply?.tag === tag) this.#dropReply()
    const consumer = this.consumers.get(tag)
    if (consumer === undefined) return
    this.consumers.delete(tag)
    consumer.attached = false
    consumer.queue.removeConsumer(consumer)
    this.#emit('consumer.deleted', consumer)
  }

  openReply(tag: string): void {
    if (this.consumers.has(tag)) this.#checkTag(tag)
    if (this.reply !== null) throw preconditionFailed('reply consumer already set')
    const { replies, random } = this.connection.vhost
    this.reply = new ReplyConsumer(tag, random.token(24), this.sink, replies)
  }

  get takesUnlimited(): boolean {
    return this.sink.writable
  }

  get takesDeliveries(): boolean {
    const limit = this.globalPrefetch
    if (limit !== 0 && this.#consumerUnacked >= limit) return false
    return this.sink.writable && this.#outstanding < this.connection.vhost.limits.unackedMax
  }

  deliverTo(consumer: Consumer, entry: QueueEntry): void {
    this.#lastTag += 1
    const tag = this.#lastTag
    let delivery: Delivery | null = null
    if (entry.redelivered) this.statistics.redelivered += 1
    if (consumer.noAck) this.statistics.deliveredNoAck += 1
    else {
      this.statistics.delivered += 1
      consumer.unackedCount += 1
      this.#consumerUnacked += 1
      this.#outstanding += 1
      delivery = this.#hold(consumer.queue, entry, consumer)
    }
    const message = withDeliveryCount(consumer.queue, entry)
    this.sink.deliver(consumer.encodedTag, tag, entry.redelivered, message)
    if (this.connection.vhost.info.tracing) traceDelivery(this, consumer.queue, entry)
    if (this.connection.vhost.spans !== null)
      spanDelivery(this, consumer.queue, { entry, tag, delivery })
  }

  get takesRuns(): boolean {
    const { info, spans } = this.connection.vhost
    return this.sink.deliverStored !== undefined && !info.tracing && spans === null
  }

  deliverRun(consumer: Consumer, run: StoredRun, lane: Lane): void {
    const tag = this.#lastTag + 1
    const first = { tag, sequence: run.firstSequence, atMs: this.connection.vhost.nowMs }
    const held = consumer.noAck ? 0 : 1
    while (run.count > 0 && consumer.ready) {
      this.#lastTag += 1
      consumer.unackedCount += held
      this.#consumerUnacked += held
      this.#outstanding += held
      this.sink.deliverStored!(consumer.encodedTag, this.#lastTag, run.first())
      run.shift()
    }
    const count = this.#lastTag + 1 - tag
    if (consumer.noAck) this.statistics.deliveredNoAck += count
    else {
      this.statistics.delivered += count
      this.unacked.addRun(new DeliveryRun(consumer, lane, first, count))
    }
  }

  /** Keeps the delivery just numbered until it is acknowledged. */
  #hold(queue: Queue, entry: QueueEntry, consumer: Consumer | null): Delivery {
    const { nowMs } = this.connection.vhost
    const delivery = new Delivery(this.#lastTag, entry, queue, consumer, nowMs)
    this.unacked.add(delivery)
    return delivery
  }

  oldestDeliveryMs(consumer: Consumer): number | null {
    return this.unacked.oldestOf(consumer)
  }

  /** The consumer is cancelled and its queue gets back what it has left unacknowledged. */
  timeOut(consumer: Consumer): void {
    const deliveries = this.unacked.abandon(consumer)
    this.#consumerUnacked -= deliveries.length
    consumer.unackedCount -= deliveries.length
    consumer.attached = false
    consumer.queue.removeConsumer(consumer)
    this.consumerGone(consumer)
    this.#emit('consumer.deleted', consumer)
    requeueDeliveries(deliveries, true)
    this.resumeConsumers()
  }

  /** The client hears of it at the end of the turn: after the reply to its own queue.delete. */
  consumerGone(consumer: Consumer): void {
    this.consumers.delete(consumer.tag)
    this.#goneTags.push(consumer.tag)
    this.connection.vhost.expectConfirm(this)
  }

  #announceGone(): void {
    for (const tag of this.#goneTags) this.sink.cancelled(tag)
    this.#goneTags = []
  }

  /** Consumers wait when the channel is full; basic.get cannot, and is an error then. */
  checkRoom(): void {
    const { unackedMax } = this.connection.vhost.limits
    if (this.#outstanding < unackedMax) return
    throw preconditionFailed(`the channel has ${unackedMax} unacknowledged messages`)
  }

  /** Gives a message taken by basic.get its tag. */
  tagFetched(queue: Queue, entry: QueueEntry, noAck: boolean): number {
    this.#lastTag += 1
    if (this.connection.vhost.info.tracing) traceDelivery(this, queue, entry)
    let delivery: Delivery | null = null
    if (entry.redelivered) this.statistics.redelivered += 1
    if (noAck) this.statistics.gotNoAck += 1
    else {
      this.statistics.got += 1
      this.#outstanding += 1
      delivery = this.#hold(queue, entry, null)
    }
    if (this.connection.vhost.spans !== null)
      spanDelivery(this, queue, { entry, tag: this.#lastTag, delivery })
    if (noAck) queue.settle(entry)
    return this.#lastTag
  }

  setPrefetch(count: number, global: boolean): void {
    if (!global) this.prefetch = count
    // [RMQ: rabbit_channel, basic.qos: a limit for each consumer lifts that of the channel]
    this.globalPrefetch = global ? count : 0
    this.resumeConsumers()
  }

  /** Puts back in line every consumer that can take deliveries again. */
  resumeConsumers(): void {
    for (const consumer of this.consumers.values()) {
      if (!consumer.enrolled && consumer.ready) consumer.queue.resume(consumer)
    }
    if (this.consumers.size > 1) this.#rotate()
  }

  /** Another queue is first the next time that one message more may go out, else it might starve. */
  #rotate(): void {
    for (const consumer of this.consumers.values()) {
      this.consumers.delete(consumer.tag)
      this.consumers.set(consumer.tag, consumer)
      return
    }
  }

  // Acknowledging

  acknowledge(tag: number, multiple: boolean): void {
    this.#settle(tag, multiple, 'ack')
  }

  /** basic.reject: what is requeued counts as failed. */
  reject(tag: number, multiple: boolean, requeue: boolean): void {
    this.#settle(tag, multiple, requeue ? 'requeue' : 'reject')
  }

  /** basic.nack: what is requeued was merely given back. */
  giveBack(tag: number, multiple: boolean, requeue: boolean): void {
    this.#settle(tag, multiple, requeue ? 'return' : 'reject')
  }

  /** Everything unacknowledged goes back to its queue. */
  recover(): void {
    this.finish(this.unacked.takeAll(), 'return')
  }

  /** Carries out what `acknowledge` or `reject` asked for. */
  finish(deliveries: readonly Delivery[], outcome: Outcome): void {
    for (const delivery of deliveries) this.#uncount(delivery)
    const own = deliveries.some(({ abandoned }) => abandoned)
      ? deliveries.filter(({ abandoned }) => !abandoned)
      : deliveries
    const { spans } = this.connection.vhost
    if (spans !== null) for (const delivery of own) spans.settle(delivery, outcome)
    if (outcome === 'requeue' || outcome === 'return') {
      requeueDeliveries(own, outcome === 'requeue')
      return
    }
    for (const { queue, entry } of own) {
      if (outcome === 'ack') {
        queue.statistics.acknowledged += 1
        this.statistics.acknowledged += 1
        queue.settle(entry)
        entry.message?.spent()
      } else queue.reject(entry)
    }
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    for (const tag of [...this.consumers.keys()]) this.cancel(tag)
    if (this.reply !== null) this.#dropReply()
    this.transaction?.rollback()
    this.finish(this.unacked.takeAll(), 'requeue')
    this.#targets.clear()
  }

  #dropReply(): void {
    this.reply?.close()
    this.reply = null
  }

  #settle(tag: number, multiple: boolean, outcome: Outcome): void {
    const { transaction } = this
    if (transaction === null && outcome === 'ack') {
      if (multiple) this.#acknowledgeMany(tag)
      else this.#acknowledgeOne(tag)
      return
    }
    const deliveries = this.#take(tag, multiple)
    if (transaction !== null) transaction.settleLater(deliveries, outcome)
    else this.finish(deliveries, outcome)
  }

  #acknowledgeMany(tag: number): void {
    const last = this.#lastOf(tag)
    this.finish(this.unacked.takeSingles(last), 'ack')
    this.unacked.takeOfRuns(last, this.#settleRun)
  }

  readonly #settleRun = (run: DeliveryRun, count: number): void => {
    const { consumer, lane, firstSequence } = run
    this.#credit(consumer, count)
    this.statistics.acknowledged += count
    settleRun(consumer.queue, lane, firstSequence, count)
  }

  #acknowledgeOne(tag: number): void {
    if (this.unacked.startsRuns(tag)) {
      this.unacked.takeOfRuns(tag, this.#settleRun)
      return
    }
    const delivery = this.unacked.take(tag)
    if (delivery === null) throw preconditionFailed(`unknown delivery tag ${tag}`)
    this.#uncount(delivery)
    if (delivery.abandoned) return
    const { spans } = this.connection.vhost
    if (spans !== null) spans.settle(delivery, 'ack')
    delivery.queue.statistics.acknowledged += 1
    this.statistics.acknowledged += 1
    delivery.queue.settle(delivery.entry)
    delivery.entry.message?.spent()
  }

  /** The deliveries that an acknowledgement names; the tag itself must be outstanding. */
  #take(tag: number, multiple: boolean): Delivery[] {
    if (!multiple) {
      const delivery = this.unacked.take(tag)
      if (delivery === null) throw preconditionFailed(`unknown delivery tag ${tag}`)
      return [delivery]
    }
    return this.unacked.takeUpTo(this.#lastOf(tag))
  }

  /** Of several deliveries, the last one's tag: that which is named, or with 0 whichever it is. */
  #lastOf(tag: number): number {
    if (tag === 0) return Number.MAX_SAFE_INTEGER
    if (!this.unacked.has(tag)) throw preconditionFailed(`unknown delivery tag ${tag}`)
    return tag
  }

  /** Gives the consumer and the channel the credit of one delivery back. */
  #uncount({ consumer, abandoned }: Delivery): void {
    this.#credit(abandoned ? null : consumer, 1)
  }

  #credit(consumer: Consumer | null, count: number): void {
    const wasFull = this.#outstanding >= this.connection.vhost.limits.unackedMax
    this.#outstanding -= count
    if (consumer === null) {
      if (wasFull) this.resumeConsumers()
      return
    }
    const wasLimited = this.globalPrefetch !== 0 && this.#consumerUnacked >= this.globalPrefetch
    consumer.unackedCount -= count
    this.#consumerUnacked -= count
    const isLimited = wasLimited && this.#consumerUnacked >= this.globalPrefetch
    if (wasFull || (wasLimited && !isLimited)) this.resumeConsumers()
    else if (!consumer.enrolled) consumer.queue.resume(consumer)
  }
}
