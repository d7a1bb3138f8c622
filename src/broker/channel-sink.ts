// What a channel sends to its client, seen from the broker. The server turns each call into frames
// of the connection's next write; tests record them.

import type { ReplyCode } from '../protocol/amqp/reply-codes.ts'
import type { ConfirmSink } from './confirms.ts'
import type { BrokerError } from './errors.ts'
import type { Message } from './message.ts'
import type { StoredMessage } from './ports.ts'

export interface ChannelSink extends ConfirmSink {
  /** False while the client takes bytes slower than they come: no more deliveries then. */
  readonly writable: boolean
  /** basic.deliver; `consumerTag` is an encoded short string. */
  deliver(
    consumerTag: Uint8Array,
    deliveryTag: number,
    redelivered: boolean,
    message: Message,
  ): void
  /**
   * As `deliver`, the first time, of a message that is an object no longer than this call takes; a sink
   * that keeps messages does without it.
   */
  deliverStored?(consumerTag: Uint8Array, deliveryTag: number, message: StoredMessage): void
  /** basic.return. */
  giveBack(code: ReplyCode, text: string, message: Message): void
  /** basic.cancel, for clients that know it [RMQ: consumer cancel notification]. */
  cancelled(consumerTag: string): void
  /** The transaction's work is as safe as it was asked to be. */
  committed(): void
  /** An error that no request caused: the channel is to be closed with it. */
  fail(error: BrokerError): void
}
