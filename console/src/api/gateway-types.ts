// The parts of the API's answers about RPC gateways that the console reads.

export interface GatewayInfo {
  readonly name: string
  readonly protocol: string
  readonly address: string
  readonly port: number
  readonly vhost: string
  readonly authentication: string
  readonly tls: boolean
  readonly callers: number
  readonly running_calls: number
  readonly waiting_calls: number
  readonly routes: readonly GatewayRoute[]
}

export interface GatewayRoute {
  readonly method: string
  readonly exchange: string
  readonly routing_key: string
  readonly codec: string
  readonly timeout_ms: number
}

export interface GatewayMethod {
  readonly name: string
  readonly gateway: string
  readonly protocol: string
  readonly target: string
  readonly calls: number
  readonly errors: number
  readonly busy: number
  readonly timeouts: number
  readonly rate: number
  /** Calls in each of the last 60 seconds, oldest first. */
  readonly rates: readonly number[]
  readonly latency_ms: { readonly p50: number; readonly p95: number; readonly p99: number } | null
  readonly last_error: { readonly at: number; readonly code: string; readonly text: string } | null
}

export interface GatewayCaller {
  readonly name: string
  readonly gateway: string
  readonly user: string
  readonly connected_at: number
  readonly calls: number
  readonly running_calls: number
}

export type TrialOutcome =
  | { readonly ok: true; readonly result: unknown; readonly milliseconds: number }
  | {
      readonly ok: false
      readonly code: string
      readonly message: string
      readonly milliseconds: number
    }
