// What can be chosen for ZeroRPC, on both ends.

export interface CurveServerOptions {
  /** The server's secret key, in ZeroMQ's 40-character form. */
  readonly secretKey: string
  /** Public keys of the clients that are let in. Default: all that know the server's key. */
  readonly clientKeys?: readonly string[]
}

export interface CurveClientOptions {
  /** The server's public key, which the client must know. */
  readonly serverKey: string
  /** The client's own pair; made anew for each client when absent. */
  readonly publicKey?: string
  readonly secretKey?: string
}

interface CommonOptions {
  /** Milliseconds between heartbeats of an open channel; 0: none. Default 5000, as Python's. */
  readonly heartbeatMs?: number
  /** Of one event. Default 10 MiB. */
  readonly messageBytesMax?: number
  /** Messages queued for one peer. Default 10,000; ZeroMQ's 1000 would drop answers to a burst. */
  readonly queuedMax?: number
  /** Nested arrays and maps. Default 128. */
  readonly depthMax?: number
}

export interface ZerorpcServerOptions extends CommonOptions {
  /** ZeroMQ addresses. Default `tcp://127.0.0.1:*`, any free port. */
  readonly bind?: string | readonly string[]
  /** Without it there is neither authentication nor encryption. */
  readonly curve?: CurveServerOptions
  /** Calls of one peer that may be open. Default 4096. */
  readonly channelsMax?: number
  /** Default 1024; not with `curve` or other addresses than `tcp://`, where ZeroMQ has no limit. */
  readonly connectionsMax?: number
}

export interface ZerorpcClientOptions extends CommonOptions {
  readonly curve?: CurveClientOptions
  /** Items of a stream that may arrive ahead of the reader. Default 100, as Python's. */
  readonly window?: number
  /** Calls that may be open. Default 65,536. */
  readonly channelsMax?: number
}

export interface ZerorpcOneWayOptions {
  /** ZeroMQ addresses to listen on, to connect to, or both. */
  readonly bind?: string | readonly string[]
  readonly connect?: string | readonly string[]
  /** Of one event. Default 10 MiB. */
  readonly messageBytesMax?: number
  /** Messages queued for one peer; beyond them a publisher drops and a pusher refuses. Default 10,000. */
  readonly queuedMax?: number
  /** Nested arrays and maps. Default 128. */
  readonly depthMax?: number
}
