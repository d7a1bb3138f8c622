// Makes spans of a message's way through the broker [OpenTelemetry: semantic conventions for
// messaging, RabbitMQ]: publish, deliver (the time since it was published), and its acknowledgement
// (the time that the consumer took). A context that came with the message stays as it is: whoever made
// the message made the context, and it is the parent of all.

import type { Message } from '../broker/message.ts'
import type {
  DeliveryPlace,
  MessageSpans,
  PublishSpan,
  SpanParty,
} from '../broker/message-spans.ts'
import { replyPrefix } from '../broker/publish-target.ts'
import { emptyTable, plainValue } from '../protocol/amqp/field-table.ts'
import {
  type MessageProperties,
  PropertyFlag,
  readProperties,
  readPropertyFlags,
  replaceProperties,
} from '../protocol/amqp/properties.ts'
import { asBuffer } from '../protocol/amqp/strings.ts'
import type { Sampler } from './sampler.ts'
import { type Attributes, type Span, SpanKind } from './span.ts'
import { formatTraceparent, parseTraceparent, type TraceContext } from './trace-context.ts'

export interface TelemetryHost {
  readonly sampler: Sampler
  /** Milliseconds since the epoch, with fractions. */
  now(): number
  newTraceId(): string
  newSpanId(): string
  finished(span: Span): void
}

/** A delivery whose acknowledgement will be a span. */
interface Out {
  readonly context: TraceContext
  readonly deliveredAtMs: number
  readonly queue: string
  readonly attributes: Attributes
}

/** A header grows by 80 octets at most, and has to fit into the smallest frame. */
const headerBytesMax = 3584
const contextKey = Buffer.from('traceparent')

export class MessageTelemetry implements MessageSpans {
  readonly #host: TelemetryHost
  /** Deliveries are kept by their channels; what a channel forgets is gone here too. */
  readonly #out = new WeakMap<WeakKey, Out>()

  constructor(host: TelemetryHost) {
    this.#host = host
  }

  publish(message: Message, party: SpanParty): PublishSpan | null {
    const { sampler } = this.#host
    const carried = contextIn(message)
    if (carried === null) return this.#begin(message, party)
    if (!sampler.follows(carried.context)) return null
    return this.#publishSpan(message, party, { parent: carried.context, ...carried })
  }

  deliver(
    message: Message,
    party: SpanParty,
    place: DeliveryPlace,
    delivery: WeakKey | null,
  ): void {
    const carried = contextIn(message)
    if (carried === null || !this.#host.sampler.follows(carried.context)) return
    const { context, properties } = carried
    const spanId = this.#host.newSpanId()
    const nowMs = this.#host.now()
    const attributes = {
      ...shared(message, party, properties),
      'messaging.destination.name': destination(message, place.queue),
      'messaging.rabbitmq.message.delivery_tag': place.deliveryTag,
      'warren.redelivered': place.redelivered,
    }
    const queue = shownName(place.queue)
    this.#host.finished({
      ...identity(context, spanId),
      name: `deliver ${queue}`,
      kind: SpanKind.producer,
      startMs: Math.min(message.publishedAtMs, nowMs),
      endMs: nowMs,
      attributes: { ...operation('deliver', 'send'), ...attributes },
      links: [context],
      error: null,
    })
    if (delivery === null) return
    const own = { ...context, spanId }
    this.#out.set(delivery, { context: own, deliveredAtMs: nowMs, queue, attributes })
  }

  settle(delivery: WeakKey, settlement: string): void {
    const out = this.#out.get(delivery)
    if (out === undefined) return
    this.#out.delete(delivery)
    const name = settlement === 'return' ? 'nack' : settlement
    this.#host.finished({
      ...identity(out.context, this.#host.newSpanId()),
      name: `${name} ${out.queue}`,
      kind: SpanKind.internal,
      startMs: out.deliveredAtMs,
      endMs: Math.max(this.#host.now(), out.deliveredAtMs),
      attributes: { ...operation(name, 'settle'), ...out.attributes },
      links: [],
      error: null,
    })
  }

  /** A trace that begins with the broker: the message takes its context along. */
  #begin(message: Message, party: SpanParty): PublishSpan | null {
    const { sampler } = this.#host
    if (!sampler.begins || message.headerEnd - message.headerStart > headerBytesMax) return null
    const traceId = this.#host.newTraceId()
    if (!sampler.takes(traceId)) return null
    const spanId = this.#host.newSpanId()
    const { header, headerStart, headerEnd } = message
    const properties = readProperties(header, headerStart, headerEnd)
    const traceparent = formatTraceparent(traceId, spanId)
    const headers = Object.assign(emptyTable(), properties.headers, { traceparent })
    const changed = replaceProperties(header, headerStart, headerEnd, { headers })
    const context = { traceId, spanId, sampled: true, state: '' }
    return this.#publishSpan(message.withHeader(changed), party, {
      parent: null,
      context,
      properties,
    })
  }

  #publishSpan(
    message: Message,
    party: SpanParty,
    { parent, context, properties }: Carried & { readonly parent: TraceContext | null },
  ): PublishSpan {
    const spanId = parent === null ? context.spanId : this.#host.newSpanId()
    const { exchange, routingKey } = message.envelope
    const end = (outcome: string): void => {
      const nowMs = this.#host.now()
      this.#host.finished({
        ...identity(context, spanId),
        parentSpanId: parent === null ? '' : parent.spanId,
        name: `publish ${shownName(exchange === '' ? routingKey : exchange)}`,
        kind: SpanKind.server,
        startMs: Math.min(message.publishedAtMs, nowMs),
        endMs: nowMs,
        attributes: {
          ...operation('publish', 'send'),
          ...shared(message, party, properties),
          'messaging.destination.name': destination(message, null),
          'warren.outcome': outcome,
          ...(outcome === 'refused' ? { 'error.type': outcome } : {}),
        },
        links: [],
        error: outcome === 'refused' ? 'a queue has refused the message' : null,
      })
    }
    return { message, end }
  }
}

