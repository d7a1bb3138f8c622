// The HTTP client below XML-RPC and JSON-RPC. One POST, one answer; nothing is sent twice, since the
// first may have been executed. Redirects are not followed. Why not Node's client: decision 23.
import type { ConnectionOptions } from 'node:tls'
import type { ClientCall } from '../call.ts'
import { RpcError } from '../error.ts'
import { authorizationOf } from './authenticate.ts'
import { BodyError, inflated } from './body.ts'
import type { Exchange } from './connection.ts'
import { headerLines, headersFor } from './headers.ts'
import { HttpPool } from './pool.ts'
import type { HttpResponse } from './response-reader.ts'

export interface HttpClientOptions {
  /** Connections at once; further calls wait for one. Default 64. */
  readonly connectionsMax?: number
  /** Of an answer, after decompression. Default 64 MiB. */
  readonly bodyBytesMax?: number
  /** Certificates and the like, for https. */
  readonly tls?: ConnectionOptions
  /** A bearer token; user name and password go into the URL. */
  readonly token?: string
  /** Ask for compressed answers. Default false: it costs more time than it saves on a fast network. */
  readonly gzip?: boolean
}

export class HttpChannel {
  readonly #pool: HttpPool
  /** What is the same in the head of every request. */
  readonly #head: string

  constructor(url: URL, contentType: string, options: HttpClientOptions = {}) {
    const secure = url.protocol.endsWith('https:')
    const port = Number(url.port || (secure ? 443 : 80))
    const host = url.hostname.replace(/^\[|\]$/g, '')
    this.#pool = new HttpPool(
      { host, port, tls: secure ? { ...options.tls } : undefined },
      {
        connectionsMax: options.connectionsMax ?? 64,
        bodyBytesMax: options.bodyBytesMax ?? 64 * 1024 * 1024,
      },
    )
    const authorization =
      options.token === undefined ? authorizationOf(url) : `Bearer ${options.token}`
    this.#head =
      `POST ${url.pathname || '/'}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\n` +
      headerLines({
        'content-type': contentType,
        'user-agent': 'warren-rpc',
        ...(authorization === undefined ? {} : { authorization }),
        ...(options.gzip === true ? { 'accept-encoding': 'gzip' } : {}),
      })
  }

  /** The body of a 2xx answer; everything else is an RpcError. */
  post(body: string, call: ClientCall): Promise<Buffer> {
    const size = Buffer.byteLength(body)
    const head = `${this.#head}${headersFor(call)}content-length: ${size}\r\n\r\n`
    return new Promise((resolve, reject) => {
      const exchange: Exchange = {
        request: head + body,
        // A head is ASCII; what is ASCII as a whole is written faster.
        encoding: size === body.length ? 'latin1' : 'utf8',
        connection: undefined,
        resolve: (response) => {
          if (response.head.status === 200 && response.head.contentEncoding === 'identity') {
            resolve(response.body)
          } else this.#contentOf(response).then(resolve, reject)
        },
        reject,
      }
      this.#pool.run(exchange)
      call.onAbort((error) => this.#pool.abort(exchange, error))
    })
  }

  close(): void {
    this.#pool.close()
  }

  async #contentOf(response: HttpResponse): Promise<Buffer> {
    const { status, contentEncoding } = response.head
    try {
      const body = await inflated(response.body, contentEncoding, this.#pool.bodyBytesMax)
      if (status >= 200 && status < 300) return body
      throw statusError(status, body.toString('utf8', 0, 200).trim())
    } catch (reason) {
      if (!(reason instanceof BodyError)) throw reason
      const code = reason.status === 413 ? 'RESOURCE_EXHAUSTED' : 'UNAVAILABLE'
      throw new RpcError(code, `the answer cannot be read: ${reason.message}`, { cause: reason })
    }
  }
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
