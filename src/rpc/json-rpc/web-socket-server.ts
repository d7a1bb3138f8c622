// JSON-RPC over WebSocket: one text frame, one message. What HTTP has and WebSocket has not is done
// by notifications, as editors' language servers do:
//
//   client -> server   $/cancelRequest {id}              stop working on it
//   server -> client   rpc.stream {id, seq, value}       an item; the response ends the stream
//   client -> server   rpc.stream.more {id, count}       may send that many more items
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { ServerCall } from '../call.ts'
import { RpcError } from '../error.ts'
import { principalOf } from '../http/authenticate.ts'
import { metadataOf } from '../http/headers.ts'
import { type HttpListener, hostAllowed, peerOf } from '../http/server.ts'
import { encodeJson } from '../json/codec.ts'
import { StreamWindow } from '../stream-window.ts'
import { isRecord } from '../value.ts'
import type { Id } from './codec.ts'
import type { Caller, JsonRpcHandler, Request } from './handler.ts'
import type { JsonRpcServerOptions } from './options.ts'

/** A peer that does not read is not read from either. */
const bufferedBytesMax = 1024 * 1024
const pingEveryMs = 30_000

interface Options extends JsonRpcServerOptions {
  readonly paths: readonly string[]
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
}

function refusal(request: IncomingMessage, options: Options): string | undefined {
  const { origin } = request.headers
  if (!hostAllowed(request, options.allowedHosts)) return '403 Forbidden'
  // A page of any site may open a WebSocket to any address: browsers leave the check to us.
  if (origin !== undefined && options.allowedOrigins?.includes(origin) !== true)
    return '403 Forbidden'
  if (!options.paths.includes(request.url ?? '')) return '404 Not Found'
  return undefined
}

export function acceptWebSockets(
  handler: JsonRpcHandler,
  listener: HttpListener,
  options: Options,
): { close(): Promise<void> } {
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: options.bodyBytesMax ?? 10 * 1024 * 1024,
  })
  const sessions = new Set<Session>()
  const accept = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const peer = peerOf(request)
    const { authorization } = request.headers
    const principal = await principalOf(options.authenticate, authorization, peer)
    server.handleUpgrade(request, socket, head, (webSocket) => {
      const metadata = metadataOf(request.headers)
      const session = new Session(webSocket, handler, options.pendingMax ?? 1000)
      sessions.add(session)
      webSocket.on('close', () => sessions.delete(session))
      session.start({ peer, principal, metadata })
    })
  }
  listener.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    const refused = refusal(request, options)
    if (refused !== undefined) refuse(socket, refused)
    else accept(request, socket, head).catch(() => refuse(socket, '401 Unauthorized'))
  })
  return {
    close: async () => {
      // The calls have ended, but their answers may not have been handed to the socket yet.
      await Promise.all([...sessions].map((session) => session.answered()))
      for (const client of server.clients) client.close(1001, 'going away')
      const patience = setTimeout(() => {
        for (const client of server.clients) client.terminate()
      }, 500)
      await new Promise<void>((resolve) => server.close(() => resolve()))
      while (server.clients.size > 0) await new Promise((resolve) => setTimeout(resolve, 5))
      clearTimeout(patience)
    },
  }
}

class Session {
  readonly #socket: WebSocket
  readonly #handler: JsonRpcHandler
  readonly #pendingMax: number
  readonly #calls = new Map<Id, ServerCall>()
  readonly #unnamed = new Set<ServerCall>()
  readonly #windows = new Map<string, StreamWindow>()
  #pending = 0
  #alive = true

  constructor(socket: WebSocket, handler: JsonRpcHandler, pendingMax: number) {
    this.#socket = socket
    this.#handler = handler
    this.#pendingMax = pendingMax
  }

