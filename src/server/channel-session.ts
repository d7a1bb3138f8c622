// One channel on the wire: cuts its frames into methods and messages, and turns what the broker says
// into frames. The three methods that come with every message have paths of their own.

import type { Channel } from '../broker/channel.ts'
import type { ChannelSink } from '../broker/channel-sink.ts'
import type { BrokerCounters } from '../broker/counters.ts'
import { type BrokerError, notImplemented, preconditionFailed } from '../broker/errors.ts'
import type { Message } from '../broker/message.ts'
import type { StoredMessage } from '../broker/ports.ts'
import type { PublishTarget } from '../broker/publish-target.ts'
import type { Pace } from '../broker/queues/pace.ts'
import {
  acknowledgementBytes,
  basicAckKey,
  basicNackKey,
  basicPublishKey,
  basicRejectKey,
  checkPublish,
  copyPublishArguments,
  immediateBit,
  mandatoryBit,
  methodKey,
  multipleBit,
  nackRequeueBit,
  publishArgumentsEqual,
  publishBits,
  publishExchangeAt,
  publishRoutingKeyAt,
  readAcknowledgementBits,
  readDeliveryTag,
  rejectRequeueBit,
} from '../protocol/amqp/fast-methods.ts'
import { FrameKind } from '../protocol/amqp/frame-reader.ts'
import type { FrameWriter } from '../protocol/amqp/frame-writer.ts'
import { readMethod } from '../protocol/amqp/method-codec.ts'
import type { MethodArgumentsForWrite, MethodName } from '../protocol/amqp/methods.ts'
import { readBodySize, readHeaderClassId, validateHeader } from '../protocol/amqp/properties.ts'
import { ProtocolError } from '../protocol/amqp/protocol-error.ts'
import { ReplyCode } from '../protocol/amqp/reply-codes.ts'
import { readName } from '../protocol/amqp/strings.ts'
import { dispatchMethod } from './handlers/dispatch.ts'
import type { ChannelContext, FetchedMessage } from './handlers/handler.ts'
import { IncomingContent } from './incoming-content.ts'

/** What a session needs of its connection. */
export interface SessionHost {
  readonly writer: FrameWriter
  /** False while the client does not take what was written. */
  readonly writable: boolean
  /** Whether the client knows basic.cancel from the server. */
  readonly cancelNotify: boolean
  readonly messageBytesMax: number
  readonly counters: BrokerCounters
  /** Has what was written flushed at the end of the turn. */
  wantFlush(): void
  suspend(): () => void
  /** A message went to so many queues; told of wide fanouts only. */
  countCopies(copies: number): void
  /** Closes the channel with an error that no frame of the client caused. */
  failSession(session: ChannelSession, error: BrokerError): void
}

const Expect = { method: 0, header: 1, body: 2 } as const
type Expect = (typeof Expect)[keyof typeof Expect]

const basicClassId = 60
/** To fewer queues a message is worth no mention to the connection. */
const wideFanout = 8

export class ChannelSession implements ChannelSink, ChannelContext {
  readonly number: number
  /** Class and method of the request under way, for error replies. */
  currentKey = 0
  /** An error has closed the channel; until the client agrees, its frames are ignored. */
  closing = false
  readonly #host: SessionHost
  readonly #writer: FrameWriter
  #channel: Channel | null = null
  #expect: Expect = Expect.method
  /** The content that is coming in. */
  readonly content: IncomingContent
  #target: PublishTarget | null = null
  #mandatory = false
  /** The arguments of the last publish as bytes: the next is mostly the same. */
  #lastArguments: Uint8Array = new Uint8Array(0)

  constructor(number: number, host: SessionHost) {
    this.number = number
    this.#host = host
    this.#writer = host.writer
    this.content = new IncomingContent(host.counters)
  }

  get channel(): Channel {
    return this.#channel!
  }

  attach(channel: Channel): void {
    this.#channel = channel
  }

  // From the client

  frame(kind: FrameKind, buffer: Buffer, start: number, end: number): void {
    if (kind === FrameKind.method) this.#method(buffer, start, end)
    else if (kind === FrameKind.header) this.#header(buffer, start, end)
    else this.#body(buffer, start, end)
  }

  #method(buffer: Buffer, start: number, end: number): void {
    if (this.#expect !== Expect.method) throw this.#unexpected()
    const key = methodKey(buffer, start)
    this.currentKey = key
    if (key === basicPublishKey) {
      this.#beginPublish(buffer, start, end)
      return
    }
    if (end - start === acknowledgementBytes && this.#acknowledge(key, buffer, start)) return
    const method = readMethod(buffer, start, end)
    dispatchMethod(this, method)
  }

  #acknowledge(key: number, buffer: Buffer, start: number): boolean {
    const { channel } = this
    const tag = readDeliveryTag(buffer, start)
    const bits = readAcknowledgementBits(buffer, start)
    const multiple = (bits & multipleBit) !== 0
    if (key === basicAckKey) channel.acknowledge(tag, multiple)
    else if (key === basicNackKey) channel.giveBack(tag, multiple, (bits & nackRequeueBit) !== 0)
    else if (key === basicRejectKey) channel.reject(tag, false, (bits & rejectRequeueBit) !== 0)
    else return false
    return true
  }

