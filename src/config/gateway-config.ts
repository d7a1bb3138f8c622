// The configuration of the RPC gateways; part of Config.

import type { Endpoint } from './value-types.ts'

export const GatewayCodecs = ['text', 'json', 'message-pack', 'protobuf'] as const
export type GatewayCodec = (typeof GatewayCodecs)[number]

export interface GatewayRouteConfig {
  readonly method?: string
  readonly queue?: string
  readonly exchange?: string
  readonly routingKey?: string
  readonly codec?: GatewayCodec
  readonly timeoutMs?: number
}

export interface GatewayConfig {
  /** Null: not served. A host of null is this machine alone. */
  readonly xmlRpc: Endpoint | null
  readonly zerorpc: Endpoint | null
  readonly jsonRpc: Endpoint | null
  readonly grpc: Endpoint | null
  /** Null: the virtual host of the first start. */
  readonly vhost: string | null
  readonly defaultQueue: string | null
  readonly codec: GatewayCodec
  readonly timeoutMs: number
  readonly workerWaitMs: number
  readonly runningMax: number
  readonly waitingMax: number
  readonly callerMax: number
  readonly bodyBytesMax: number
  readonly anonymousUser: string | null
  readonly anonymousPassword: string
  readonly routes: Readonly<Record<string, GatewayRouteConfig>>
  readonly protoFile: string | null
  readonly protoService: string | null
  readonly curveSecretKey: string | null
  readonly curveClients: readonly string[]
  readonly curveUser: string | null
}
