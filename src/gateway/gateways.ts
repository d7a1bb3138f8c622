// All gateways of a node: starts and stops the configured listeners, and tells the console about them.

import type { Logger } from '../base/logger.ts'
import type { TlsSource } from '../base/tls-settings.ts'
import type { BrokerCore } from '../broker/broker-core.ts'
import { Gatekeeper } from './authentication.ts'
import { createCodecs } from './codecs.ts'
import type { CallerFacts, ListenerFacts, MethodFacts, Trial, TrialOutcome } from './facts.ts'
import { Listener } from './listener.ts'
import type { GatewayEndpoint, GatewayOptions, Protocol } from './options.ts'
import { Routes } from './routes.ts'
import { prepareTransport } from './transports.ts'
import { tryCall } from './trial.ts'

export interface GatewaysOptions {
  readonly core: BrokerCore
  readonly config: GatewayOptions
  readonly logger: Logger
  /** Users that may come from this machine only. */
  readonly loopbackUsers: readonly string[]
  /** For XML-RPC, JSON-RPC and gRPC; null: they are served in the clear. */
  readonly tls: TlsSource | null
  /** Why the broker takes no messages now, such as `low on memory`, or null. */
  readonly blocked: () => string | null
}

const loopback = '127.0.0.1'
/** Calls under way get this long when the broker stops. */
const drainMs = 5000

export class Gateways {
  readonly #options: GatewaysOptions
  #listeners: readonly Listener[] = []

  constructor(options: GatewaysOptions) {
    this.#options = options
  }

  /** Starts all listeners or none. Throws RangeError for a configuration that contradicts itself. */
  async start(): Promise<void> {
    const routes = new Routes(this.#options.config)
    const started: Listener[] = []
    try {
      for (const [protocol, endpoint] of configured(this.#options.config)) {
        const listener = await this.#prepare(protocol, endpoint, routes)
        const { address } = listener.options
        await listener.start().catch((cause: unknown) => {
          const reason = cause instanceof Error ? cause.message : String(cause)
          const place = `${address}:${endpoint.port}`
          throw new Error(`the ${protocol} gateway cannot listen on ${place}: ${reason}`, { cause })
        })
        started.push(listener)
        this.#options.logger.info('gateway listens', { protocol, address, port: listener.port })
      }
    } catch (error) {
      await Promise.allSettled(started.map((listener) => listener.stop(0)))
      throw error
    }
    this.#listeners = started
  }

  async stop(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.stop(drainMs)))
    this.#listeners = []
  }

  listeners(): readonly ListenerFacts[] {
    const nowMs = Date.now()
    return this.#listeners.map(({ options, port, dispatcher }) => ({
      // There is one of each protocol.
      name: options.protocol,
      protocol: options.protocol,
      address: options.address,
      port,
      vhost: options.vhost,
      authentication: options.prepared.authentication,
      tls: this.#options.tls !== null && options.protocol !== 'zerorpc',
      callersNow: dispatcher.callers.list(nowMs).length,
      runningCalls: dispatcher.limiter.running,
      waitingCalls: dispatcher.limiter.waiting,
      routes: options.routes.all,
    }))
  }

  methods(): readonly MethodFacts[] {
    const nowMs = Date.now()
    return this.#listeners.flatMap(({ options: { protocol }, dispatcher }) =>
      dispatcher.methods.rows.map((row) => {
        const rates = row.rates(nowMs)
        const { method, target, calls, errors, busy, timeouts, lastError } = row
        const latencyMs = row.latencyMs(nowMs)
        const counts = { calls, errors, busy, timeouts, rate: rates.at(-2) ?? 0, rates }
        return { gateway: protocol, protocol, method, target, ...counts, latencyMs, lastError }
      }),
    )
  }

  callers(): readonly CallerFacts[] {
    const nowMs = Date.now()
    return this.#listeners.flatMap(({ options: { protocol }, dispatcher }) =>
      dispatcher.callers.list(nowMs).map((caller) => ({ gateway: protocol, ...caller })),
    )
  }

  async try(trial: Trial): Promise<TrialOutcome> {
    const listener = this.#listeners.find(({ options }) => options.protocol === trial.gateway)
    if (listener !== undefined) return tryCall(listener, trial)
    const message = `there is no gateway ${trial.gateway}`
    return { ok: false, code: 'NOT_FOUND', message, milliseconds: 0 }
  }

  async #prepare(
    protocol: Protocol,
    { host, port }: GatewayEndpoint,
    routes: Routes,
  ): Promise<Listener> {
    const { core, config, logger, loopbackUsers, blocked, tls } = this.#options
    const { anonymousUser: user, anonymousPassword: password } = config
    const gatekeeper = new Gatekeeper({
      rules: { access: core.access, hasher: core.hasher, loopbackUsers },
      anonymous: user === null ? null : { user, password },
      logger,
    })
    const address = host ?? loopback
    const settings = { options: config, host: address, port, gatekeeper, routes, tls, logger }
    const prepared = await prepareTransport[protocol](settings)
    const { vhost, runningMax, waitingMax, callerMax, workerWaitMs, bodyBytesMax } = config
    return new Listener({
      protocol,
      address,
      prepared,
      core,
      vhost,
      routes,
      codecs: createCodecs(),
      defaultUser: prepared.defaultUser,
      blocked,
      runningMax,
      waitingMax,
      callerMax,
      workerWaitMs,
      replyBytesMax: bodyBytesMax,
    })
  }
}

function configured(config: GatewayOptions): (readonly [Protocol, GatewayEndpoint])[] {
  const all: readonly (readonly [Protocol, GatewayEndpoint | null])[] = [
    ['xml-rpc', config.xmlRpc],
    ['zerorpc', config.zerorpc],
    ['json-rpc', config.jsonRpc],
    ['grpc', config.grpc],
  ]
  return all.flatMap(([protocol, endpoint]) => (endpoint === null ? [] : [[protocol, endpoint]]))
}
