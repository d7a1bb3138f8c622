// All AMQP listeners of a node as one: they share the broker and its turns, and come and go together.

import type { Endpoint } from './config/value-types.ts'
import { AmqpServer, type AmqpServerOptions } from './server/amqp-server.ts'

export interface ListeningEndpoint {
  /** `::` stands for every address. */
  readonly address: string
  readonly port: number
}

export class AmqpListeners {
  readonly #listeners: readonly { readonly endpoint: Endpoint; readonly server: AmqpServer }[]

  constructor(endpoints: readonly Endpoint[], shared: Omit<AmqpServerOptions, 'host' | 'port'>) {
    this.#listeners = endpoints.map((endpoint) => ({
      endpoint,
      server: new AmqpServer({
        ...shared,
        host: endpoint.host ?? undefined,
        port: endpoint.port,
      }),
    }))
  }

  /** The first listener's port; 0 while nothing listens. */
  get port(): number {
    return this.#listeners[0]?.server.port ?? 0
  }

  /** Where clients can connect to now. */
  get endpoints(): readonly ListeningEndpoint[] {
    return this.#listeners
      .map(({ endpoint, server }) => ({ address: endpoint.host ?? '::', port: server.port }))
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

  setBlocked(reason: string | null): void {
    for (const { server } of this.#listeners) server.setBlocked(reason)
  }

  async stop(graceMs: number): Promise<void> {
    await Promise.all(this.#listeners.map(({ server }) => server.stop(graceMs)))
  }
}