interface Carried {
  readonly context: TraceContext
  readonly properties: MessageProperties
}

/** Few messages carry one: the letters are looked for before anything is decoded. */
function contextIn({ header, headerStart, headerEnd }: Message): Carried | null {
  if ((readPropertyFlags(header, headerStart) & PropertyFlag.headers) === 0) return null
  const bytes = asBuffer(header.subarray(headerStart, headerEnd))
  if (!bytes.includes(contextKey)) return null
  const properties = readProperties(header, headerStart, headerEnd)
  const text = plainValue(properties.headers?.traceparent ?? null)
  if (typeof text !== 'string') return null
  const state = plainValue(properties.headers?.tracestate ?? null)
  const context = parseTraceparent(text, typeof state === 'string' ? state : '')
  return context === null ? null : { context, properties }
}

function identity(
  { traceId, spanId: parentSpanId, state }: TraceContext,
  spanId: string,
): Pick<Span, 'traceId' | 'spanId' | 'parentSpanId' | 'traceState'> {
  return { traceId, spanId, parentSpanId, traceState: state }
}

function operation(name: string, type: 'send' | 'settle'): Attributes {
  return { 'messaging.operation.name': name, 'messaging.operation.type': type }
}

function shared(message: Message, party: SpanParty, properties: MessageProperties): Attributes {
  const { messageId, correlationId } = properties
  const { routingKey } = message.envelope
  return {
    'messaging.system': 'rabbitmq',
    ...(routingKey === ''
      ? {}
      : { 'messaging.rabbitmq.destination.routing_key': withoutToken(routingKey) }),
    'messaging.message.body.size': message.bodyBytes,
    ...(messageId === undefined ? {} : { 'messaging.message.id': messageId }),
    ...(correlationId === undefined ? {} : { 'messaging.message.conversation_id': correlationId }),
    'user.name': party.user,
    'warren.vhost': party.vhost,
    'warren.connection': party.connection,
    'warren.channel': party.channel,
  }
}

/** `exchange:key:queue`, without what is empty or said twice. */
function destination({ envelope }: Message, queue: string | null): string {
  const { exchange, routingKey } = envelope
  const parts = [exchange, withoutToken(routingKey), queue === routingKey ? '' : (queue ?? '')]
  return parts.filter((part) => part !== '').join(':') || 'amq.default'
}

/** Whoever knows an address of direct reply-to may answer; collectors need not. */
function withoutToken(routingKey: string): string {
  return routingKey.startsWith(replyPrefix) ? replyPrefix.slice(0, -1) : routingKey
}

/** Names of spans are few: generated ones would make a name for each. */
function shownName(name: string): string {
  if (name === '') return 'amq.default'
  return name.startsWith('amq.gen-') ? '(temporary)' : withoutToken(name)
}
