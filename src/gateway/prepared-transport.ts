// What a listener needs to know of its transport, and what the transport is made from.

import type { Logger } from '../base/logger.ts'
import type { TlsSource } from '../base/tls-settings.ts'
import type { Dispatcher, ServerCall, ServerTransport } from '../rpc/call.ts'
import type { Gatekeeper } from './authentication.ts'
import type { GatewayOptions } from './options.ts'
import type { Routes } from './routes.ts'

export interface PreparedTransport {
  readonly transport: ServerTransport
  /** How callers prove who they are. */
  readonly authentication: 'basic' | 'curve' | 'loopback'
  /** Methods that are known without a route. */
  readonly methodNames: readonly string[]
  /** Who calls, where the transport does not say. */
  readonly defaultUser: (call: ServerCall) => string | undefined
  /** What the transport is to see of the dispatcher, if it is not the dispatcher itself. */
  readonly served?: (inner: Dispatcher) => Dispatcher
  readonly tried?: (inner: Dispatcher) => Dispatcher
}

export interface TransportSettings {
  /** Null: calls come in the clear. */
  readonly tls: TlsSource | null
  readonly logger: Logger
  readonly options: GatewayOptions
  readonly host: string
  readonly port: number
  readonly gatekeeper: Gatekeeper
  readonly routes: Routes
}
