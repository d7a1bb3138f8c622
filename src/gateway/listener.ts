// One configured listener: a transport of warren/rpc, and what stands behind it.

import type { Dispatcher, Endpoint } from '../rpc/call.ts'
import { RpcError } from '../rpc/error.ts'
import { GatewayDispatcher, type GatewayDispatcherOptions } from './dispatcher.ts'
import type { Protocol } from './options.ts'
import type { PreparedTransport } from './prepared-transport.ts'
import { type LinksOptions, UserLinks } from './user-links.ts'

export interface ListenerOptions
  extends Omit<GatewayDispatcherOptions, 'links' | 'methodNames'>,
    Pick<LinksOptions, 'core' | 'vhost'> {
  readonly protocol: Protocol
  readonly address: string
  readonly prepared: PreparedTransport
}

export class Listener {
  readonly options: ListenerOptions
  readonly dispatcher: GatewayDispatcher
  /** Where calls that people try come in: with values, whatever the wire has. */
  readonly tried: Dispatcher
  readonly #served: Dispatcher
  readonly #links: UserLinks
  #endpoint: Endpoint | null = null

  constructor(options: ListenerOptions) {
    const { protocol, address, vhost, core, prepared } = options
    this.options = options
    const place = (): { address: string; port: number } => ({ address, port: this.port })
    this.#links = new UserLinks({ core, vhost, name: protocol, place })
    const { methodNames, served, tried } = prepared
    this.dispatcher = new GatewayDispatcher({ ...options, methodNames, links: this.#links })
    this.#served = served?.(this.dispatcher) ?? this.dispatcher
    this.tried = tried?.(this.dispatcher) ?? this.dispatcher
  }

  /** 0 while it does not listen. */
  get port(): number {
    return this.#endpoint === null ? 0 : Number(new URL(this.#endpoint.url).port)
  }

  async start(): Promise<void> {
    this.#endpoint = await this.options.prepared.transport.listen(this.#served)
  }

  /** Takes no more calls, lets those under way end, and closes the connections. */
  async stop(graceMs: number): Promise<void> {
    await this.#endpoint?.stop()
    await this.dispatcher.drain(graceMs)
    await this.#endpoint?.close()
    this.#endpoint = null
    this.#links.end(new RpcError('UNAVAILABLE', 'the broker is stopping'))
  }
}
