// What gateways tell of themselves to the console and the HTTP API, whose view of it is the interface
// Gateways in src/management/gateways.ts; the composition root holds the two together.

import type { Percentiles } from './latencies.ts'
import type { LastError } from './method-statistics.ts'
import type { Protocol } from './options.ts'

export interface RouteFacts {
  readonly method: string
  readonly exchange: string
  readonly routingKey: string
  readonly codec: string
  readonly timeoutMs: number
}

export interface ListenerFacts {
  readonly name: string
  readonly protocol: Protocol
  readonly address: string
  readonly port: number
  readonly vhost: string
  readonly authentication: string
  readonly tls: boolean
  readonly callersNow: number
  readonly runningCalls: number
  readonly waitingCalls: number
  readonly routes: readonly RouteFacts[]
}

export interface MethodFacts {
  readonly gateway: string
  readonly protocol: string
  readonly method: string
  readonly target: string
  readonly calls: number
  readonly errors: number
  readonly busy: number
  readonly timeouts: number
  readonly rate: number
  readonly rates: readonly number[]
  readonly latencyMs: Percentiles | null
  readonly lastError: LastError | null
}

export interface CallerFacts {
  readonly gateway: string
  readonly peer: string
  readonly user: string
  readonly connectedAtMs: number
  readonly calls: number
  readonly runningCalls: number
}

export interface Trial {
  readonly gateway: string
  readonly method: string
  readonly parameters: readonly unknown[]
  readonly timeoutMs: number
  readonly user: string
}

export type TrialOutcome =
  | { readonly ok: true; readonly result: unknown; readonly milliseconds: number }
  | {
      readonly ok: false
      readonly code: string
      readonly message: string
      readonly milliseconds: number
    }
