// What both processes of a fuzz run agree on.

export const protocolNames = ['xml-rpc', 'json-rpc', 'grpc', 'zerorpc', 'amqp'] as const
export type ProtocolName = (typeof protocolNames)[number]

/** Small, so that inputs can be too large without being slow. */
export const fuzzBytesMax: number = 64 * 1024

export const fuzzQueue = 'fuzz'

export interface ServerFigures {
  readonly rss: number
  /** JavaScript's heap after a collection, and what it holds outside. */
  readonly heap: number
  readonly sockets: number
  readonly timers: number
  /** Calls that the dispatcher still counts as under way. */
  readonly active: number
  /** The longest that the event loop was away since the last figures. */
  readonly blockedMs: number
}
