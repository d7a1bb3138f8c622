// What the API shows of the RPC gateways: listeners, the methods that were called, who calls, and a way
// to try a call. Implemented by the gateway folder and joined in the composition root.

export interface GatewayListenerFacts {
  /** As configured, unique in the node. */
  readonly name: string
  readonly protocol: 'xml-rpc' | 'zerorpc' | 'json-rpc' | 'grpc'
  readonly address: string
  readonly port: number
  readonly vhost: string
  /** How callers prove who they are: 'basic', 'curve', 'loopback'. */
  readonly authentication: string
  readonly tls: boolean
  readonly callersNow: number
  readonly runningCalls: number
  readonly waitingCalls: number
  readonly routes: readonly GatewayRouteFacts[]
}

export interface GatewayRouteFacts {
  /** What callers name: an exact method, or a pattern that ends in `*`. */
  readonly method: string
  readonly exchange: string
  readonly routingKey: string
  /** 'text', 'json', 'message-pack', 'protobuf'. */
  readonly codec: string
  readonly timeoutMs: number
}

export interface GatewayMethodFacts {
  readonly gateway: string
  readonly protocol: string
  readonly method: string
  /** The queue that the calls go to, or the exchange where the route names one. */
  readonly target: string
  readonly calls: number
  readonly errors: number
  /** Told that no worker could take the call. */
  readonly busy: number
  readonly timeouts: number
  /** Calls in the last second, and in each of the last 60 seconds, oldest first. */
  readonly rate: number
  readonly rates: readonly number[]
  /** Milliseconds; null before the first answer. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number } | null
  /** The most recent error, for people. */
  readonly lastError: { readonly atMs: number; readonly code: string; readonly text: string } | null
}

export interface GatewayCallerFacts {
  readonly gateway: string
  readonly peer: string
  readonly user: string
  readonly connectedAtMs: number
  readonly calls: number
  readonly runningCalls: number
}

export interface GatewayTrial {
  readonly gateway: string
  readonly method: string
  readonly parameters: readonly unknown[]
  readonly timeoutMs: number
  /** Whose permissions count. */
  readonly user: string
}

export type GatewayTrialOutcome =
  /** The result as JSON can carry it. */
  | { readonly ok: true; readonly result: unknown; readonly milliseconds: number }
  | {
      readonly ok: false
      readonly code: string
      readonly message: string
      readonly milliseconds: number
    }

export interface Gateways {
  listeners(): readonly GatewayListenerFacts[]
  methods(): readonly GatewayMethodFacts[]
  callers(): readonly GatewayCallerFacts[]
  try(trial: GatewayTrial): Promise<GatewayTrialOutcome>
}