  #beginPublish(buffer: Buffer, start: number, end: number): void {
    const last = this.#target
    if (
      last === null ||
      !publishArgumentsEqual(buffer, start, end, this.#lastArguments) ||
      !this.channel.isCurrent(last)
    ) {
      this.#resolvePublish(buffer, start, end)
    }
    this.#expect = Expect.header
  }

  #resolvePublish(buffer: Buffer, start: number, end: number): void {
    this.#target = null
    checkPublish(buffer, start, end)
    const bits = publishBits(buffer, end)
    if ((bits & immediateBit) !== 0) throw notImplemented('immediate=true')
    const exchange = readName(buffer, publishExchangeAt(start))
    const routingKey = readName(buffer, publishRoutingKeyAt(buffer, start))
    this.#mandatory = (bits & mandatoryBit) !== 0
    this.#target = this.channel.target(exchange, routingKey)
    this.#lastArguments = copyPublishArguments(buffer, start, end)
  }

  #header(buffer: Buffer, start: number, end: number): void {
    if (this.#expect !== Expect.header) throw this.#unexpected()
    const classId = readHeaderClassId(buffer, start)
    if (classId !== basicClassId) {
      throw unexpectedFrame(
        `expected content header for class ${basicClassId}, got one for class ${classId} instead`,
        this.currentKey,
      )
    }
    validateHeader(buffer, start, end)
    const bodyBytes = readBodySize(buffer, start)
    const bytesMax = this.#host.messageBytesMax
    if (bodyBytes > bytesMax) {
      throw preconditionFailed(
        `message size ${bodyBytes} is larger than configured max size ${bytesMax}`,
      )
    }
    this.content.begin(buffer, start, end, bodyBytes)
    if (bodyBytes === 0) this.#publish()
    else this.#expect = Expect.body
  }

  #body(buffer: Buffer, start: number, end: number): void {
    if (this.#expect !== Expect.body) {
      // An empty body frame after a message without a body does no harm.
      if (start === end && this.#expect === Expect.method) return
      throw this.#unexpected()
    }
    if (!this.content.add(buffer, start, end)) {
      const text = 'content body frame exceeds remaining content size'
      throw new ProtocolError(ReplyCode.frameError, text, basicClassId, basicPublishKey & 0xffff)
    }
    if (this.content.complete) this.#publish()
  }

  #publish(): void {
    this.#expect = Expect.method
    const target = this.#target!
    this.channel.publish(target, this.content, this.#mandatory)
    this.content.clear()
    const copies = target.queues?.length ?? 1
    if (copies > wideFanout) this.#host.countCopies(copies)
  }

  #unexpected(): ProtocolError {
    if (this.#expect === Expect.method) {
      return unexpectedFrame('expected method frame, got non method frame instead', 0)
    }
    const isHeader = this.#expect === Expect.header
    const text = isHeader
      ? `expected content header for class ${basicClassId}, got non content header frame instead`
      : 'expected content body, got non content body frame instead'
    return unexpectedFrame(text, basicPublishKey)
  }

  get publishedCount(): number {
    return this.channel.statistics.published
  }

  /** Of a queue of the last publish whose consumers cannot catch up soon; null if there is none. */
  get slowPace(): Pace | null {
    const queues = this.#target?.queues ?? null
    return queues?.find(({ pace }) => pace.behind)?.pace ?? null
  }

  // To the client

  get writable(): boolean {
    return this.#host.writable
  }

  reply<Name extends MethodName>(name: Name, values: MethodArgumentsForWrite<Name>): void {
    this.#writer.method(this.number, name, values)
    this.#host.wantFlush()
  }

  replyFetched({ deliveryTag, redelivered, messageCount, message }: FetchedMessage): void {
    const target = message.envelope.encoded
    this.#writer.getOk(this.number, { deliveryTag, redelivered, target, messageCount }, message)
    this.#host.wantFlush()
  }

  suspend(): () => void {
    return this.#host.suspend()
  }

  deliver(
    consumerTag: Uint8Array,
    deliveryTag: number,
    redelivered: boolean,
    message: Message,
  ): void {
    const target = message.envelope.encoded
    this.#writer.deliver(this.number, consumerTag, deliveryTag, redelivered, target, message)
    this.#host.wantFlush()
  }

  deliverStored(consumerTag: Uint8Array, deliveryTag: number, message: StoredMessage): void {
    const target = message.envelope.encoded
    this.#writer.deliver(this.number, consumerTag, deliveryTag, false, target, message)
    this.#host.wantFlush()
  }

  giveBack(replyCode: ReplyCode, replyText: string, message: Message): void {
    const target = message.envelope.encoded
    this.#writer.basicReturn(this.number, { replyCode, replyText, target }, message)
    this.#host.wantFlush()
  }

  cancelled(consumerTag: string): void {
    if (this.#host.cancelNotify) this.reply('basic.cancel', { consumerTag, noWait: true })
  }

  committed(): void {
    this.reply('tx.commit-ok', {})
  }

  confirm(deliveryTag: number, multiple: boolean): void {
    this.#writer.ack(this.number, deliveryTag, multiple)
    this.#host.wantFlush()
  }

  refuse(deliveryTag: number, multiple: boolean): void {
    this.#writer.nack(this.number, deliveryTag, multiple)
    this.#host.wantFlush()
  }

  fail(error: BrokerError): void {
    this.#host.failSession(this, error)
  }
}

function unexpectedFrame(text: string, key: number): ProtocolError {
  return new ProtocolError(ReplyCode.unexpectedFrame, text, key >>> 16, key & 0xffff)
}
