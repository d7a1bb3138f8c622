// One connection to an HTTP server, with one exchange on it at a time: a request written at once, a
// response read. Not a pool and no policy; nothing is ever sent twice.

import type { Socket } from 'node:net'
import { Linger } from '../../base/linger.ts'
import { RpcError } from '../error.ts'
import { type HttpResponse, ResponseReader } from './response-reader.ts'

export interface Exchange {
  /** Head and body of the request. */
  readonly request: string
  readonly encoding: 'latin1' | 'utf8'
  /** On which it is, or was. */
  connection: HttpConnection | undefined
  resolve(response: HttpResponse): void
  reject(error: RpcError): void
}

export interface ConnectionOwner {
  readonly bodyBytesMax: number
  /** The exchange is over and another one may follow. */
  onFree(connection: HttpConnection): void
  /** Nothing can follow; told once. */
  onGone(connection: HttpConnection): void
}

/** A server that closes idle connections does so a little before it says, as seen from here. */
const idleMarginMs = 1000

/** How long a caller looks for the answer before it sleeps, where answers come that soon. */
const lingerMs = 0.15

export class HttpConnection {
  readonly #socket: Socket
  readonly #owner: ConnectionOwner
  readonly #reader: ResponseReader
  readonly #linger: Linger = new Linger(lingerMs)
  #exchange: Exchange | undefined
  #usableUntilMs = Number.POSITIVE_INFINITY
  #isGone = false

  constructor(socket: Socket, owner: ConnectionOwner) {
    this.#socket = socket
    this.#owner = owner
    this.#reader = new ResponseReader(owner.bodyBytesMax)
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('end', () => this.#ended())
    socket.on('error', (cause) => this.destroy(connectionError(cause)))
    socket.on('close', () => this.#ended())
  }

  get isUsable(): boolean {
    return !this.#isGone && performance.now() < this.#usableUntilMs
  }

  run(exchange: Exchange): void {
    this.#exchange = exchange
    exchange.connection = this
    this.#socket.ref()
    this.#socket.write(exchange.request, exchange.encoding)
    this.#linger.begin()
  }

  /** An idle connection keeps no process alive. */
  idle(): void {
    this.#socket.unref()
  }

  /** The connection goes with the exchange: what was sent cannot be called back. */
  abort(exchange: Exchange, error: RpcError): void {
    if (this.#exchange === exchange) this.destroy(error)
  }

  destroy(error: RpcError): void {
    if (this.#isGone) return
    this.#isGone = true
    this.#socket.destroy()
    const exchange = this.#exchange
    this.#exchange = undefined
    this.#owner.onGone(this)
    exchange?.reject(error)
  }

  #receive(chunk: Buffer): void {
    if (this.#isGone) return
    this.#linger.interrupt()
    if (this.#exchange === undefined) {
      this.destroy(connectionError(new Error('an answer that nobody asked for')))
      return
    }
    try {
      const response = this.#reader.feed(chunk)
      if (response !== undefined) this.#answer(response)
    } catch (reason) {
      this.destroy(RpcError.from(reason, 'UNAVAILABLE'))
    }
  }

  #ended(): void {
    const response = this.#exchange === undefined ? undefined : this.#reader.end()
    if (response !== undefined) this.#answer(response)
    this.destroy(connectionError(new Error('the connection was closed')))
  }

  #answer(response: HttpResponse): void {
    const exchange = this.#exchange
    this.#exchange = undefined
    const { keepAlive, idleMs } = response.head
    // An answer that comes before the request has left is a refusal of the rest.
    const isClean = !response.hasSurplus && this.#socket.writableLength === 0
    if (keepAlive && isClean) {
      if (idleMs !== undefined) this.#usableUntilMs = performance.now() + idleMs - idleMarginMs
      this.#owner.onFree(this)
    } else this.destroy(connectionError(new Error('the connection was closed')))
    exchange?.resolve(response)
  }
}

export function connectionError(cause: Error): RpcError {
  // The error of several addresses that were all tried has no text of its own.
  const inner = cause instanceof AggregateError ? (cause.errors[0] as unknown) : cause
  const text = inner instanceof Error ? inner.message : cause.message
  return new RpcError('UNAVAILABLE', `no connection to the server: ${text}`, { cause })
}
