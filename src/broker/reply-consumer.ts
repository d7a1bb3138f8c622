// Direct reply-to: a consumer without a queue. A reply that names its address goes straight to the
// channel that asked, or nowhere [RMQ: direct reply-to].

import { encodeShortString } from '../protocol/amqp/strings.ts'
import type { ChannelSink } from './channel-sink.ts'
import type { Message } from './message.ts'

/** Who waits at which address; one for the whole broker, since addresses are unguessable. */
export type ReplyAddresses = Map<string, ReplyConsumer>

export class ReplyConsumer {
  readonly tag: string
  /** The opaque part of its address. */
  readonly token: string
  readonly #encodedTag: Uint8Array
  readonly #sink: ChannelSink
  readonly #addresses: ReplyAddresses

  constructor(tag: string, token: string, sink: ChannelSink, addresses: ReplyAddresses) {
    this.tag = tag
    this.token = token
    this.#encodedTag = encodeShortString(tag)
    this.#sink = sink
    this.#addresses = addresses
    addresses.set(token, this)
  }

  deliver(message: Message): void {
    // [RMQ: replies are not numbered; every one of them carries tag 1]
    this.#sink.deliver(this.#encodedTag, 1, false, message)
  }

  close(): void {
    this.#addresses.delete(this.token)
  }
}
