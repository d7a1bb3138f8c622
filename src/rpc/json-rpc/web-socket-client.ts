// The WebSocket half of the JSON-RPC client: many calls on one connection, streams with a window,
// cancellation. A lost connection fails the calls under way; the next call connects again.
import { WebSocket } from 'ws'
import type { ClientCall, ClientTransport, ServiceDescription } from '../call.ts'
import { RpcError } from '../error.ts'
import { authorizationOf } from '../http/authenticate.ts'
import { ItemQueue } from '../item-queue.ts'
import { decodeJson } from '../json/codec.ts'
import { isRecord } from '../value.ts'
import { descriptionOf } from './open-rpc.ts'
import type { JsonRpcClientOptions } from './options.ts'
import { requestText, resultOf } from './request.ts'

const defaultWindow = 256
const connectTimeoutMs = 10_000

export async function openWebSocket(
  url: URL,
  options: JsonRpcClientOptions,
): Promise<ClientTransport> {
  return new WebSocketClient(url, options)
}

interface Pending {
  readonly resolve: (value: unknown) => void
  readonly reject: (reason: unknown) => void
  stream: ItemQueue | undefined
}

class WebSocketClient implements ClientTransport {
  readonly #url: URL
  readonly #options: JsonRpcClientOptions
  readonly #window: number
  readonly #pending = new Map<number, Pending>()
  #opening: Promise<WebSocket> | undefined
  #lastId = 0

  constructor(url: URL, options: JsonRpcClientOptions) {
    this.#url = url
    this.#options = options
    this.#window = options.window ?? defaultWindow
  }

  call(call: ClientCall): Promise<unknown> {
    return this.#exchange(call.method, call.args, call)
  }

  async notify(call: ClientCall): Promise<void> {
    const socket = await this.#socket()
    socket.send(requestText(call.method, call.args, metaMember(call, undefined)))
  }

  async batch(calls: readonly ClientCall[]): Promise<PromiseSettledResult<unknown>[]> {
    // Frames of one connection are a batch already, and answers need not wait for one another.
    return Promise.allSettled(calls.map((call) => this.#exchange(call.method, call.args, call)))
  }

  async describe(whole: ClientCall): Promise<ServiceDescription> {
    return descriptionOf(await this.#exchange('rpc.discover', [], whole))
  }

  async close(): Promise<void> {
    const socket = await this.#opening?.catch(() => undefined)
    this.#opening = undefined
    if (socket === undefined || socket.readyState === WebSocket.CLOSED) return
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    socket.close(1000)
    const timer = setTimeout(() => socket.terminate(), 500)
    await closed
    clearTimeout(timer)
  }

  async #exchange(method: string, args: readonly unknown[], call: ClientCall): Promise<unknown> {
    const socket = await this.#socket()
    this.#lastId += 1
    const id = this.#lastId
    const text = requestText(method, args, `${metaMember(call, this.#window)},"id":${id}`)
    if (call.aborted !== undefined) throw call.aborted
    return new Promise((resolve, reject) => {
      const pending: Pending = { resolve, reject, stream: undefined }
      this.#pending.set(id, pending)
      call.onAbort((error) => {
        if (!this.#pending.delete(id)) return
        this.#control(socket, '$/cancelRequest', { id })
        reject(error)
        pending.stream?.fail(error)
      })
      socket.send(text)
    })
  }

  #control(socket: WebSocket, method: string, params: unknown): void {
    if (socket.readyState !== WebSocket.OPEN) return
    socket.send(JSON.stringify({ jsonrpc: '2.0', method, params }))
  }

  #socket(): Promise<WebSocket> {
    this.#opening ??= this.#open()
    return this.#opening
  }

  #open(): Promise<WebSocket> {
    const { token, tls } = this.#options
    const authorization = token === undefined ? authorizationOf(this.#url) : `Bearer ${token}`
    const bare = new URL(this.#url)
    bare.username = ''
    bare.password = ''
    const socket = new WebSocket(bare, {
      ...tls,
      perMessageDeflate: false,
      handshakeTimeout: connectTimeoutMs,
      maxPayload: this.#options.bodyBytesMax ?? 64 * 1024 * 1024,
      ...(authorization === undefined ? {} : { headers: { authorization } }),
    })
    return new Promise((resolve, reject) => {
      // An error is followed by `close`, by which time there may be a new connection already.
      let isLost = false
      const lose = (cause: Error | undefined): void => {
        if (isLost) return
        isLost = true
        this.#lost(cause, reject)
      }
      socket.on('open', () => resolve(socket))
      socket.on('message', (data: Buffer) => this.#receive(socket, data.toString('utf8')))
      socket.on('error', lose)
      socket.on('close', () => lose(undefined))
    })
  }

  #lost(cause: Error | undefined, reject: (error: RpcError) => void): void {
    // Other texts may hold any number: a port, an address.
    const denied = cause?.message === 'Unexpected server response: 401'
    const text = cause === undefined ? 'the connection was closed' : cause.message
    const error = new RpcError(denied ? 'UNAUTHENTICATED' : 'UNAVAILABLE', text, { cause })
    this.#opening = undefined
    reject(error)
    for (const pending of this.#pending.values()) {
      pending.reject(error)
      pending.stream?.fail(error)
    }
    this.#pending.clear()
  }

  #receive(socket: WebSocket, text: string): void {
    let message: unknown
    try {
      message = decodeJson(text)
    } catch {
      socket.close(1007, 'not JSON')
      return
    }
    if (!isRecord(message)) return
    if (message.method === 'rpc.stream') this.#item(socket, message.params)
    else if (typeof message.id === 'number') this.#settle(message.id, message)
  }

  #settle(id: number, message: Record<string, unknown>): void {
    // An answer that nobody waits for any more belongs to a call that was aborted.
    const pending = this.#pending.get(id)
    if (pending === undefined) return
    this.#pending.delete(id)
    try {
      const result = resultOf(message)
      if (pending.stream === undefined) pending.resolve(result)
      else pending.stream.end()
    } catch (reason) {
      if (pending.stream === undefined) pending.reject(reason)
      else pending.stream.fail(reason)
    }
  }

  #item(socket: WebSocket, params: unknown): void {
    const { id, value, open } = isRecord(params) ? params : {}
    const pending = typeof id === 'number' ? this.#pending.get(id) : undefined
    if (pending === undefined || typeof id !== 'number') return
    if (pending.stream === undefined) {
      let taken = 0
      pending.stream = new ItemQueue({
        limit: this.#window + 1,
        onTake: () => {
          taken += 1
          if (taken < this.#window / 2) return
          this.#control(socket, 'rpc.stream.more', { id, count: taken })
          taken = 0
        },
        onCancel: () => {
          if (this.#pending.delete(id)) this.#control(socket, '$/cancelRequest', { id })
        },
      })
      pending.resolve(pending.stream)
    }
    if (open !== true) pending.stream.push(value)
  }
}

function metaMember(call: ClientCall, window: number | undefined): string {
  const timeoutMs = call.remainingMs()
  const metadata = Object.keys(call.metadata).length === 0 ? undefined : call.metadata
  return `,"meta":${JSON.stringify({ window, timeoutMs, metadata })}`
}
