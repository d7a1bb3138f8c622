// What can be chosen for JSON-RPC, on both ends.
import type { HttpClientOptions } from '../http/client.ts'
import type { HttpServerOptions } from '../http/server.ts'

export interface HandlerOptions {
  /** Default 1000. */
  readonly batchMax?: number
  /** Default 128. */
  readonly depthMax?: number
}

export interface JsonRpcServerOptions extends HttpServerOptions, HandlerOptions {
  /** Default `/` and `/rpc`, for HTTP and WebSocket alike. */
  readonly paths?: readonly string[]
  /** Accept WebSocket connections. Default true. */
  readonly webSocket?: boolean
  /** `Origin`s of web pages that may open a WebSocket. Default none: only programs, no pages. */
  readonly allowedOrigins?: readonly string[]
  /** Requests of one WebSocket that may be under way. Default 1000. */
  readonly pendingMax?: number
}

export interface JsonRpcClientOptions extends HttpClientOptions {
  /** Items of a stream that are sent ahead of the reader, over WebSocket. Default 256. */
  readonly window?: number
}
