// What can be chosen for gRPC, on both ends.
import type { ChannelCredentials, ServerCredentials } from '@grpc/grpc-js'
import type { Authenticate } from '../http/authenticate.ts'

/** A service of one's own `.proto`: its methods are the handlers of the same name. */
export interface ProtoOptions {
  /** The file, and where its imports are. */
  readonly file: string
  readonly includeDirs?: readonly string[]
  /** Full name, such as `shop.v1.Orders`. */
  readonly service: string
}

interface CommonOptions {
  /** Default 4 MiB, gRPC's own. */
  readonly messageBytesMax?: number
  /** Without it, the generic service is used: ListValue in, Value out, no `.proto` needed. */
  readonly proto?: ProtoOptions
}

export interface GrpcServerOptions extends CommonOptions {
  /** Methods whose messages stay bytes: the handler takes and returns them as they travel. */
  readonly verbatim?: (method: string) => boolean
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Default 0: any free port. */
  readonly port?: number
  /** Default without encryption. */
  readonly credentials?: ServerCredentials
  readonly authenticate?: Authenticate
  /** Package of the generic service. Default `rpc`. */
  readonly package?: string
  /** Default true. */
  readonly health?: boolean
  /** Default true. */
  readonly reflection?: boolean
  /** Streams of one connection at once. Default 1000. */
  readonly streamsMax?: number
}

export interface GrpcClientOptions extends CommonOptions {
  /** Default: none for `grpc://`, the system's certificates for `grpcs://`. */
  readonly credentials?: ChannelCredentials
  /** A bearer token. */
  readonly token?: string
}
