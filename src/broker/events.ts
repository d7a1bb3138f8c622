// What happens in the broker besides messages: connections, declarations, users, alarms. Kept in a
// bounded list, and published to amq.rabbitmq.event for who binds to it [RMQ: event exchange].

import { Recent } from '../base/recent.ts'
import { wholeContent } from '../protocol/amqp/content.ts'
import { type FieldTable, type FieldValue, TypedValue } from '../protocol/amqp/field-table.ts'
import { encodeHeader } from '../protocol/amqp/properties.ts'
import { Message } from './message.ts'
import type { Clock } from './ports.ts'
import { makeEnvelope } from './publish-target.ts'

export interface BrokerEvent {
  readonly id: number
  readonly atMs: number
  /** `queue.created`, `connection.closed`, ...: the routing key that RabbitMQ gives it. */
  readonly kind: string
  readonly attributes: Readonly<Record<string, FieldValue>>
}

const eventsMax = 1000
export const eventExchange = 'amq.rabbitmq.event'

/** Where events are published; most brokers have nobody who listens. */
export interface EventExchange {
  isBound(): boolean
  publish(message: Message): void
}

/** Tells of an event. */
export type Emit = (kind: string, attributes: Readonly<Record<string, FieldValue>>) => void

const nothing = new Uint8Array(0)

export class BrokerEvents {
  readonly recent: Recent<BrokerEvent> = new Recent(eventsMax)
  /** Told of each event as it happens. */
  listener: ((event: BrokerEvent) => void) | null = null
  readonly #clock: Clock
  readonly #exchange: EventExchange
  #lastId = 0

  constructor(clock: Clock, exchange: EventExchange) {
    this.#clock = clock
    this.#exchange = exchange
  }

  emit(kind: string, attributes: Readonly<Record<string, FieldValue>>): void {
    this.#lastId += 1
    const event = { id: this.#lastId, atMs: this.#clock.now(), kind, attributes }
    this.recent.add(event)
    this.listener?.(event)
    if (this.#exchange.isBound()) this.#exchange.publish(eventMessage(event))
  }
}

/** As the plugin rabbitmq_event_exchange sends it: attributes as headers, an empty body. */
function eventMessage({ kind, attributes, atMs }: BrokerEvent): Message {
  const headers: FieldTable = {
    ...attributes,
    timestamp_in_ms: new TypedValue('l', atMs),
  }
  const timestamp = Math.floor(atMs / 1000)
  const header = encodeHeader(0, { headers, deliveryMode: 2, timestamp })
  return new Message(wholeContent(header, nothing), makeEnvelope(eventExchange, kind), false, atMs)
}
