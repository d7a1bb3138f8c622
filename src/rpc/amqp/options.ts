// What can be chosen for RPC over AMQP, on both ends.
import type { ConnectionOptions } from 'node:tls'

/** How a call looks as a message. On the server `auto` recognises each request by itself. */
export type ProfileName = 'json' | 'message-pack' | 'raw' | 'nest' | 'nameko'

interface CommonOptions {
  /** Of a request or reply body. Default 10 MiB. */
  readonly bodyBytesMax?: number
  /** Seconds between AMQP heartbeats. Default 30. */
  readonly heartbeatSeconds?: number
  /** Authorities and the own certificate, for `amqps://`. Default: the system's authorities. */
  readonly tls?: ConnectionOptions
}

export interface AmqpServerOptions extends CommonOptions {
  /** Default `amqp://guest:guest@127.0.0.1:5672`. */
  readonly url?: string
  /** The queue that requests arrive on; declared when it does not exist. */
  readonly queue: string
  /** Default false, as in RabbitMQ's tutorial, true for nameko; must agree with an existing queue. */
  readonly durable?: boolean
  /** Further queue arguments, such as `x-dead-letter-exchange` for refused requests. */
  readonly queueArguments?: Readonly<Record<string, unknown>>
  /** Requests taken ahead of their answers. Default 16. */
  readonly prefetch?: number
  /** Default `auto`. */
  readonly profile?: ProfileName | 'auto'
  /** The method that a raw request, which names none, calls. Default: the only one there is. */
  readonly rawMethod?: string
  /** Deliveries after which a request is refused instead of run, where the queue counts them. Default 5. */
  readonly deliveriesMax?: number
  /**
   * How often to ask the broker whether the caller of a stream that takes nothing is still there.
   * Default 15 seconds: about as long as ZeroRPC waits for heartbeats.
   */
  readonly callerCheckMs?: number
}

export interface AmqpClientOptions extends CommonOptions {
  /** The queue that requests are sent to; also `?queue=` of the URL. Default `rpc_queue`. */
  readonly queue?: string
  /** Default `json`; also `?profile=` of the URL. */
  readonly profile?: ProfileName
  /** Default `direct`, RabbitMQ's direct reply-to; `queue` is an exclusive queue of the client. */
  readonly reply?: 'direct' | 'queue'
  /** Calls that may be open. Default 65,536. */
  readonly pendingMax?: number
  /** Items of a stream that may arrive ahead of the reader. Default 256. */
  readonly window?: number
  /**
   * Let the broker confirm requests, so that one that a full queue refuses is an error at once and
   * not at the deadline. Default true; costs the broker a frame for one or several requests.
   */
  readonly confirms?: boolean
}
