// The HTTP client below XML-RPC and JSON-RPC: kept-alive connections, limits, abort. One POST, one
// answer; nothing is sent twice, since the first may have been executed.
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { type AgentOptions, request as httpsRequest, Agent as TlsAgent } from 'node:https'
import type { ClientCall } from '../call.ts'
import { RpcError } from '../error.ts'
import { authorizationOf } from './authenticate.ts'
import { BodyError, readBody } from './body.ts'
import { headersFor } from './headers.ts'

export interface HttpClientOptions {
  /** Connections at once; further calls wait for one. Default 64. */
  readonly connectionsMax?: number
  /** Of an answer, after decompression. Default 64 MiB. */
  readonly bodyBytesMax?: number
  /** Certificates and the like, for https. */
  readonly tls?: AgentOptions
  /** A bearer token; user name and password go into the URL. */
  readonly token?: string
  /** Ask for compressed answers. Default false: it costs more time than it saves on a fast network. */
  readonly gzip?: boolean
}

export class HttpChannel {
  readonly #agent: Agent | TlsAgent
  readonly #request: typeof httpRequest
  readonly #target: { readonly host: string; readonly port: number; readonly path: string }
  readonly #headers: Record<string, string>
  readonly #bodyBytesMax: number

  constructor(url: URL, contentType: string, options: HttpClientOptions = {}) {
    const secure = url.protocol.endsWith('https:')
    const pool = {
      keepAlive: true,
      maxSockets: options.connectionsMax ?? 64,
      scheduling: 'lifo',
    } as const
    this.#agent = secure ? new TlsAgent({ ...options.tls, ...pool }) : new Agent(pool)
    this.#request = secure ? httpsRequest : httpRequest
    this.#target = {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port || (secure ? 443 : 80)),
      path: `${url.pathname || '/'}${url.search}`,
    }
    const authorization =
      options.token === undefined ? authorizationOf(url) : `Bearer ${options.token}`
    this.#headers = {
      'content-type': contentType,
      'user-agent': 'warren-rpc',
      ...(authorization === undefined ? {} : { authorization }),
      ...(options.gzip === true ? { 'accept-encoding': 'gzip' } : {}),
    }
    this.#bodyBytesMax = options.bodyBytesMax ?? 64 * 1024 * 1024
  }

  /** The body of a 2xx answer; everything else is an RpcError. */
  post(body: string, call: ClientCall): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const request: ClientRequest = this.#request({
        ...this.#target,
        method: 'POST',
        agent: this.#agent,
        headers: {
          ...this.#headers,
          ...headersFor(call),
          'content-length': Buffer.byteLength(body),
        },
      })
      call.onAbort((error) => {
        reject(error)
        request.destroy()
      })
      request.on('error', (cause) => reject(connectionError(cause)))
      request.on('response', (response) => {
        this.#read(response).then(resolve, (reason: unknown) => {
          request.destroy()
          reject(reason)
        })
      })
      request.end(body)
    })
  }

  close(): void {
    this.#agent.destroy()
  }

  async #read(response: IncomingMessage): Promise<Buffer> {
    const status = response.statusCode ?? 0
    try {
      const body = await readBody(response, this.#bodyBytesMax)
      if (status >= 200 && status < 300) return body
      throw statusError(status, body.toString('utf8', 0, 200).trim())
    } catch (reason) {
      if (!(reason instanceof BodyError)) throw reason
      const code = reason.status === 413 ? 'RESOURCE_EXHAUSTED' : 'UNAVAILABLE'
      throw new RpcError(code, `the answer cannot be read: ${reason.message}`, { cause: reason })
    }
  }
}

function connectionError(cause: Error): RpcError {
  return new RpcError('UNAVAILABLE', `no connection to the server: ${cause.message}`, { cause })
}

function statusError(status: number, text: string): RpcError {
  const details = { httpStatus: status }
  const message = `the server answered HTTP ${status}${text === '' ? '' : `: ${text}`}`
  if (status === 401) return new RpcError('UNAUTHENTICATED', message, { details })
  if (status === 403) return new RpcError('PERMISSION_DENIED', message, { details })
  if (status === 404) return new RpcError('UNIMPLEMENTED', message, { details })
  if (status === 413 || status === 429)
    return new RpcError('RESOURCE_EXHAUSTED', message, { details })
  if (status === 502 || status === 503 || status === 504) {
    return new RpcError('UNAVAILABLE', message, { details })
  }
  return new RpcError('INTERNAL', message, { details })
}
