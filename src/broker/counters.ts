// What came and went in the whole broker since it started, in plain counters that only rise. Rates
// are made of them outside; counts of messages are kept by each queue and exchange.

import { MessageSizes } from './message-sizes.ts'

/** Who asked to come in, by protocol. */
export class LoginCounts {
  succeeded = 0
  failed = 0
}

export class BrokerCounters {
  connectionsOpened = 0
  connectionsClosed = 0
  channelsOpened = 0
  channelsClosed = 0
  queuesDeclared = 0
  queuesCreated = 0
  queuesDeleted = 0
  /** Messages that no queue took and that were given back (mandatory) or dropped. */
  unroutableReturned = 0
  unroutableDropped = 0
  /** Messages that asked for a confirm, and those that were answered, refused ones included. */
  receivedWithConfirm = 0
  confirmed = 0
  /** Of messages that clients published over AMQP. */
  readonly messageSizes: MessageSizes = new MessageSizes()
  readonly logins: Readonly<Record<'amqp091' | 'http', LoginCounts>> = {
    amqp091: new LoginCounts(),
    http: new LoginCounts(),
  }
  /** System calls of AMQP sockets, and bytes of messages copied between their buffers. */
  socketReads = 0
  socketWrites = 0
  copiedBytes = 0
}
