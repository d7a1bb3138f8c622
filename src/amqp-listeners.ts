// All AMQP listeners of a node as one: they share the broker and its turns, and come and go together.

import type { Endpoint } from './config/value-types.ts'
import { AmqpServer, type AmqpServerOptions, type Front } from './server/amqp-server.ts'

export interface ListeningEndpoint {
  readonly protocol: 'amqp' | 'amqp/ssl'
  /** `::` stands for every address. */
  readonly address: string
  readonly port: number
}

export interface AmqpEndpoints {
  readonly plain: readonly Endpoint[]
  readonly tls: readonly Endpoint[]
  /** What the TLS ones begin with; null when there are none. */
  readonly tlsFront: Front | null
}

interface Listener {
  readonly protocol: ListeningEndpoint['protocol']
  readonly endpoint: Endpoint
  readonly server: AmqpServer
}

export class AmqpListeners {
  readonly #listeners: readonly Listener[]

  constructor(
    { plain, tls, tlsFront }: AmqpEndpoints,
    shared: Omit<AmqpServerOptions, 'host' | 'port'>,
  ) {
    const listener = (endpoint: Endpoint, front?: Front): Listener => ({
      protocol: front === undefined ? 'amqp' : 'amqp/ssl',
      endpoint,
      server: new AmqpServer({
        ...shared,
        front,
        host: endpoint.host ?? undefined,
        port: endpoint.port,
      }),
    })
    this.#listeners = [
      ...plain.map((endpoint) => listener(endpoint)),
      ...(tlsFront === null ? [] : tls.map((endpoint) => listener(endpoint, tlsFront))),
    ]
  }

  /** Where clients can connect to now. */
  get endpoints(): readonly ListeningEndpoint[] {
    return this.#listeners
      .map(({ protocol, endpoint, server }) => ({
        protocol,
        address: endpoint.host ?? '::',
        port: server.port,
      }))
      .filter(({ port }) => port !== 0)
  }

  /** All of them or none. */
  async start(): Promise<void> {
    try {
      for (const { server } of this.#listeners) await server.start()
    } catch (error) {
      await this.stop(0)
      throw error
    }
  }

  /** Takes no new connections; those that are there live on. `resume` listens on the same ports. */
  suspend(): void {
    for (const { server } of this.#listeners) server.stopListening()
  }

  get suspended(): boolean {
    return this.#listeners.length > 0 && this.endpoints.length === 0
  }

  async resume(): Promise<void> {
    for (const { server } of this.#listeners) await server.start()
  }

  setBlocked(reason: string | null): void {
    for (const { server } of this.#listeners) server.setBlocked(reason)
  }

  async stop(graceMs: number): Promise<void> {
    await Promise.all(this.#listeners.map(({ server }) => server.stop(graceMs)))
  }
}
