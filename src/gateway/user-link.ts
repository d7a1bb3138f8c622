// One user's way into the broker from a gateway: a connection and a channel as an AMQP client has them,
// without the socket. Requests are published with the user's permissions; replies come back by direct
// reply-to. What becomes of a call is in running-call.ts.

import type { BrokerCore } from '../broker/broker-core.ts'
import type { Channel } from '../broker/channel.ts'
import type { ChannelSink } from '../broker/channel-sink.ts'
import type {
  BrokerConnection,
  ConnectionControl,
  ConnectionTraffic,
} from '../broker/connection.ts'
import type { BrokerError } from '../broker/errors.ts'
import { headerFromJson, propertiesToJson } from '../broker/json-values.ts'
import { Message } from '../broker/message.ts'
import { type PublishTarget, replyPrefix } from '../broker/publish-target.ts'
import { RpcError } from '../rpc/error.ts'

export interface LinkIdentity {
  readonly user: string
  readonly vhost: string
  /** As the connection is called in lists. */
  readonly name: string
  readonly address: string
  readonly port: number
}

export interface IncomingReply {
  readonly body: Buffer
  readonly headers: Readonly<Record<string, unknown>>
  /** Where the worker can be told something more, if it says so. */
  readonly replyTo: string | undefined
}

/** Who waits for the replies of a link. */
export interface ReplyTaker {
  take(reply: IncomingReply): void
  fail(error: RpcError): void
}

export interface Request {
  readonly properties: Readonly<Record<string, unknown>>
  readonly body: Buffer
}

export type Publishing =
  | { readonly outcome: 'sent'; readonly message: Message }
  | { readonly outcome: 'unroutable' }
  | { readonly outcome: 'refused' }

const channelNumber = 1

export class UserLink implements ChannelSink, ConnectionControl {
  /** A reply is taken at once, whatever the caller does with it. */
  readonly writable = true
  readonly replyTo: string
  readonly #connection: BrokerConnection
  readonly #channel: Channel
  readonly #core: BrokerCore
  readonly #waiting = new Map<string, ReplyTaker>()
  readonly #closed: () => void
  #traffic = { receivedBytes: 0, sentBytes: 0, receivedCount: 0, sentCount: 0 }
  /** Whether the publish under way has come back, which happens before it returns. */
  #returned = false
  #isClosed = false

  /** Throws BrokerError when the user may not enter. */
  constructor(core: BrokerCore, identity: LinkIdentity, closed: () => void) {
    this.#core = core
    this.#closed = closed
    this.#connection = core.connect(identity, detailsOf(core, identity), this)
    try {
      this.#channel = this.#connection.openChannel(channelNumber, this)
    } catch (error) {
      // The user has as many channels as he may.
      this.#connection.close()
      throw error
    }
    this.#channel.openReply('gateway')
    this.replyTo = `${replyPrefix}${this.#channel.reply?.token}`
  }

  /** Where a publish goes; throws BrokerError when it may not. */
  target(exchange: string, routingKey: string): PublishTarget {
    return this.#channel.target(exchange, routingKey)
  }

  /** Whether there is an exchange of that name. */
  hasExchange(name: string): boolean {
    return this.#connection.vhost.topology.exchanges.has(name)
  }

  publish(target: PublishTarget, { properties, body }: Request): Publishing {
    const header = headerFromJson(properties, body.length)
    const content = {
      header,
      headerStart: 0,
      headerEnd: header.length,
      body,
      bodyStart: 0,
      bodyEnd: body.length,
    }
    // Not persistent: whoever waits for the answer does not outlive the broker either.
    const message = new Message(content, target.envelope, false, this.#core.nowMs)
    this.#returned = false
    this.#traffic.receivedBytes += body.length
    this.#traffic.receivedCount += 1
    const taken = this.#channel.route(target, message, true)
    if (this.#returned) return { outcome: 'unroutable' }
    return taken ? { outcome: 'sent', message } : { outcome: 'refused' }
  }

  expect(id: string, taker: ReplyTaker): void {
    this.#waiting.set(id, taker)
  }

  forget(id: string): void {
    this.#waiting.delete(id)
  }

  /** Ends the connection; those who still wait are told why. */
  end(error: RpcError): void {
    if (this.#isClosed) return
    this.#isClosed = true
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    this.#connection.close()
    this.#closed()
    for (const taker of waiting) taker.fail(error)
  }

  // From the channel

  deliver(_tag: Uint8Array, _deliveryTag: number, _redelivered: boolean, message: Message): void {
    this.#traffic.sentBytes += message.bodyBytes
    this.#traffic.sentCount += 1
    const { correlation_id: id, headers, reply_to: replyTo } = propertiesToJson(message)
    const taker = typeof id === 'string' ? this.#waiting.get(id) : undefined
    // A reply that nobody waits for belongs to a call that has ended without it.
    if (taker === undefined) return
    const { body, bodyStart, bodyEnd } = message
    taker.take({
      body: Buffer.from(body.buffer, body.byteOffset + bodyStart, bodyEnd - bodyStart),
      headers: isObject(headers) ? headers : {},
      replyTo: typeof replyTo === 'string' ? replyTo : undefined,
    })
  }

  giveBack(): void {
    this.#returned = true
  }

  fail(error: BrokerError): void {
    this.end(new RpcError('UNAVAILABLE', error.explanation, { cause: error }))
  }

  // Nothing is consumed from queues, confirmed or done in transactions here.
  cancelled(): void {}
  committed(): void {}
  confirm(): void {}
  refuse(): void {}

  // From the console

  close(reason: string): void {
    this.end(new RpcError('UNAVAILABLE', `the gateway's connection was closed: ${reason}`))
  }

  traffic(): ConnectionTraffic {
    return { ...this.#traffic, pendingBytes: 0, state: 'running' }
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function detailsOf(
  core: BrokerCore,
  { name, address, port }: LinkIdentity,
): BrokerConnection['details'] {
  return {
    name,
    peerHost: address,
    peerPort: 0,
    host: address,
    port,
    mechanism: 'GATEWAY',
    clientProperties: { product: 'RPC gateway', connection_name: name },
    channelMax: channelNumber,
    frameMax: 0,
    heartbeatSeconds: 0,
    connectedAtMs: core.clock.now(),
  }
}
