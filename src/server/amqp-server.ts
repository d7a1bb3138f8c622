// Listens for AMQP connections and looks after all of them: heartbeats, handshakes that take too
// long, the number of connections, and the end.

import { createServer, type Server, type Socket } from 'node:net'
import { Connection } from './connection.ts'
import type { ConnectionContext } from './connection-context.ts'

export interface AmqpServerOptions extends Omit<ConnectionContext, 'blockedReason'> {
  readonly host: string | undefined
  readonly port: number
  readonly backlog: number
  readonly handshakeTimeoutMs: number
  /** What clients meet first; plain TCP without it. */
  readonly front?: Front | undefined
}

/** Makes a listener that gives sockets on, once whatever comes before AMQP is done. */
export type Front = (accept: (socket: Socket) => void) => {
  readonly server: Server
  /** Ends connections that have not been given on either. */
  destroySockets(): void
}

const plainFront: Front = (accept) => ({
  server: createServer({ noDelay: true }, accept),
  destroySockets: () => undefined,
})

/** Connections beside those that the broker takes, for as long as a handshake may take. */
const handshakesMax = 1024
/** How often heartbeats are looked at: well below the shortest interval, a second. */
const tickMs = 250

export class AmqpServer {
  readonly #options: AmqpServerOptions
  readonly #server: Server
  readonly #destroySockets: () => void
  readonly #connections = new Set<Connection>()
  #ticker: NodeJS.Timeout | null = null
  #lastPort: number | null = null
  #blockedReason: string | null = null

  constructor(options: AmqpServerOptions) {
    this.#options = options
    const { server, destroySockets } = (options.front ?? plainFront)((socket) =>
      this.#accept(socket),
    )
    this.#server = server
    this.#destroySockets = destroySockets
    server.on('error', (error) => {
      // Who starts a listener is told of its failure.
      if (server.listening) options.logger.error('listener failed', { error })
    })
  }

  #accept(socket: Socket): void {
    const options = this.#options
    // The broker tells clients of its limit; this is for those that do not get as far.
    if (this.#connections.size >= options.core.limits.connectionsMax + handshakesMax) {
      options.logger.warn('connection refused: node connection limit is reached')
      socket.destroy()
      return
    }
    const context = { ...options, blockedReason: () => this.#blockedReason }
    const connection = new Connection(socket, context, (closed) => {
      clearTimeout(timeout)
      this.#connections.delete(closed)
    })
    this.#connections.add(connection)
    options.core.specimens.keep(connection)
    const timeout = setTimeout(() => {
      if (!connection.opened) socket.destroy()
    }, options.handshakeTimeoutMs)
    timeout.unref()
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  /** Again after `stop` or `stopListening`: on the same port, even one that was chosen by chance. */
  async start(): Promise<void> {
    if (this.#server.listening) return
    const { host, backlog } = this.#options
    const port = this.#lastPort ?? this.#options.port
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      const endpoint = { port, backlog, ...(host === undefined ? {} : { host }) }
      this.#server.listen(endpoint, () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
    this.#lastPort = this.port
    this.#ticker ??= setInterval(() => {
      const nowMs = Date.now()
      for (const connection of this.#connections) connection.tick(nowMs)
    }, tickMs)
  }

  /** Publishers wait while there is a reason; null lets them go on. */
  setBlocked(reason: string | null): void {
    this.#blockedReason = reason
    for (const connection of this.#connections) connection.setBlocked(reason)
  }

  /** Takes no new connections; those that are there live on. */
  stopListening(): void {
    this.#server.close()
  }

  /** Tells all clients that the broker goes, and waits a moment for them to agree. */
  async stop(graceMs: number): Promise<void> {
    if (this.#ticker !== null) clearInterval(this.#ticker)
    this.#ticker = null
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const connection of this.#connections) {
      connection.close("broker forced connection closure with reason 'shutdown'")
    }
    this.#options.turns.request()
    const timeout = setTimeout(() => {
      for (const connection of this.#connections) connection.destroy()
      this.#destroySockets()
    }, graceMs)
    await closed
    clearTimeout(timeout)
  }
}
