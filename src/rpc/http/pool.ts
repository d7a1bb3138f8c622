// Connections to one HTTP server, kept alive and bounded. The one used last is taken first, so that
// those a burst has left behind grow old; exchanges beyond the bound wait in order.
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { RpcError } from '../error.ts'
import {
  type ConnectionOwner,
  connectionError,
  type Exchange,
  HttpConnection,
} from './connection.ts'

export interface PoolTarget {
  readonly host: string
  readonly port: number
  /** For https. */
  readonly tls: ConnectionOptions | undefined
}

export interface PoolLimits {
  readonly connectionsMax: number
  readonly bodyBytesMax: number
}

export class HttpPool implements ConnectionOwner {
  readonly bodyBytesMax: number
  readonly #target: PoolTarget
  readonly #connectionsMax: number
  readonly #connections = new Set<HttpConnection>()
  readonly #idle: HttpConnection[] = []
  readonly #waiting = new Set<Exchange>()
  #isClosed = false

  constructor(target: PoolTarget, limits: PoolLimits) {
    this.#target = target
    this.#connectionsMax = limits.connectionsMax
    this.bodyBytesMax = limits.bodyBytesMax
  }

  run(exchange: Exchange): void {
    if (this.#isClosed) {
      exchange.reject(closedError())
      return
    }
    const connection = this.#takeIdle() ?? this.#open()
    if (connection === undefined) this.#waiting.add(exchange)
    else connection.run(exchange)
  }

  abort(exchange: Exchange, error: RpcError): void {
    if (this.#waiting.delete(exchange)) exchange.reject(error)
    else exchange.connection?.abort(exchange, error)
  }

  close(): void {
    this.#isClosed = true
    const error = closedError()
    for (const exchange of this.#waiting) exchange.reject(error)
    this.#waiting.clear()
    for (const connection of this.#connections) connection.destroy(error)
  }

  onFree(connection: HttpConnection): void {
    const [next] = this.#waiting
    if (next === undefined) {
      connection.idle()
      this.#idle.push(connection)
      return
    }
    this.#waiting.delete(next)
    connection.run(next)
  }

  onGone(connection: HttpConnection): void {
    this.#connections.delete(connection)
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
    const [next] = this.#waiting
    if (next === undefined || this.#isClosed) return
    this.#waiting.delete(next)
    this.run(next)
  }

  #takeIdle(): HttpConnection | undefined {
    for (let one = this.#idle.pop(); one !== undefined; one = this.#idle.pop()) {
      if (one.isUsable) return one
      one.destroy(connectionError(new Error('idle for too long')))
    }
    return undefined
  }

  #open(): HttpConnection | undefined {
    if (this.#connections.size >= this.#connectionsMax) return undefined
    const connection = new HttpConnection(this.#connect(), this)
    this.#connections.add(connection)
    return connection
  }

  #connect(): Socket {
    const { host, port, tls } = this.#target
    if (tls === undefined) return connectPlain({ host, port, noDelay: true })
    // [RFC 6066] The name of a server is no address.
    const servername = isIP(host) === 0 ? { servername: host } : {}
    return connectTls({ host, port, ALPNProtocols: ['http/1.1'], ...servername, ...tls })
  }
}

function closedError(): RpcError {
  return new RpcError('CANCELLED', 'the client is closed')
}
