// What is configured for the gateways: where they listen, how a method's name becomes a queue, and the
// limits of a call. The keys of the configuration file are in config/keys/gateway.ts.

export interface GatewayEndpoint {
  /** Null: 127.0.0.1, because passwords travel in the clear. */
  readonly host: string | null
  readonly port: number
}

export type Protocol = 'xml-rpc' | 'zerorpc' | 'json-rpc' | 'grpc'

export type CodecName = 'text' | 'json' | 'message-pack' | 'protobuf'

export interface RouteOptions {
  /** What callers name, if it is not the route's own name; may end in `*`. */
  readonly method?: string
  readonly queue?: string
  readonly exchange?: string
  /** With an exchange; `{method}` stands for what the caller named. */
  readonly routingKey?: string
  readonly codec?: CodecName
  readonly timeoutMs?: number
}

export interface GatewayOptions {
  readonly xmlRpc: GatewayEndpoint | null
  readonly zerorpc: GatewayEndpoint | null
  readonly jsonRpc: GatewayEndpoint | null
  readonly grpc: GatewayEndpoint | null
  readonly vhost: string
  /** Where methods without a route go; `{method}` stands for what the caller named. Null: nowhere. */
  readonly defaultQueue: string | null
  readonly codec: CodecName
  readonly timeoutMs: number
  /** How long a call to a queue without consumers waits for one. */
  readonly workerWaitMs: number
  /** Calls of one listener that wait for their answers. */
  readonly runningMax: number
  /** Calls of one listener that wait until they may be sent. */
  readonly waitingMax: number
  /** Calls of one address and user that are under way. */
  readonly callerMax: number
  readonly bodyBytesMax: number
  /** As whom callers of this machine act who say no name; null: they are refused. */
  readonly anonymousUser: string | null
  readonly anonymousPassword: string
  readonly routes: Readonly<Record<string, RouteOptions>>
  readonly protoFile: string | null
  /** Full name; null: the only one of the file. */
  readonly protoService: string | null
  readonly curveSecretKey: string | null
  /** Public keys of the clients that are let in; with none, every client that knows the server's key. */
  readonly curveClients: readonly string[]
  /** As whom callers act that come by CURVE. */
  readonly curveUser: string | null
}
