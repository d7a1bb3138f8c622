// Limits of the model: what a client can make grow, with the default and its reason.

export interface BrokerLimits {
  /** Deliveries that one channel may leave unacknowledged; then it gets no more until it acknowledges. */
  readonly unackedMax: number
  /** What a transaction may hold back, in bytes; it lives in memory until it is committed. */
  readonly transactionBytesMax: number
  /** The largest body that is taken, in bytes (`max_message_size`). */
  readonly messageBytesMax: number
  /** Of the whole node, but for consumers, which are those of one channel. Infinity is no limit. */
  readonly connectionsMax: number
  readonly channelsMax: number
  readonly consumersMax: number
  readonly vhostsMax: number
  readonly queuesMax: number
  readonly exchangesMax: number
}

export const defaultLimits: BrokerLimits = {
  // About 60 MB of entries: far above any sensible prefetch, far below what would hurt.
  unackedMax: 200_000,
  transactionBytesMax: 128 << 20,
  // As RabbitMQ up to 3.13.
  messageBytesMax: 128 << 20,
  // As RabbitMQ: whoever gives a broker to others sets them.
  connectionsMax: Number.POSITIVE_INFINITY,
  channelsMax: Number.POSITIVE_INFINITY,
  consumersMax: Number.POSITIVE_INFINITY,
  vhostsMax: Number.POSITIVE_INFINITY,
  queuesMax: Number.POSITIVE_INFINITY,
  exchangesMax: Number.POSITIVE_INFINITY,
}