  start(peer: Pick<Caller, 'peer' | 'principal' | 'metadata'>): void {
    const caller: Caller = {
      ...peer,
      transport: 'json-rpc',
      timeoutMs: undefined,
      started: (id, call) => this.#started(id, call),
      ended: (id, call) => this.#ended(id, call),
      stream: (id, items, request) => this.#stream(id, items, request),
      control: (method, params) => this.#control(method, params),
    }
    const ping = setInterval(() => this.#ping(), pingEveryMs)
    this.#socket.on('pong', () => {
      this.#alive = true
    })
    this.#socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.#socket.close(1003, 'send text')
      else this.#receive(data.toString('utf8'), caller)
    })
    this.#socket.on('error', () => this.#socket.terminate())
    this.#socket.on('close', () => {
      clearInterval(ping)
      const gone = new RpcError('CANCELLED', 'the caller has gone')
      for (const call of [...this.#calls.values(), ...this.#unnamed]) call.abort(gone)
      for (const window of this.#windows.values()) window.close()
    })
  }

  /** Resolves when nothing is left to be answered, or after half a second. */
  async answered(): Promise<void> {
    const until = performance.now() + 500
    while (this.#pending > 0 && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }

  #receive(text: string, caller: Caller): void {
    this.#pending += 1
    // One that has too many requests under way is not read until some are answered.
    if (this.#pending >= this.#pendingMax) this.#socket.pause()
    this.#handler.answer(text, caller).then(
      (answer) => {
        this.#pending -= 1
        if (answer !== undefined) this.#send(answer)
        this.#resume()
      },
      () => this.#socket.terminate(),
    )
  }

  #send(text: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.#socket.send(text, () => this.#resume())
    if (this.#socket.bufferedAmount > bufferedBytesMax) this.#socket.pause()
  }

  #resume(): void {
    const free = this.#pending < this.#pendingMax
    if (free && this.#socket.isPaused && this.#socket.bufferedAmount <= bufferedBytesMax) {
      this.#socket.resume()
    }
  }

  #started(id: Id | undefined, call: ServerCall): void {
    // Two requests with one id can both run, but only the first can be cancelled by it.
    if (id === undefined || id === null || this.#calls.has(id)) this.#unnamed.add(call)
    else this.#calls.set(id, call)
  }

  #ended(id: Id | undefined, call: ServerCall): void {
    if (this.#unnamed.delete(call)) return
    if (id !== undefined) this.#calls.delete(id)
  }

  #control(method: string, params: unknown): boolean {
    if (method !== '$/cancelRequest' && method !== 'rpc.stream.more') return false
    const { id, count } = isRecord(params) ? params : {}
    if (typeof id !== 'string' && typeof id !== 'number') return true
    if (method === '$/cancelRequest') {
      this.#calls.get(id)?.abort(new RpcError('CANCELLED', 'cancelled by the caller'))
      this.#windows.get(JSON.stringify(id))?.close()
    } else if (typeof count === 'number' && Number.isSafeInteger(count) && count > 0) {
      this.#windows.get(JSON.stringify(id))?.add(count)
    }
    return true
  }

  async #stream(id: string, items: AsyncIterable<unknown>, request: Request): Promise<void> {
    const asked = isRecord(request.meta) ? request.meta.window : undefined
    // A client that knows nothing of windows gets everything, at the pace of its socket.
    const window = new StreamWindow(typeof asked === 'number' ? asked : Number.POSITIVE_INFINITY)
    this.#windows.set(id, window)
    try {
      let seq = 0
      await this.#sendNow(
        `{"jsonrpc":"2.0","method":"rpc.stream","params":{"id":${id},"open":true}}`,
      )
      for await (const value of items) {
        if (!(await window.take()) || this.#socket.readyState !== this.#socket.OPEN) return
        const params = `{"id":${id},"seq":${seq},"value":${encodeJson(value)}}`
        const sent = this.#sendNow(`{"jsonrpc":"2.0","method":"rpc.stream","params":${params}}`)
        if (this.#socket.bufferedAmount > bufferedBytesMax) await sent
        seq += 1
      }
    } finally {
      this.#windows.delete(id)
    }
  }

  #sendNow(text: string): Promise<void> {
    // An error means that the socket is closed, which ends the call by itself.
    return new Promise((resolve) => this.#socket.send(text, () => resolve()))
  }

  #ping(): void {
    if (!this.#alive) {
      this.#socket.terminate()
      return
    }
    this.#alive = false
    this.#socket.ping()
  }
}
