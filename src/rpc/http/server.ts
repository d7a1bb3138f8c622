// The HTTP listener below XML-RPC and JSON-RPC: paths, content types, limits, host check,
// authentication. What is in the body is the business of the protocol above.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer as createTlsServer, type ServerOptions as TlsOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createServer } from '../../base/node-http.ts'
import type { Principal } from '../call.ts'
import { RpcError } from '../error.ts'
import { type Authenticate, principalOf } from './authenticate.ts'
import { BodyError, maybeGzip, readBody } from './body.ts'

export interface HttpServerOptions {
  /** Default 127.0.0.1: these protocols have no authentication of their own. */
  readonly host?: string
  /** Default 0: any free port. */
  readonly port?: number
  readonly tls?: TlsOptions
  readonly authenticate?: Authenticate
  /** After decompression. Default 10 MiB. */
  readonly bodyBytesMax?: number
  /** `Host` names that are answered. Default all; set it against DNS rebinding from browsers. */
  readonly allowedHosts?: readonly string[]
  /** Default 1024. */
  readonly connectionsMax?: number
  /** For a whole request to arrive. Default 30 seconds. */
  readonly requestTimeoutMs?: number
  /** Whether to compress answers over 1400 bytes for those who accept it. Default true. */
  readonly gzip?: boolean
  /** Given the server before it listens: whoever renews its certificates needs it. */
  readonly onServer?: (server: Server) => void
}

export interface HttpExchange {
  readonly body: Buffer
  readonly request: IncomingMessage
  readonly peer: string
  readonly principal: Principal | undefined
  /** Called when the caller went away before the answer. */
  onGone(listener: () => void): void
}

export interface HttpAnswer {
  readonly status: number
  readonly contentType?: string
  readonly text?: string
}

export interface HttpProtocol {
  readonly scheme: string
  readonly paths: readonly string[]
  readonly contentTypes: readonly string[]
  /** What a request that is not a POST is answered with. */
  readonly wrongMethodStatus: number
  answer(exchange: HttpExchange): Promise<HttpAnswer>
}

export interface HttpListener {
  readonly server: Server
  readonly url: string
  stop(): Promise<void>
  close(): Promise<void>
}

export function peerOf(request: IncomingMessage): string {
  return `${request.socket.remoteAddress ?? '?'}:${request.socket.remotePort ?? 0}`
}

export function hostAllowed(
  request: IncomingMessage,
  allowed: readonly string[] | undefined,
): boolean {
  if (allowed === undefined) return true
  const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase()
  return allowed.some((name) => name.toLowerCase() === host)
}

function refuse(response: ServerResponse, status: number, text: string): void {
  // The rest of a refused body is not worth reading: the connection ends with the answer.
  response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' })
  response.end(`${text}\n`)
}

function refusal(
  request: IncomingMessage,
  protocol: HttpProtocol,
  options: HttpServerOptions,
): [number, string] | undefined {
  if (!hostAllowed(request, options.allowedHosts)) return [403, 'this Host is not served here']
  if (!protocol.paths.includes(request.url ?? '')) return [404, 'No such page']
  if (request.method !== 'POST') return [protocol.wrongMethodStatus, 'only POST is answered']
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  // A web page can send forms and plain text to any address without asking: those are refused.
  if (!protocol.contentTypes.includes(type)) return [415, `send ${protocol.contentTypes[0]}`]
  return undefined
}

async function exchangeOf(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpServerOptions,
): Promise<HttpExchange> {
  const peer = peerOf(request)
  const header = request.headers.authorization
  const principal =
    options.authenticate === undefined
      ? undefined
      : await principalOf(options.authenticate, header, peer)
  const body = await readBody(request, options.bodyBytesMax ?? 10 * 1024 * 1024)
  return {
    body,
    request,
    peer,
    principal,
    onGone: (listener) => {
      response.on('close', () => {
        if (!response.writableFinished) listener()
      })
    },
  }
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  protocol: HttpProtocol,
  options: HttpServerOptions,
): Promise<void> {
  const refused = refusal(request, protocol, options)
  if (refused !== undefined) {
    refuse(response, refused[0], refused[1])
    return
  }
  try {
    const answer = await protocol.answer(await exchangeOf(request, response, options))
    await send(request, response, answer, options)
  } catch (reason) {
    if (response.headersSent || response.destroyed) response.destroy()
    else if (reason instanceof BodyError) refuse(response, reason.status, reason.message)
    else if (reason instanceof RpcError && reason.code === 'UNAUTHENTICATED') {
      response.setHeader('www-authenticate', 'Basic realm="rpc"')
      refuse(response, 401, reason.message)
    } else refuse(response, 500, 'internal error')
  }
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: HttpAnswer,
  options: HttpServerOptions,
): Promise<void> {
  if (answer.text === undefined) {
    response.writeHead(answer.status).end()
    return
  }
  const accepted = options.gzip === false ? undefined : request.headers['accept-encoding']
  const zipped = accepted === undefined ? undefined : await maybeGzip(answer.text, accepted)
  const body = zipped ?? answer.text
  response.writeHead(answer.status, {
    'content-type': answer.contentType ?? 'text/plain',
    'content-length': Buffer.byteLength(body),
    ...(zipped === undefined ? {} : { 'content-encoding': 'gzip' }),
  })
  response.end(body)
}

export async function listenHttp(
  protocol: HttpProtocol,
  options: HttpServerOptions,
): Promise<HttpListener> {
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    handle(request, response, protocol, options).catch(() => response.destroy())
  }
  const timeouts = { requestTimeout: options.requestTimeoutMs ?? 30_000, headersTimeout: 15_000 }
  const common = { ...timeouts, noDelay: true, keepAliveTimeout: 30_000 }
  const server: Server =
    options.tls === undefined
      ? createServer(common, onRequest)
      : createTlsServer({ ...common, ...options.tls }, onRequest)
  server.maxConnections = options.connectionsMax ?? 1024
  options.onServer?.(server)
  const host = options.host ?? '127.0.0.1'
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return {
    server,
    url: urlOf(protocol.scheme, host, (server.address() as AddressInfo).port),
    stop: async () => {
      // Resolved by `close` below; a connection that is busy may still finish its answer.
      server.close()
      server.closeIdleConnections()
    },
    close: () => closeServer(server),
  }
}

function urlOf(scheme: string, host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `${scheme}://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}

/** Answers that are still being written get a moment to leave. */
async function closeServer(server: Server): Promise<void> {
  server.closeIdleConnections()
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), 500)
    server.close(() => {
      clearTimeout(timer)
      resolve()
    })
    // A server that was stopped before reports an error at once while connections may be open.
    server.getConnections((_error, count) => {
      if (count === 0) {
        clearTimeout(timer)
        resolve()
      }
    })
  })
  server.closeAllConnections()
}
