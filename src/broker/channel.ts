// A channel: delivery tags, what is unacknowledged, prefetch, confirms, transactions. Requests come
// in as plain calls; what goes out goes through the sink given by the server.

import type { Content } from '../protocol/amqp/content.ts'
import { skimDeliveryMode } from '../protocol/amqp/properties.ts'
import { ReplyCode } from '../protocol/amqp/reply-codes.ts'
import type { ChannelSink } from './channel-sink.ts'
import { ChannelStatistics } from './channel-statistics.ts'
import { Confirms } from './confirms.ts'
import { Consumer, type ConsumerHost, type ConsumerOptions } from './consumer.ts'
import { Delivery } from './delivery.ts'
import { withDeliveryCount } from './delivery-count.ts'
import { notAllowed, preconditionFailed } from './errors.ts'
import { Message } from './message.ts'
import type { SpanParty } from './message-spans.ts'
import { checkContent } from './publish-checks.ts'
import type { PublishTarget } from './publish-target.ts'
import type { QueueEntry } from './queues/entry.ts'
import type { Queue } from './queues/queue.ts'
import { ReplyConsumer } from './reply-consumer.ts'
import { requeueDeliveries } from './requeue-deliveries.ts'
import { resolveTarget } from './resolve-target.ts'
import { type TraceContext, tracedDelivery, tracedPublish, traceExchange } from './trace.ts'
import { type Outcome, Transaction } from './transaction.ts'
import { Unacked } from './unacked.ts'
import type { VirtualHost } from './vhost.ts'

/** Targets that a channel remembers; past it the memory starts over. */
const targetsMax = 512

/** What a channel knows of its connection. */
export interface ChannelOwner {
  readonly vhost: VirtualHost
  readonly user: string
  readonly name: string
}

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
    const span = vhost.spans === null ? null : vhost.spans.publish(given, this.#party())
    const message = span === null ? given : span.message
    const outcome = vhost.publish(target, message)
    if (span !== null) span.end(outcome)
    if (vhost.info.tracing) this.#tracePublish(target, message)
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

  #tracePublish(target: PublishTarget, message: Message): void {
    const { vhost } = this.connection
    const routed = vhost.routedQueues(target, message)
    vhost.publishInternal(tracedPublish(this.#traceContext(), this.#party(), message, routed))
  }

  #traceDelivery(queue: Queue, entry: QueueEntry): void {
    const { vhost } = this.connection
    // A trace of the traces would never end.
    if (entry.message!.envelope.exchange === traceExchange) return
    const place = { queue: queue.name, redelivered: entry.redelivered }
    const copy = tracedDelivery(this.#traceContext(), this.#party(), entry.message!, place)
    vhost.publishInternal(copy)
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

  #traceContext(): TraceContext {
    const { vhost } = this.connection
    return { vhost: vhost.name, node: vhost.nodeName, nowMs: vhost.nowMs }
  }

  #party(): SpanParty {
    const { name, user, vhost } = this.connection
    return { connection: name, channel: this.number, user, vhost: vhost.name }
  }

  #spanDelivery(queue: Queue, entry: QueueEntry, delivery: Delivery | null): void {
    const { redelivered, message } = entry
    const place = { queue: queue.name, redelivered, deliveryTag: this.#lastTag }
    this.connection.vhost.spans!.deliver(message!, this.#party(), place, delivery)
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
    if (this.connection.vhost.info.tracing) this.#traceDelivery(consumer.queue, entry)
    if (this.connection.vhost.spans !== null) this.#spanDelivery(consumer.queue, entry, delivery)
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
    if (this.connection.vhost.info.tracing) this.#traceDelivery(queue, entry)
    let delivery: Delivery | null = null
    if (entry.redelivered) this.statistics.redelivered += 1
    if (noAck) this.statistics.gotNoAck += 1
    else {
      this.statistics.got += 1
      this.#outstanding += 1
      delivery = this.#hold(queue, entry, null)
    }
    if (this.connection.vhost.spans !== null) this.#spanDelivery(queue, entry, delivery)
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
    this.finish(this.#takeAll(), 'return')
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
    this.finish(this.#takeAll(), 'requeue')
  }

  #dropReply(): void {
    this.reply?.close()
    this.reply = null
  }

  #settle(tag: number, multiple: boolean, outcome: Outcome): void {
    const { transaction } = this
    if (!multiple && transaction === null && outcome === 'ack') {
      this.#acknowledgeOne(tag)
      return
    }
    const deliveries = this.#take(tag, multiple)
    if (transaction !== null) transaction.settleLater(deliveries, outcome)
    else this.finish(deliveries, outcome)
  }

  #acknowledgeOne(tag: number): void {
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
    if (tag === 0) return this.#takeAll()
    if (!this.unacked.has(tag)) throw preconditionFailed(`unknown delivery tag ${tag}`)
    return this.#takeUpTo(tag)
  }

  #takeAll(): Delivery[] {
    return this.#takeUpTo(Number.MAX_SAFE_INTEGER)
  }

  #takeUpTo(tag: number): Delivery[] {
    const taken: Delivery[] = []
    for (
      let next = this.unacked.takeFirst(tag);
      next !== null;
      next = this.unacked.takeFirst(tag)
    ) {
      taken.push(next)
    }
    return taken
  }

  /** Gives the consumer and the channel the credit of one delivery back. */
  #uncount({ consumer, abandoned }: Delivery): void {
    const wasFull = this.#outstanding === this.connection.vhost.limits.unackedMax
    this.#outstanding -= 1
    if (consumer === null || abandoned) {
      if (wasFull) this.resumeConsumers()
      return
    }
    consumer.unackedCount -= 1
    this.#consumerUnacked -= 1
    if (wasFull || this.#consumerUnacked + 1 === this.globalPrefetch) this.resumeConsumers()
    else if (!consumer.enrolled) consumer.queue.resume(consumer)
  }
}
