// What a handler of a channel's methods works with. One file per AMQP class translates methods into
// calls of the broker, and what they return into the method that answers.

import type { Channel } from '../../broker/channel.ts'
import type { Message } from '../../broker/message.ts'
import type {
  MethodArguments,
  MethodArgumentsForWrite,
  MethodName,
} from '../../protocol/amqp/methods.ts'

export interface FetchedMessage {
  readonly deliveryTag: number
  readonly redelivered: boolean
  readonly messageCount: number
  readonly message: Message
}

export interface ChannelContext {
  readonly channel: Channel
  reply<Name extends MethodName>(name: Name, values: MethodArgumentsForWrite<Name>): void
  /** basic.get-ok with its content. */
  replyFetched(fetched: FetchedMessage): void
  /** Leaves the connection's frames unread until the returned function is called. */
  suspend(): () => void
}

export type Handler<Name extends MethodName> = (
  context: ChannelContext,
  values: MethodArguments<Name>,
) => void
